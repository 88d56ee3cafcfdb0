"""Lines over several notes: slurs, crescendos, long trills. Each is told by the symbols at which it begins and ends."""

from collections.abc import Iterable
from dataclasses import dataclass

from charrnn.notation.decorations import LINE_ENDS, LINE_STARTS, decoration_name
from charrnn.notation.tune import Note, Tune
from charrnn.render.score.layout import Segment


@dataclass(frozen=True, slots=True)
class Line:
    kind: str  # "slur", "crescendo", "diminuendo", "trill"
    start: str  # id of the first piece of a note
    end: str  # id of the last piece of another


def lines(tune: Tune, segments: Iterable[Segment]) -> list[Line]:
    """In the order in which they end. What is not closed, or spans one note, is left out."""
    pieces: dict[int, list[str]] = {}  # of each note element
    for segment in segments:
        for symbol in segment.symbols:
            if symbol.note is not None:
                pieces.setdefault(symbol.element, []).append(symbol.id)
    found: list[Line] = []
    slurs: list[int] = []  # the notes at which those begin that are open
    others: dict[str, int] = {}
    for index, names in pieces.items():
        note = tune.elements[index]
        assert isinstance(note, Note)
        slurs += [index] * note.slurs_begin
        ended = [("slur", slurs.pop()) for _ in range(min(note.slurs_end, len(slurs)))]
        for name in map(decoration_name, note.decorations):
            if name in LINE_ENDS and LINE_ENDS[name] in others:
                ended.append((LINE_ENDS[name], others.pop(LINE_ENDS[name])))
            elif name in LINE_STARTS:
                others[LINE_STARTS[name]] = index
        found += [Line(kind, pieces[start][0], names[-1]) for kind, start in ended if start != index]
    return found

"""Writes a tune as ABC: for the model (``canonical``) or for people (``readable``).

>>> from charrnn.notation.reading.parser import parse
>>> print(readable(parse("M:6/8\\nK:D\\n|:DFAdAF|GBGFAF:|GBGFAF|]")))
X:1
M:6/8
L:1/8
K:D
|:DFA dAF|GBG FAF:|
GBG FAF|]
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from charrnn import limits
from charrnn.notation.bars import Bar, bars
from charrnn.notation.order.repeats import sections, without_lone_endings
from charrnn.notation.reading.lyrics import spell_syllables
from charrnn.notation.reading.parser import parse
from charrnn.notation.symbols import merged
from charrnn.notation.tune import (
    BarLine,
    Change,
    Element,
    Ending,
    Layout,
    Meter,
    Note,
    PartStart,
    Rest,
    Syllable,
    Tempo,
    Tune,
    TupletStart,
)
from charrnn.notation.writing.beams import group_starts
from charrnn.notation.writing.canonical import canonical_header, finished
from charrnn.notation.writing.durations import written_lengths
from charrnn.notation.writing.spelling import (
    spell_change,
    spell_decorations,
    spell_field,
    spell_ornaments,
    spell_part,
    spell_sound,
    spell_tempo,
    spell_tempo_words,
    spell_tuplet,
)

BARS_A_LINE = 4


# -- for the model


def canonical(tune: Tune) -> str:
    """The model's spelling: header, and one line of music. ``notation.writing.canonical`` lists what it leaves out."""
    return f"{canonical_header(tune)}{canonical_music(tune)}\n"


def canonical_music(tune: Tune) -> str:
    """The music's line alone, without a newline: every symbol in its shortest spelling, every repeat opened and
    closed."""
    kept = _kept(without_lone_endings(tune.elements))
    kept = _kept(without_lone_endings(kept))  # of those that bar lines side by side have closed
    tune = replace(tune, elements=tuple(kept))
    texts = _spelled(tune, with_ornaments=False)
    pieces = [e if isinstance(e, BarLine) else text for e, text in zip(tune.elements, texts, strict=True)]
    music = "".join(map(str, finished(pieces, tune)))
    return re.sub(r"(?<=\|)\[(?=[1-9])", "", music)  # |1 and :|2, but ::[1


def _kept(elements: Sequence[Element]) -> list[Element]:
    """The elements without tempos and hidden rests, bar lines that this leaves side by side as one, and of a bar line
    at the start only that it opens a repeat."""
    kept: list[Element] = []
    for element in elements:
        if isinstance(element, BarLine) and kept and isinstance(kept[-1], BarLine):
            kept[-1] = merged(kept[-1], element)
        elif isinstance(element, Rest):
            kept.append(replace(element, visible=True))
        elif not (isinstance(element, PartStart) or (isinstance(element, Change) and isinstance(element.value, Tempo))):
            kept.append(element)
    if kept and isinstance(kept[0], BarLine):
        kept[:1] = [replace(kept[0], closes_repeat=0)] if kept[0].opens_repeat else []
    return kept


# -- for people


def readable(tune: Tune) -> str:
    """Header and music with all that the tune holds: blanks between groups of notes, four bars a line, each section on
    lines of its own. ``parse`` reads the same tune in it.

    A tune so large that blanks and lines would take it over the limits of what is read is written without them.
    """
    header, voices, words = _header(tune), _as_tunes(tune), _words_after(tune)
    written = header + _joined(_with_layout(voice) for voice in voices) + words
    if len(written) <= limits.MAX_ABC_CHARACTERS and written.count("\n") < limits.MAX_ABC_LINES:
        return written
    without = ((voice, _laid_out(voice, list(_spelled(voice, True)), set(), set())) for voice in voices)
    return header + _joined(without) + words


def _as_tunes(tune: Tune) -> list[Tune]:
    """The tune, and each voice beside it as one of its own."""
    beside = (
        replace(tune, voice=voice.name, elements=voice.elements, layout=Layout(), voices=()) for voice in tune.voices
    )
    return [replace(tune, voices=()), *beside]


def _with_layout(tune: Tune) -> tuple[Tune, str]:
    blanks = group_starts(tune) | {
        index + 1 for index, element in enumerate(tune.elements) if isinstance(element, Ending)
    }
    return tune, _laid_out(tune, list(_spelled(tune, with_ornaments=True)), blanks, set(_line_ends(tune)))


def _joined(voices: Iterable[tuple[Tune, str]]) -> str:
    """The music of all voices, each after its name where there are several."""
    (first, music), *others = voices
    if not others:
        return music
    return "\n".join(f"V:{tune.voice or 1}\n{text}" for tune, text in [(first, music), *others])


def _header(tune: Tune) -> str:
    return "".join(
        [
            spell_field("X", tune.number),
            spell_field("T", tune.title) if tune.title else "",
            spell_field("R", tune.rhythm) if tune.rhythm else "",
            spell_field("C", tune.composer) if tune.composer else "",
            spell_field("O", tune.origin) if tune.origin else "",
            f"M:{tune.meter.sign or tune.meter}\n",
            f"L:{tune.unit}\n",
            _tempo_line(tune),
            f"P:{tune.part_order}\n" if tune.part_order else "",
            f"K:{tune.key}\n",
        ]
    )


def _tempo_line(tune: Tune) -> str:
    if tune.tempo:
        return f"Q:{spell_tempo(tune.tempo)}\n"
    return f"Q:{spell_tempo_words(tune.tempo_words)}\n" if tune.tempo_words else ""


def _laid_out(tune: Tune, texts: list[str], blanks: set[int], line_ends: set[int]) -> str:
    """``blanks``: indices of the elements that have a blank before them; ``line_ends``: of the bar lines that end a
    line."""
    pieces: list[str] = []
    divided = _divided(tune)
    sung: list[Note] = []  # the notes of the line
    before: Element | None = None
    for index, (element, text) in enumerate(zip(tune.elements, texts, strict=True)):
        if index in blanks and not pieces[-1].endswith(("<", ">")):
            pieces.append(" ")
        if isinstance(element, Ending) and isinstance(before, BarLine) and not before.opens_repeat:
            text = text.removeprefix("[")  # |1 and :|2, but |:[1
        if isinstance(element, BarLine) and index in line_ends:
            text = text.removesuffix(str(element)) + _split(element, _words_under(sung), index in divided)
            sung = []
        elif isinstance(element, Note):
            sung.append(element)
        pieces.append(text)
        before = element
    words = _words_under(sung)
    return "".join(pieces) + (f"\n{words.rstrip()}" if words else "")


def _split(line: BarLine, words: str, divides_bar: bool) -> str:
    """A bar line at a line's end: what opens a repeat stands at the start of the next line, alone where it divides a
    bar, of which abc2midi would make two after another bar line."""
    if not line.opens_repeat:
        return f"{line}\n{words}"
    before = "" if divides_bar and not line.closes_repeat else f"{':' * line.closes_repeat}|"
    return f"{before}\n{words}|{':' * line.opens_repeat}"


def _divided(tune: Tune) -> set[int]:
    """The bar lines after bars that are not full."""
    return {bar.end for bar in bars(tune) if _is_short(bar)}


def _words_under(notes: list[Note]) -> str:
    """The ``w:`` lines of a line of music, one a verse."""
    verses = max((len(note.words) for note in notes), default=0)
    lines = []
    for verse in range(verses):
        sung = [note.words[verse] if verse < len(note.words) else Syllable() for note in notes]
        while sung and sung[-1] == Syllable():
            sung.pop()
        line = spell_syllables(sung)
        lines.append(f"w:{' ' if line.startswith(':') else ''}{line}\n")  # "w::" would be music
    return "".join(lines)


def _words_after(tune: Tune) -> str:
    return "".join("\n" + spell_field("W", line).rstrip("\n") for line in tune.words)


def _line_ends(tune: Tune, typed: frozenset[int] = frozenset()) -> Iterator[int]:
    """The bar lines that end a line: at a section's end, and every four bars. A pick-up is no bar and stays with what
    follows, and so do the endings of a section with the bar lines before them. ``typed`` elements begin lines."""
    found = list(sections(tune.elements))
    section_ends = {section.end - 1 for section in found}
    later_endings = {
        index for section in found for _, start in section.endings[1:2] for index in range(start, section.end - 1)
    }
    bars_before = {bar.end: 0 if _is_short(bar) else bar.whole_bars for bar in bars(tune)}
    on_line = 0
    for index, (element, following) in enumerate(pairwise(tune.elements)):
        on_line = 0 if index in typed else on_line
        on_line += bars_before.get(index, 0)
        if not isinstance(element, BarLine) or isinstance(following, Ending) or index in later_endings or not on_line:
            continue
        if index in section_ends or on_line >= BARS_A_LINE:
            yield index
            on_line = 0


def _is_short(bar: Bar) -> bool:
    return bar.full is not None and bar.duration < bar.full


# -- both


def _spelled(tune: Tune, with_ornaments: bool) -> Iterator[str]:
    """The text of each element."""
    written = written_lengths(tune)
    meter = tune.meter
    for index, element in enumerate(tune.elements):
        if isinstance(element, Note | Rest):
            before = spell_ornaments(element) if with_ornaments else ""
            yield before + spell_sound(element, written[index], with_slurs=with_ornaments)
        elif isinstance(element, TupletStart):
            following = tune.elements[index + 1 : index + 2]
            is_plain = bool(following) and isinstance(following[0], Note | Rest)
            yield spell_tuplet(element, meter, in_full=not is_plain)
        elif isinstance(element, Change):
            meter = element.value if isinstance(element.value, Meter) else meter
            yield spell_change(element, keep_sign=with_ornaments)
        elif isinstance(element, Ending):
            yield "[" + ",".join(map(str, element.numbers))
        elif isinstance(element, PartStart):
            yield spell_part(element)
        else:
            yield (spell_decorations(element.decorations) if with_ornaments else "") + str(element)


# -- music that is written already


def with_layout(text: str, begin: int, parsed: Tune | None = None) -> str:
    """An ABC text with blanks between groups of notes and line ends, as ``readable`` has them, from the offset
    ``begin`` on: there it is in the model's spelling and in one line. ``parse`` reads the same tune in it. ``parsed``
    is the text's own tune, or that of a text which differs in its first line alone."""
    tune = parse(text) if parsed is None else parsed
    line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
    offsets = [line_starts[element.place.line - 1] + element.place.column - 1 for element in tune.elements]
    after_endings = {index + 1 for index, element in enumerate(tune.elements) if isinstance(element, Ending)}
    added = {offsets[index]: " " for index in group_starts(tune) | after_endings if index < len(offsets)}
    divided = _divided(tune)
    for index in _line_ends(tune, tune.layout.lines):
        line = tune.elements[index]
        assert isinstance(line, BarLine)
        added.pop(offsets[index + 1], None)
        place = offsets[index + 1]
        if line.closes_repeat and line.opens_repeat:
            added[place - line.opens_repeat] = "|\n|"  # of ::
        elif line.opens_repeat:
            added[offsets[index]] = "\n" if index in divided else "|\n"
        else:
            added[place] = "\n"
    places = sorted(place for place in added if place >= begin and text[place - 1] not in " \n<>")
    pieces = [f"{text[start:place]}{added[place]}" for start, place in pairwise([0, *places])]
    return "".join(pieces) + text[places[-1] if places else 0 :]

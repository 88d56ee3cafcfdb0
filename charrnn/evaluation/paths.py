"""Whether the grammar could have written the training music: each of its bars, and each of its bar lines."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from charrnn.grammar.automaton import Grammar, Position
from charrnn.grammar.bar import Bar
from charrnn.grammar.start import read_seed
from charrnn.model.vocabulary import ALPHABET
from charrnn.notation.tokens import Token, lex_music

BAR_LINE = "a bar line: as the tune is played, a bar here is not full, or a repeat is not closed"
TIE = "a tie that leads to another pitch"
CHORD = "a chord with notes of several lengths, or with ties"
OTHER = "another symbol"


@dataclass(slots=True)
class Paths:
    """``refused`` counts bars, and bar lines, by what the grammar would not have written."""

    tunes: int = 0
    whole: int = 0  # tunes that the grammar could have written from start to end
    bars: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def refused_bars(self) -> int:
        return self.refused.total() - self.refused[BAR_LINE]

    def as_dict(self) -> dict[str, Any]:
        return {
            "tunes": self.tunes,
            "tunes_written_whole": self.whole,
            "bars": self.bars,
            "bars_refused": self.refused_bars,
            "refused": dict(self.refused),
            "examples": self.examples,
        }

    def report(self) -> str:
        lines = [
            f"{self.bars - self.refused_bars:,} of {self.bars:,} right bars, and {self.whole:,} of {self.tunes:,} whole"
            " tunes, could have been written by the grammar; it refuses"
        ]
        for reason, count in self.refused.most_common():
            lines.append(f"{count:6,}  {reason}, such as {self.examples[reason][0]}")
        return "\n".join(lines)


def paths_of(tunes: Iterable[tuple[str, str, str]]) -> Paths:
    """For tunes without problems, as (title, canonical header, music)."""
    grammar, paths = Grammar(ALPHABET), Paths()
    for title, header, music in tunes:
        refusals = list(_refusals(grammar, header, music))
        paths.tunes += 1
        paths.whole += not refusals
        paths.bars += sum(token.kind == "bar" for token in lex_music(music.removeprefix("|:")))
        for reason, place in refusals:
            paths.refused[reason] += 1
            shown = f"{music[max(0, place - 12) : place]} -> {music[place : place + 3]} ({title})"
            paths.examples.setdefault(reason, []).append(shown)
    return paths


def _refusals(grammar: Grammar, header: str, music: str) -> Iterator[tuple[str, int]]:
    """What the grammar would not have written, each with its index; after it, reading goes on at the next bar."""
    ends = [token.column - 1 + len(token.text) for token in lex_music(music) if token.kind in ("bar", "ending")]
    position: Position | None = read_seed(grammar, header, "").position
    place = 0
    while place < len(music):
        assert position is not None
        following = grammar.try_advance(position, music[place])
        if following is None:
            yield _reason(position, music, place), place
            place = next((end for end in ends if end > place), len(music))
            following = read_seed(grammar, header, music[:place]).position
        else:
            place += 1
        position = following
    if position is not None and not grammar.may_end(position):
        yield BAR_LINE, len(music) - 1


def _reason(position: Position, music: str, place: int) -> str:
    token = _token_at(music, place)
    state = position.node.state
    if token.kind in ("bar", "ending"):
        return BAR_LINE
    if isinstance(state, Bar) and state.tie:
        return TIE
    if token.kind in ("tie", "chord close") or (isinstance(state, Bar) and state.chord is not None):
        return CHORD
    return BAR_LINE if position.structure.filled else OTHER  # the part before it ended in the middle of a bar


def _token_at(music: str, place: int) -> Token:
    return next(token for token in lex_music(music) if place < token.column - 1 + len(token.text))

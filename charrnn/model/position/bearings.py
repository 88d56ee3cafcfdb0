"""Where a text stands, followed character by character: in which key, in which bar of its section, where in the bar.

The network reads and writes pitch letters as *degrees*: the distance from the tonic that the header names (``K:D``), in
steps along the scale, -6 to 13 for the fourteen letters ``C`` to ``b``. So a tune looks alike in every key, and what
was learnt in one holds in all. A key in the middle of a tune (``[K:A]``) moves the degrees from there on. Nothing else
changes: every character stays one symbol, and the text stays ABC. The same letters as *intervals*, steps from the last
letter, show that a phrase comes again a step higher.

*Hints* are told beside each character: the tonic; the interval; the number of the bar, counted from the last repeat
sign or double bar (a tune turns every four and eight bars, and counting so far is hard for an LSTM); how far the bar is
filled and how much is missing from it (``model.position.clock``).

    places, phase, time = bearings.follow(ids, phase, time)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import torch
from torch import Tensor, nn

from charrnn.model.position.clock import MOMENTS, Clock, Node
from charrnn.model.vocabulary import Vocabulary

LETTERS = "CDEFGABcdefgab"  # one step apart
TONICS = LETTERS[:7]
NO_TONIC = len(TONICS)
_LOWEST = 1 - len(TONICS)  # C below the tonic B
DEGREES = len(LETTERS) - _LOWEST
NO_LETTER = len(LETTERS)
INTERVALS = 2 * len(LETTERS) - 1  # from 13 steps down to 13 up
BARS = 32  # told apart; more count as the last

# What stands before the next character, as far as it matters. Bar lines count in the music only, where a colon may also
# belong to a field, [M:3/4], or a tuplet, (3:2:3.
_MODES = ("header", "header K", "header K:", "music", "|", ":", "(", "K", "K:", "field")
_MUSIC = ("music", "|", ":", "(")  # where a pitch letter is one
_START = _MODES.index("header")
Phases = TypeVar("Phases", Tensor, int)
_KEEP, _NEXT_BAR, _FIRST_BAR = range(3)


@dataclass(frozen=True, slots=True)
class Places:
    """Where T characters of B texts stand, and what they are read as."""

    symbols: Tensor  # (B, T)
    intervals: Tensor  # (B, T), interval symbols
    hints: dict[str, Tensor]  # (B, T) each
    symbol_of_next: Tensor  # (B, T, V), of every character that may come next
    interval_of_next: Tensor  # (B, T, V)

    def from_symbols(self, values: Tensor) -> Tensor:
        """Values (B, T, V) of the characters that may come next from those of all symbols (B, T, symbols)."""
        return values.gather(-1, self.symbol_of_next)

    def from_intervals(self, values: Tensor) -> Tensor:
        """The same from those of all interval symbols."""
        return values.gather(-1, self.interval_of_next)


class Bearings(nn.Module):
    """Tables, no weights. Symbols are the characters, and after them the degrees; interval symbols the characters, and
    after them the intervals.

    A *phase* is one number for bar, last letter, tonic and what stands before the next character.
    """

    START = (NO_LETTER * (NO_TONIC + 1) + NO_TONIC) * len(_MODES) + _START  # the phase before any character

    symbol_of: Tensor  # (tonics, V)
    interval_of: Tensor  # (letters, V)
    next_phase: Tensor  # (phases, V)

    def __init__(self, vocabulary: Vocabulary, degrees: bool = True) -> None:
        """Without degrees every character is its own symbol in all keys."""
        super().__init__()
        self.characters = len(vocabulary)
        self.symbols = len(vocabulary) + (DEGREES if degrees else 0)
        self.interval_symbols = len(vocabulary) + INTERVALS
        self.clock = Clock(vocabulary.characters)
        self.register_buffer("symbol_of", _symbol_table(vocabulary, degrees), persistent=False)
        self.register_buffer("interval_of", _interval_table(vocabulary), persistent=False)
        self.register_buffer("next_phase", _phase_table(vocabulary), persistent=False)

    @property
    def hint_sizes(self) -> dict[str, int]:
        """How many values each hint has."""
        return {
            "bar": BARS,
            "filled": MOMENTS,
            "missing": MOMENTS,
            "tonic": NO_TONIC + 1,
            "interval": self.interval_symbols,
        }

    def follow(self, ids: Tensor, phase: Tensor, time: Sequence[Node]) -> tuple[Places, Tensor, tuple[Node, ...]]:
        """The places of ``ids`` (B, T), and phase (B,) and time after the last, for texts that stand at ``phase`` and
        ``time``."""
        phases = self.phases(ids, phase)
        before, after = phases[:, :-1], phases[:, 1:]
        moments, ends = self.clock.follow(ids.cpu().numpy(), time)
        filled, missing = torch.from_numpy(moments).to(ids.device).unbind(-1)
        intervals = self.interval_of[Bearings.letters(before), ids]
        hints = {
            "bar": Bearings.bars(after),
            "filled": filled,
            "missing": missing,
            "tonic": Bearings.tonics(after),
            "interval": intervals,
        }
        symbols = self.symbol_of[Bearings.tonics(before), ids]
        readings = self.symbol_of[Bearings.tonics(after)], self.interval_of[Bearings.letters(after)]
        return Places(symbols, intervals, hints, *readings), phases[:, -1], ends

    def phases(self, ids: Tensor, phase: Tensor) -> Tensor:
        """The phases (B, 1 + T) before the first of ``ids`` (B, T), which is ``phase`` (B,), and after each."""
        phases = [phase]
        for place in range(ids.shape[1]):
            phases.append(self.next_phase[phases[-1], ids[:, place]])
        return torch.stack(phases, dim=1)

    @staticmethod
    def tonics(phases: Phases) -> Phases:
        """Which of ``TONICS``, or ``NO_TONIC``."""
        return phases // len(_MODES) % (NO_TONIC + 1)

    @staticmethod
    def bars(phases: Phases) -> Phases:
        """The number of the bar within its section, from 0, up to ``BARS - 1``."""
        return phases // (len(_MODES) * (NO_TONIC + 1) * (NO_LETTER + 1))

    @staticmethod
    def letters(phases: Phases) -> Phases:
        """The last pitch letter in the music, one of ``LETTERS``, or ``NO_LETTER``."""
        return phases // (len(_MODES) * (NO_TONIC + 1)) % (NO_LETTER + 1)


def _symbol_table(vocabulary: Vocabulary, degrees: bool) -> Tensor:
    table = torch.arange(len(vocabulary)).repeat(NO_TONIC + 1, 1)
    if degrees:
        for tonic, (place, letter) in product(range(NO_TONIC), enumerate(LETTERS)):
            if letter in vocabulary.index_of:
                table[tonic, vocabulary.index_of[letter]] = len(vocabulary) + place - tonic - _LOWEST
    return table


def _interval_table(vocabulary: Vocabulary) -> Tensor:
    """Pitch letters as steps from the last one; other characters, and letters after none, as themselves."""
    table = torch.arange(len(vocabulary)).repeat(NO_LETTER + 1, 1)
    for last, (place, letter) in product(range(NO_LETTER), enumerate(LETTERS)):
        if letter in vocabulary.index_of:
            table[last, vocabulary.index_of[letter]] = len(vocabulary) + place - last + len(LETTERS) - 1
    return table


def _phase_table(vocabulary: Vocabulary) -> Tensor:
    """Puts together what each character does to mode, tonic and bar."""
    rows: list[tuple[int, int, int, int]] = []  # a list, for tensors are slow to fill one by one
    for tonic, mode, character in product(range(NO_TONIC + 1), _MODES, vocabulary.characters):
        after, turn = _step(mode, character, has_tonic=tonic != NO_TONIC)
        names_tonic = mode.endswith("K:") and character in TONICS
        names_letter = mode in _MUSIC and character in LETTERS
        rows.append((
            _MODES.index(after),
            turn,
            TONICS.index(character) if names_tonic else tonic,
            LETTERS.index(character) if names_letter else NO_LETTER,
        ))  # fmt: skip
    table = torch.tensor(rows).view(NO_TONIC + 1, len(_MODES), len(vocabulary), 4)
    modes, turns, tonics, names = table.unbind(-1)
    bar = torch.arange(BARS)[:, None, None, None, None]
    bars = torch.where(turns == _FIRST_BAR, 0, bar + (turns == _NEXT_BAR)).clamp(max=BARS - 1)
    letter = torch.arange(NO_LETTER + 1)[:, None, None, None]
    letters = torch.where(names == NO_LETTER, letter, names)
    in_bar = (letters * (NO_TONIC + 1) + tonics) * len(_MODES) + modes
    return (bars * ((NO_LETTER + 1) * (NO_TONIC + 1) * len(_MODES)) + in_bar).flatten(0, 3)


def _step(mode: str, character: str, has_tonic: bool) -> tuple[str, int]:
    """The mode after a character, and what becomes of the bar's number."""
    if mode.startswith("header"):
        if character == "\n" and has_tonic:
            return "music", _KEEP
        key = {"K": "header K", ":": "header K:" if mode == "header K" else "header"}
        return key.get(character, "header"), _KEEP
    if mode in ("K", "field") and character == ":":
        return ("K:" if mode == "K" else "music"), _KEEP
    if mode == "(" and (character.isdigit() or character == ":"):
        return "(", _KEEP
    if character in "|:":
        turn = _FIRST_BAR if character == ":" or mode == "|" else _KEEP if mode == ":" else _NEXT_BAR
        return character, turn
    return {"(": "(", "K": "K", "L": "field", "M": "field"}.get(character, "music"), _KEEP

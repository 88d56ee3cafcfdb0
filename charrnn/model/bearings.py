"""Where a text stands, followed character by character: in which key, and in which bar of its section.

The network reads and writes pitch letters as *degrees*: the distance from the tonic that the header names (``K:D``), in
steps along the scale, -6 to 13 for the fourteen letters ``C`` to ``b``. So a tune looks alike in every key, and what
was learnt in one holds in all. A key in the middle of a tune (``[K:A]``) moves the degrees from there on. Nothing else
changes: every character stays one symbol, and the text stays ABC.

The number of the bar, counted from the last repeat sign or double bar, is an input of its own: a tune turns every
four and eight bars, and counting so far is hard for an LSTM.

    phases = bearings.follow(ids, phase)    # (B, 1 + T): before the first character and behind each
"""

from itertools import product
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from charrnn.model.vocabulary import Vocabulary

LETTERS = "CDEFGABcdefgab"  # one step apart
TONICS = LETTERS[:7]
NO_TONIC = len(TONICS)
_LOWEST = 1 - len(TONICS)  # C below the tonic B
DEGREES = len(LETTERS) - _LOWEST
BARS = 32  # told apart; more count as the last

# What stands before the next character, as far as it matters. Bar lines count in the music only, where a colon may also
# belong to a field, [M:3/4], or a tuplet, (3:2:3.
_MODES = ("header", "header K", "header K:", "music", "|", ":", "(", "K", "K:", "field")
_START = _MODES.index("header")
Phases = TypeVar("Phases", Tensor, np.ndarray)
_KEEP, _NEXT_BAR, _FIRST_BAR = range(3)


class Bearings(nn.Module):
    """Tables, no weights. Symbols are the characters, and behind them the degrees.

    A *phase* is one number for bar, tonic and what stands before the next character.
    """

    START = NO_TONIC * len(_MODES) + _START  # the phase before any character

    symbol_of: Tensor  # (tonics, V)
    next_phase: Tensor  # (phases, V)

    def __init__(self, vocabulary: Vocabulary, degrees: bool = True) -> None:
        """Without degrees every character is its own symbol in all keys."""
        super().__init__()
        self.symbols = len(vocabulary) + (DEGREES if degrees else 0)
        self.register_buffer("symbol_of", _symbol_table(vocabulary, degrees), persistent=False)
        self.register_buffer("next_phase", _phase_table(vocabulary), persistent=False)

    def follow(self, ids: Tensor, phase: Tensor) -> Tensor:
        """The phases (B, 1 + T) before the first of ``ids`` (B, T), which is ``phase`` (B,), and behind each."""
        phases = [phase]
        for place in range(ids.shape[1]):
            phases.append(self.next_phase[phases[-1], ids[:, place]])
        return torch.stack(phases, dim=1)

    def to_symbols(self, ids: Tensor, phases: Tensor) -> Tensor:
        """The symbols (...) of characters (...) that stand behind these phases (...)."""
        return self.symbol_of[Bearings.tonics(phases), ids]

    def to_characters(self, logits: Tensor, phases: Tensor) -> Tensor:
        """Logits (..., V) of the characters from those of all symbols (..., S), behind these phases (...)."""
        return logits.gather(-1, self.symbol_of[Bearings.tonics(phases)])

    @staticmethod
    def tonics(phases: Phases) -> Phases:
        """Which of ``TONICS``, or ``NO_TONIC``."""
        return phases // len(_MODES) % (NO_TONIC + 1)

    @staticmethod
    def bars(phases: Phases) -> Phases:
        """The number of the bar within its section, from 0, up to ``BARS - 1``."""
        return phases // (len(_MODES) * (NO_TONIC + 1))


def _symbol_table(vocabulary: Vocabulary, degrees: bool) -> Tensor:
    table = torch.arange(len(vocabulary)).repeat(NO_TONIC + 1, 1)
    if degrees:
        for tonic, (place, letter) in product(range(NO_TONIC), enumerate(LETTERS)):
            if letter in vocabulary.index_of:
                table[tonic, vocabulary.index_of[letter]] = len(vocabulary) + place - tonic - _LOWEST
    return table


def _phase_table(vocabulary: Vocabulary) -> Tensor:
    """Puts together what each character does to mode, tonic and bar."""
    modes = torch.zeros(NO_TONIC + 1, len(_MODES), len(vocabulary), dtype=torch.long)
    tonics, turns = torch.zeros_like(modes), torch.zeros_like(modes)
    for tonic, mode, (place, character) in product(
        range(NO_TONIC + 1), range(len(_MODES)), enumerate(vocabulary.characters)
    ):
        after, turn = _step(_MODES[mode], character, has_tonic=tonic != NO_TONIC)
        modes[tonic, mode, place], turns[tonic, mode, place] = _MODES.index(after), turn
        names_tonic = _MODES[mode].endswith("K:") and character in TONICS
        tonics[tonic, mode, place] = TONICS.index(character) if names_tonic else tonic
    bar = torch.arange(BARS)[:, None, None, None]
    bars = torch.where(turns == _FIRST_BAR, 0, bar + (turns == _NEXT_BAR)).clamp(max=BARS - 1)
    return ((bars * (NO_TONIC + 1) + tonics) * len(_MODES) + modes).flatten(0, 2)


def _step(mode: str, character: str, has_tonic: bool) -> tuple[str, int]:
    """The mode behind a character, and what becomes of the bar's number."""
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

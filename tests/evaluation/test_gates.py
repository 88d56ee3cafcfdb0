"""The four gates, each with a tune that passes and tunes that do not."""

from fractions import Fraction

import pytest

from charrnn.corpus.originality.index import Likeness, Originality, Passage
from charrnn.evaluation.gates import PASSAGE, Gates, is_in_mode, is_in_range, pass_gates, share_of_new_rhythms
from charrnn.evaluation.music import written_bars
from charrnn.notation.tune import Tune
from tests.support.tunes import tune_of

TUNE = tune_of("CEGE|cGEG|cGEG|EDC2|]", meter="2/4")
KNOWN = frozenset(bar.pattern for bar in written_bars(TUNE))


def shared(notes: int, likeness: float = 0.1) -> Originality:
    """A tune with a passage of so many notes from a tune that has so much of it."""
    passage = Passage(notes, 0, notes, "The Reel", "ours", 1) if notes else None
    return Originality(passage, {1: 0.5, 2: 0.0, 4: None}, Likeness("The Reel", "ours", likeness), 40)


def gates(tune: Tune = TUNE, found: Originality | None = None, bars_add_up: bool = True) -> Gates:
    return pass_gates(tune, found or shared(9), bars_add_up, KNOWN)


def test_a_good_new_tune_passes_all_gates() -> None:
    assert gates() == Gates(plagiarism=True, rhythm=True, range=True, mode=True)
    assert gates().all


def test_one_failed_gate_fails_the_tune() -> None:
    assert gates(bars_add_up=False) == Gates(plagiarism=True, rhythm=False, range=True, mode=True)
    assert not gates(bars_add_up=False).all


@pytest.mark.parametrize(
    ("found", "is_new"),
    [(shared(0), True), (shared(PASSAGE - 1), True), (shared(PASSAGE), False), (shared(9, likeness=0.95), False)],
)
def test_a_long_passage_or_copy_is_plagiarism(found: Originality, is_new: bool) -> None:
    assert gates(found=found).plagiarism == is_new


def test_a_quarter_of_rhythms_may_be_new() -> None:
    one, two = (tune_of(text, meter="2/4") for text in ("CEGE|c>GEG|cGEG|EDC2|]", "CEGE|c>GE>G|c>GEG|EDC2|]"))
    assert (share_of_new_rhythms(one, KNOWN), share_of_new_rhythms(two, KNOWN)) == (Fraction(1, 4), Fraction(2, 4))
    assert (gates(one).rhythm, gates(two).rhythm) == (True, False)


def test_an_incomplete_bar_adds_no_new_rhythm() -> None:
    assert share_of_new_rhythms(tune_of("|:C|CEGE|cGE:|", meter="2/4"), KNOWN) == 0


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("G,4|d'4|]", True),  # the lowest string, and the third position on the highest
        ("^F,4|c4|]", False),
        ("C4|^d'4|]", False),
        ("C4|G4|]", False),  # a fifth is not much of a tune
        ("C4|A4|]", True),
        ("z4|]", False),
    ],
)
def test_a_tune_must_fit_and_use_the_fiddle(text: str, fits: bool) -> None:
    assert is_in_range(tune_of(text, meter="2/4")) == fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("CDEF|GABc|CDEF|^GEDC|]", True),  # one note in 16
        ("CDEF|GABc|CD^DF|^GEDC|]", False),
        ("CDEF|GABc|CDEF|GED2|]", False),  # stops on the second degree
    ],
)
def test_a_tune_must_stay_and_close_in_mode(text: str, fits: bool) -> None:
    assert is_in_mode(tune_of(text, meter="2/4")) == fits

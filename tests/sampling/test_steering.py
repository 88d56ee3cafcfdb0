"""Steering away from the training music: no passage longer than the limit, save where the grammar leaves no choice."""

from dataclasses import replace

import numpy as np
import pytest

from charrnn.corpus.cleaning import clean
from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.corpus.sources import RawTune
from charrnn.errors import OptionError
from charrnn.grammar.start import read_seed
from charrnn.inference.guides import GrammarGuide, masks_for
from charrnn.notation.reading.parser import parse
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.options import Request
from charrnn.sampling.steering import SteeringGuide
from tests.support.tiny import JIG, VOCABULARY, tiny_checkpoint

CHECKPOINT = tiny_checkpoint()
CHARACTERS = VOCABULARY.characters
JIG_MUSIC = JIG.split("K:D\n")[1].replace("\n", "").replace(" ", "").replace(":||:", "::")


def trained_on(*texts: str) -> OriginalityIndex:
    return OriginalityIndex.build([clean(RawTune(text, "ours")) for text in texts])


def guide_behind(music: str, index: OriginalityIndex, limit: int, header: str = "M:6/8\nL:1/8\nK:D\n") -> SteeringGuide:
    masks = masks_for(CHARACTERS)
    grammar = GrammarGuide(masks, read_seed(masks.grammar, header, music), 1000)
    return SteeringGuide(grammar, CHARACTERS, index, limit, header, music)


def offered(guide: SteeringGuide) -> str:
    mask = guide.mask()
    assert mask is not None
    return "".join(np.array(list(CHARACTERS))[mask])


def longest(tune: Composition, index: OriginalityIndex) -> int:
    found = index.compare(tune.tune).longest
    return found.notes if found else 0


def test_a_letter_beyond_the_passage_limit_is_refused() -> None:
    index = trained_on(JIG)
    at_limit, below = (offered(guide_behind("|:A|dfdec", index, limit)) for limit in (6, 7))
    assert set(below) - set(at_limit) == {"A"}


@pytest.mark.parametrize(
    ("key", "music", "refused"),
    [
        ("G", "|:D|GBGAF", "D"),  # the same in another key
        ("C", "|:A|d^fde^c", "A"),
        ("C", "|:A|d^fdec", ""),  # c natural: the passage has stopped before
        ("D", "|:A|dfdec=", "A"),  # which is natural anyway
        ("D", "|:A|dfdec_", ""),
        ("D", "|:A|dfdec^", ""),
    ],
)
def test_pitches_are_compared_as_they_sound(key: str, music: str, refused: str) -> None:
    header = f"M:6/8\nL:1/8\nK:{key}\n"
    index = trained_on(JIG)
    wide, narrow = (offered(guide_behind(music, index, limit, header)) for limit in (60, 6))
    assert "".join(set(wide) - set(narrow)) == refused


def test_ties_and_changed_rhythms_extend_no_passage() -> None:
    index = trained_on(JIG)
    assert "c" in offered(guide_behind("|:A|dfdec-", index, 4))
    assert "A" in offered(guide_behind("|:A|dfd>ec", index, 6))


def test_an_octave_mark_completing_a_passage_is_refused() -> None:
    index = trained_on("X:1\nM:4/4\nL:1/8\nK:C\nceg2 c'4|e'2d'2c'4|g4e4|c8|")
    guide = guide_behind("ceg2", index, 3, "M:4/4\nL:1/8\nK:C\n")
    assert "c" in offered(guide)
    guide.advance(CHARACTERS.index("c"))
    assert "'" not in offered(guide)


@pytest.mark.parametrize("limit", [4, 6])
def test_only_forced_letters_exceed_the_passage_limit(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request.checked("M:6/8\nL:1/8\nK:D\n", 0.7, length=250, seed=5)
    tunes = [compose(CHECKPOINT, replace(request, seed=seed)) for seed in range(3)]
    index = trained_on(JIG, *(tune.abc for tune in tunes))  # the model's own: it would write them again
    monkeypatch.setattr("charrnn.sampling.compose.index_of", lambda checkpoint: index)
    for tune in tunes:
        steered = compose(CHECKPOINT, replace(tune.request, most_shared=limit))
        assert longest(tune, index) > limit
        assert longest(steered, index) <= limit or steered.over_shared
        assert not parse(steered.abc).problems


def test_a_forced_refused_letter_is_counted() -> None:
    class OnlyA:
        def mask(self) -> np.ndarray:
            return np.array([character == "A" for character in CHARACTERS])

        def advance(self, index: int) -> None:
            pass

    guide = SteeringGuide(OnlyA(), CHARACTERS, trained_on(JIG), 6, "M:6/8\nL:1/8\nK:D\n", "|:A|dfdec")
    assert offered(guide) == "A"
    guide.advance(CHARACTERS.index("A"))
    assert guide.forced == 1


@pytest.mark.parametrize("value", [3, 65, 4.5, True, "8"])
def test_a_bad_limit_is_refused(value: object) -> None:
    with pytest.raises(OptionError, match="Most shared notes must be a whole number from 4 to 64"):
        Request.checked(most_shared=value)


def test_steering_needs_the_grammar() -> None:
    with pytest.raises(OptionError, match="needs the grammar"):
        Request.checked(grammar=False, most_shared=8)

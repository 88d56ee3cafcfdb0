"""The score by which candidates are ranked."""

from dataclasses import replace

import pytest

from charrnn.corpus.cleaning import clean
from charrnn.corpus.originality.index import Originality, OriginalityIndex, Passage
from charrnn.corpus.sources import RawTune
from charrnn.sampling.compose import compose
from charrnn.sampling.options import Request
from charrnn.sampling.ranking import FAULTY, WEIGHTS, cadence, compass, likelihood, originality, rank, weighted
from tests.support.tiny import JIG, tiny_checkpoint
from tests.support.tunes import tune_of


def shared(notes: int) -> Originality:
    longest = Passage(notes, 0, notes, "The Mower", "oneills1850", 1) if notes else None
    return Originality(longest, {}, None, 40)


@pytest.mark.parametrize(
    ("bits", "part"), [(0.5, 0), (0.9, 0), (1.15, 0.5), (1.4, 1), (2.0, 1), (2.3, 1), (3.0, 0.5), (3.7, 0), (9, 0)]
)
def test_likelihood_penalises_too_few_and_too_many_bits(bits: float, part: float) -> None:
    assert likelihood(bits) == pytest.approx(part)


def test_a_tune_without_notes_scores_zero_everywhere() -> None:
    tune = tune_of("z4|")
    assert (likelihood(None), compass(tune), cadence(tune)) == (0, 0, 0)


@pytest.mark.parametrize(("notes", "part"), [(0, 1), (11, 1), (16, 16 / 21), (32, 0), (126, 0)])
def test_originality_falls_with_the_longest_shared_passage(notes: int, part: float) -> None:
    assert originality(shared(notes)) == pytest.approx(part)


@pytest.mark.parametrize(
    ("music", "part"),
    [("CDE", 0), ("Cc", 1 / 3), ("Ce", 1), ("Ca", 1), ("[Ca]", 1), ("G,^f", 3 / 5), ("G,a", 0), ("F,c", 0), ("ce'", 0)],
)
def test_range_rewards_a_usual_compass_on_the_fiddle(music: str, part: float) -> None:
    assert compass(tune_of(music)) == pytest.approx(part)


@pytest.mark.parametrize(
    ("music", "key", "part"),
    [
        ("GABc", "C", 1), ("GABC,", "C", 1), ("ceg", "C", 0.5), ("gfe", "C", 0.5), ("edA", "Am", 1), ("edc", "Am", 0.5),
        ("cBA", "C", 0), ("GA=B", "Bb", 0), ("GAB", "Bb", 1), ("F", "F#", 1), ("GA[K:G]G", "C", 1), ("c", "none", 1),
    ],
)  # fmt: skip
def test_a_cadence_is_an_end_on_the_tonic(music: str, key: str, part: float) -> None:
    assert cadence(tune_of(music, key=key)) == part


def test_a_tune_that_breaks_off_has_no_cadence() -> None:
    assert cadence(tune_of("GABc"), ended=False) == 0


def test_the_score_weights_only_the_known_parts() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert weighted(dict.fromkeys(WEIGHTS, 1.0)) == pytest.approx(1)
    parts = {"likelihood": 0.0, "cadence": 1.0}
    assert weighted(parts) == pytest.approx(WEIGHTS["cadence"] / (WEIGHTS["cadence"] + WEIGHTS["likelihood"]))


LOW = "D,,FA D,,FA|D,,FA D,,3|]"


@pytest.mark.parametrize(("music", "instrument", "factor"), [
    (LOW, "any", FAULTY), (LOW, "guitar", 1), ("DEF DEF|DEF D3|]", "any", 1)
])  # fmt: skip
def test_what_no_fiddle_plays_has_half_its_score(music: str, instrument: str, factor: float) -> None:
    checkpoint = tiny_checkpoint()
    tune = compose(checkpoint, Request.checked("M:6/8\nL:1/8\nK:D\n", length=40, seed=1))
    request = replace(tune.request, instrument=instrument)
    (ranked,) = rank(checkpoint, [replace(tune, music=music, ended=True, request=request)])
    assert ranked.score == pytest.approx(factor * weighted(ranked.parts))


def test_the_tune_that_comes_home_comes_first() -> None:
    checkpoint = tiny_checkpoint()
    tune = compose(checkpoint, Request.checked("M:6/8\nL:1/8\nK:D\n", length=40, seed=1))
    home, lost = (replace(tune, music=music, ended=True) for music in ("dfa fdB|AFE D3|]", "dfa fdB|AFE E3|]"))
    ranked = rank(checkpoint, [lost, home])
    assert [each.composition for each in ranked] == [home, lost]
    assert set(ranked[0].parts) == {"likelihood", "range", "cadence"}
    assert ranked[0].originality is None
    assert 0 <= ranked[1].score < ranked[0].score <= 1


def test_a_copy_of_training_music_ranks_last() -> None:
    checkpoint = tiny_checkpoint()
    tune = compose(checkpoint, Request.checked("M:6/8\nL:1/8\nK:D\n", length=40, seed=1))
    copy = replace(tune, music=JIG.split("K:D\n")[1].replace("\n", ""), ended=True)
    own = replace(tune, music="|:dfa fdB|AFE D3|a3 g2f|BAF D3:|", ended=True)
    ranked = rank(checkpoint, [copy, own], OriginalityIndex.build([clean(RawTune(JIG, "ours"))]))
    assert [each.composition for each in ranked] == [own, copy]
    assert ranked[1].originality is not None
    assert ranked[1].originality.is_copy
    assert ranked[1].parts["originality"] == 0

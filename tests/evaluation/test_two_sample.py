"""The two-sample test: what it sees of a tune, what it can tell apart, and what it says about it."""

import functools
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from charrnn import cli
from charrnn.corpus.cleaning import CleanTune, clean
from charrnn.corpus.collection import Corpus
from charrnn.corpus.sources import RawTune
from charrnn.corpus.split import Split
from charrnn.errors import EvaluationError
from charrnn.evaluation.two_sample import classifiers, keys
from charrnn.evaluation.two_sample.figures import FIGURES, MOVED, View, figures_of
from charrnn.evaluation.two_sample.report import FLOOR_NAME, Comparison, Sample, TwoSample
from charrnn.evaluation.two_sample.runs import runs, words
from charrnn.evaluation.two_sample.study import CONDITIONS, Draw, Person, TwoSampleStudy
from charrnn.evaluation.two_sample.telling import telling_figures, telling_runs
from charrnn.evaluation.two_sample.traits import Traits
from charrnn.notation.reading.parser import parse
from charrnn.notation.transpose import transpose_text
from tests.support.tiny import JIG
from tests.support.tunes import abc, tune_of

pytestmark = pytest.mark.skipif(find_spec("sklearn") is None, reason="needs scikit-learn")

COUNT = 40  # tunes of a kind
SCALE = "CDEFGABcdefgab"
OUTSIDE = "|:^FGAB cdef|g>a (3gfe d2c2|_B4 c4:|"  # notes outside the key, a dotted pair, a triplet


def random_music(number: int, last: str = "C") -> str:
    """Eight bars of eighth notes that wander by steps, and end on ``last``."""
    drawn, place = random.Random(number), 4
    notes = []
    for _ in range(60):
        place = min(len(SCALE) - 1, max(0, place + drawn.choice((-2, -1, -1, 1, 1, 2))))
        notes.append(SCALE[place])
    bars = ["".join(notes[start : start + 8]) for start in range(0, 56, 8)]
    return "|".join([*bars, f"{''.join(notes[56:])}{last}4|]"])


def traits_of(text: str, group: object = "") -> Traits:
    return Traits.of(parse(text), str(group))


@functools.cache
def kind(first: int, change: Callable[[str], str] = str, **settings: str) -> list[Traits]:
    """As many random tunes, each a group of its own."""
    numbers = range(first, first + COUNT)
    return [traits_of(abc(change(random_music(number, **settings))), number) for number in numbers]


PEOPLE = kind(0)


def test_two_halves_of_one_kind_are_indistinguishable() -> None:
    several = [classifiers.tell_apart(PEOPLE, kind(first))["together"].value for first in (1000, 2000)]
    assert sum(several) / len(several) == pytest.approx(0.5, abs=0.1)  # so few tunes move it by chance


def test_ends_a_step_higher_are_found_and_named() -> None:
    ours = kind(1000, last="D")
    assert classifiers.tell_apart(PEOPLE, ours)["figures"].low > 0.9
    assert "ends on the tonic" in [one.words for one in telling_figures(PEOPLE, ours)[:3]]
    assert "ends on the tonic" not in [one.words for one in telling_figures(PEOPLE, kind(1000)) if one.auc > 0.6]


def test_planted_octave_leaps_are_found_and_named() -> None:
    ours = kind(1000, lambda music: music[:20] + "Cc" + music[22:])
    assert classifiers.tell_apart(PEOPLE, ours)["together"].low > 0.8
    strongest = telling_figures(PEOPLE, ours)[:3]
    assert "sevenths and larger" in [one.words for one in strongest]
    assert all(one.people < one.ours for one in strongest)
    assert any("an octave up" in one.words for one in telling_runs(PEOPLE, ours)[:3])


@pytest.mark.parametrize(
    "text",
    [
        "X:7\nT:Another\nR:polka\nM:4/4\nL:1/8\nK:C\n|:^F G A B c d e f|g>a (3gfe d2 c2|_B4 c4:|\n",
        "X:1\nM:4/4\nL:1/16\nK:C\n|:^F2G2A2B2 c2d2e2f2|g3a (3g2f2e2 d4c4|_B8 c8:|\n",
        "X:1\nM:4/4\nL:1/8\nK:C\n^FGAB cdef|g>a (3gfe d2c2|_B4 c4:|\n",  # the first "|:" goes without saying
        "X:1\nM:C\nL:1/8\nK:Cmaj\n|:^FGAB cd\\\nef|g3/a/ (3gfe d2c2|_B2-B2 c4:|\n",
    ],
)
def test_another_spelling_has_the_same_features(text: str) -> None:
    assert traits_of(text) == traits_of(abc(OUTSIDE))


@pytest.mark.parametrize("fifths", [-3, 2, 5])
def test_only_register_changes_when_a_tune_is_transposed(fifths: int) -> None:
    for text in (JIG, abc(OUTSIDE)):
        here, there = traits_of(text), traits_of(transpose_text(text, fifths))
        assert here.runs == there.runs
        assert {name for name, value in here.figures.items() if there.figures[name] != pytest.approx(value)} == MOVED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("raised_fourth", 2 / 17), ("lowered_seventh", 1 / 17), ("raised_seventh", 0), ("triplet_notes", 1),
        ("dotted_pairs", 1 / 3), ("on_tonic", 1), ("pickup", 0), ("notes_a_bar", 17 / 3), ("bars", 3), ("played", 6),
        ("repeated_parts", 1),
    ],
)  # fmt: skip
def test_figures_of_a_short_tune(name: str, value: float) -> None:
    assert figures_of(View.of(tune_of(OUTSIDE)))[name] == pytest.approx(value)


def test_runs_are_counted_and_said_in_words() -> None:
    found = runs(View.of(tune_of("C2EG|c8|]")).notes)
    assert found["interval", 4] == 1
    assert found["degree", 0, 4, 7] == 1
    assert found["ratio", 0.5, 1.0] == 1
    assert words(("interval", 4, 3)) == "a major third up, a minor third up"
    assert words(("degree", 0, 6)) == "degrees 1 #4"
    assert words(("ratio", 1 / 3)) == "each note against the one before: a third as long"


def test_every_figure_has_words_of_its_own() -> None:
    assert len({figure.name for figure in FIGURES}) == len({figure.words for figure in FIGURES}) == len(FIGURES)


def test_the_same_tunes_give_the_same_areas() -> None:
    ours = kind(1000)[:20]
    assert classifiers.tell_apart(PEOPLE[:20], ours) == classifiers.tell_apart(PEOPLE[:20], ours)


def test_tunes_of_one_group_lie_in_one_fold() -> None:
    tunes = [*PEOPLE, *PEOPLE]
    is_ours = np.arange(len(tunes)) >= len(PEOPLE)
    for train, test in classifiers.folds(tunes, is_ours):
        assert not {tunes[index].group for index in train} & {tunes[index].group for index in test}


def test_area_is_the_share_of_pairs_in_order() -> None:
    found = classifiers.auc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True]))
    assert found.value == (1 + 0.5 + 1 + 1) / 4
    assert found.low < found.value < found.high == 1


def test_too_few_tunes_are_refused() -> None:
    with pytest.raises(EvaluationError, match="at least 20 tunes of each kind, not 40 and 19"):
        classifiers.tell_apart(PEOPLE, PEOPLE[:19])


def test_missing_scikit_learn_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert cli.main(["evaluate", "--two-sample"]) == 1
    assert "the two-sample test needs scikit-learn, which cannot be loaded" in capsys.readouterr().err


@pytest.mark.parametrize("extra", [["--free"], ["--bars", "8"], ["--temperature", "0.5", "0.9"]])
def test_settings_without_a_meaning_are_wrong_usage(extra: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["evaluate", "--two-sample", *extra])


def test_keys_are_compared_by_their_shares() -> None:
    people = ["G"] * 60 + ["D"] * 38 + ["E", "B"]
    assert keys.common_keys(people) == {"G", "D"}
    assert keys.share_outside(["G", "E", "C", "D"], keys.common_keys(people)) == 0.5
    assert keys.total_variation(["G", "D"], ["G", "G"]) == 0.5


# -- the study


def clean_tunes(first: int, count: int) -> list[CleanTune]:
    return [clean(RawTune(abc(random_music(number)), "ours")) for number in range(first, first + count)]


def study_of(path: Path, count: int = 3, candidates: int = 2) -> TwoSampleStudy:
    sides = Split(clean_tunes(0, 4), clean_tunes(10, 2), clean_tunes(20, 3), 9, 0)
    corpus = Corpus(("ours",), sides, Counter(), Counter())
    return TwoSampleStudy(path, corpus, "validation", count, 0.9, 1, candidates)


def test_tunes_take_the_group_of_their_header(checkpoint_path: Path) -> None:
    study = study_of(checkpoint_path)
    unseen, _ = study.people()
    draws = study.draws("given headers", unseen)
    assert [draw.group for draw in draws] == [unseen[number % 2].group for number in range(3)]
    assert [request.seed_text for request in draws[0].requests] == [unseen[0].tune.header] * 2


def test_no_two_tunes_have_one_seed(checkpoint_path: Path) -> None:
    study = study_of(checkpoint_path)
    for condition in CONDITIONS:
        seeds = [request.seed for draw in study.draws(condition, study.people()[0]) for request in draw.requests]
        assert seeds == list(range(1, 7))


def test_single_tune_is_the_first_candidate(checkpoint_path: Path) -> None:
    study = study_of(checkpoint_path)
    read = study.reader()
    (draw, *_) = study.draws("form", [])
    (alone, best) = read(draw)
    (person,) = read(Person(study.unseen[0], "one"))
    assert alone == study_of(checkpoint_path, candidates=1).reader()(Draw(draw.requests[:1], draw.group))[0]
    assert best in (alone, read(Draw(draw.requests[1:], draw.group))[0])
    assert person == Traits.of(study.unseen[0].parsed, "one")


def test_report_shows_floor_and_sample_side_by_side() -> None:
    settings = {"split": "test", "count": COUNT, "temperature": 0.9, "first_seed": 1, "candidates": 1, "tries": 1}
    result = TwoSample(settings, comparisons(kind(1000), kind(2000, last="D")), ["C"])
    text = result.markdown()
    assert f"| {FLOOR_NAME} (40) |" in text
    assert "| single (40) |" in text
    assert "| free, single: figure of shape | people | ours | AUC alone |" in text
    assert "| ends on the tonic | 100.0% | 0.0% | 1.000 |" in text
    assert result.as_dict()["comparisons"][1]["auc"]["figures"]["value"] > 0.9
    assert len(result.as_dict()["shares"]) == 1 + len(CONDITIONS)


def comparisons(floor: Sequence[Traits], ours: Sequence[Traits]) -> list[Comparison]:
    samples = [(FLOOR_NAME, floor), ("single", ours)]
    pair = [Comparison.of(Sample("free", name, PEOPLE, tunes)) for name, tunes in samples]
    return [
        Comparison(Sample(condition, one.sample.name, PEOPLE, one.sample.tunes), one.aucs, one.figures, one.runs)
        for condition in CONDITIONS
        for one in pair
    ]

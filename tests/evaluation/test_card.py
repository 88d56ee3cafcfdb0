"""The evaluation card: what it counts, on tunes whose answer is known, and what it shows."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib.image
import pytest

from charrnn import cli
from charrnn.corpus.cleaning import clean
from charrnn.corpus.collection import Corpus
from charrnn.corpus.sources import RawTune
from charrnn.corpus.split import Split
from charrnn.errors import EvaluationError, OptionError
from charrnn.evaluation import abc2midi
from charrnn.evaluation.awkward import AWKWARD_SEEDS
from charrnn.evaluation.card import Card, Study, make_card, requests_for
from charrnn.evaluation.facts import Facts, Sample, Training, judge
from charrnn.evaluation.plots import rhythm, save_plots
from charrnn.evaluation.rows import SECTIONS, Group
from charrnn.sampling.options import Request
from tests.support.tiny import JIG
from tests.support.tunes import abc

needs_abc2midi = pytest.mark.skipif(not abc2midi.is_available(), reason="abc2midi (package abcmidi) is not installed")

JIG_TUNE = clean(RawTune(JIG, "ours"))
REEL = abc("GABcdefg|gfedcBAG|GBdgBdgb|g2G2G4|GABcdefg|gfedcBAG|FAdfAdfa|g8|]", key="G")
REEL_TUNE = clean(RawTune(REEL, "ours"))
CORPUS = Corpus(("ours",), Split([JIG_TUNE], [], [REEL_TUNE, JIG_TUNE], 2, 0), Counter(), Counter())


def no_bar(items: Iterable[Any], count: int, text: str) -> Iterable[Any]:
    return items


def judged(*samples: Sample) -> list[Facts]:
    training = Training.of([JIG_TUNE])
    return [judge(sample, training) for sample in samples]


def study_of(checkpoint: Path, count: int, *requests: Request, seed_texts: tuple[str, ...] = ()) -> Study:
    return Study(checkpoint, CORPUS, requests, count, seed_texts)


def card_of(*arguments: Any, **settings: Any) -> Card:
    card = make_card(study_of(*arguments, **settings), no_bar)
    assert card is not None
    return card


def short(**settings: Any) -> Request:
    return Request.checked(length=60, seed=1, **settings)


@pytest.fixture(scope="module")
def card(checkpoint_path: Path) -> Card:
    """Two tunes at each of two temperatures, the hot one first, and two without the grammar."""
    if not abc2midi.is_available():
        pytest.skip("abc2midi (package abcmidi) is not installed")
    return card_of(checkpoint_path, 2, short(temperature=1.2), short(), short(grammar=False))


@needs_abc2midi
def test_a_copy_of_a_training_tune_is_detected() -> None:
    (copy,) = judged(Sample.of_people(JIG_TUNE))
    assert copy.found.is_copy
    assert copy.longest == len(JIG_TUNE.parsed.notes)
    assert copy.found.windows == {1: 1.0, 2: 1.0, 4: 1.0}
    assert (copy.form, copy.bars, copy.on_tonic, copy.loops) == ("AABB", 16, True, False)
    assert copy.new_rhythms == 0
    assert not copy.gates.plagiarism
    assert copy.gates.rhythm
    assert not copy.gates.all


@needs_abc2midi
def test_the_rows_count_over_the_tunes() -> None:
    training = Training.of([JIG_TUNE])
    facts = judged(Sample.of_people(REEL_TUNE), Sample.of_people(JIG_TUNE))
    values = Group.of(facts, training.histograms, compared=2).values()
    assert (values["copies"], values["passage_32"], values["aabb"]) == (0.5, 0.5, 0.5)
    assert (values["bars"], values["on_tonic"]) == (12, 1)
    # Two of the reel's eight bars stand earlier in it; five of the jig's sixteen, the close of each part among them.
    assert values["repetition"] == pytest.approx((2 / 8 + 5 / 16) / 2)
    assert values["repetition_90"] == pytest.approx(2 / 8 + 0.9 * (5 / 16 - 2 / 8))
    assert values["width"] == pytest.approx(((83 - 66) + (83 - 61)) / 2)
    assert values["new_rhythms"] == pytest.approx(0.5)
    assert (values["ended"], values["removed"]) == (None, None)


@needs_abc2midi
def test_the_distance_uses_only_the_first_tunes() -> None:
    training = Training.of([JIG_TUNE])
    facts = judged(Sample.of_people(JIG_TUNE), Sample.of_people(REEL_TUNE))
    near, far = (Group.of(facts, training.histograms, compared).values() for compared in (1, 2))
    for kind in ("intervals", "durations", "patterns"):
        assert near[f"{kind}_distance"] == 0
        assert (far[f"{kind}_distance"] or 0) > 0


@needs_abc2midi
def test_an_untrained_models_free_tunes_score_badly(checkpoint_path: Path) -> None:
    (column,) = card_of(checkpoint_path, 4, short(grammar=False), seed_texts=("M:4/4\nL:1/8\nK:C\nCDE|F2|",)).samples
    values = column.values
    assert (values["ended"], values["right"], values["removed"], values["characters"]) == (0, 0, 0, 60)
    assert values["gate_rhythm"] == values["gates"] == 0
    assert len(column.wrong) == round(4 * (1 - (values["bar_clean"] or 0))) > 0


@needs_abc2midi
def test_the_grammar_makes_untrained_tunes_right(
    checkpoint_path: Path,
) -> None:
    seeds = tuple(AWKWARD_SEEDS.values())[1::4]
    card = card_of(checkpoint_path, len(seeds), short(), seed_texts=seeds)
    (column,) = card.samples
    assert [column.values[name] for name in ("ended", "converts", "bar_clean", "right")] == [1, 1, 1, 1]
    assert column.wrong == []
    assert 0.3 < (column.values["removed"] or 0) < 1


def test_markdown_and_json_cards_show_the_same(card: Card) -> None:
    data = json.loads(json.dumps(card.as_dict(), allow_nan=False))
    assert [column["name"] for column in data["samples"]] == ["1.2", "1", "1 free"]
    assert data["people"]["tunes"] == data["tunes_compared_with_training"] == 2
    assert data["test"]["notes"] == sum(len(tune.parsed.notes) for tune in CORPUS.split.test)
    assert data["test"]["bits_per_note"] == pytest.approx(data["test"]["bits"] / data["test"]["notes"])
    text = card.markdown()
    assert "| Right | people (2) | T=1.2 (2) | T=1 (2) | T=1, no grammar (2) |" in text
    assert "| copies of a whole tune of training | 50.0% | 0.0% | 0.0% | 0.0% |" in text
    assert "| end by themselves | - | 100.0% | 100.0% | 0.0% |" in text
    for rows in SECTIONS.values():
        for row in rows:
            shown = [row.text(column["values"][row.name]) for column in (data["people"], *data["samples"])]
            assert f"| {row.label} | {' | '.join(shown)} |" in text


def test_several_temperatures_get_a_plot_of_their_own(card: Card, tmp_path: Path) -> None:
    assert [column.name for column in card.by_temperature] == ["1", "1.2"]
    assert card.usual.name == "1"
    pictures = save_plots(card, tmp_path)
    assert [path.name for path in pictures] == ["distributions.png", "temperature.png"]
    for path in pictures:
        pixels = matplotlib.image.imread(path)
        assert pixels.shape[1] >= 1_000
        assert pixels.std() > 0.05


def test_a_rhythm_is_spelt_as_abc() -> None:
    quavers, (dotted,) = JIG_TUNE.parsed, {(False, tuple(REEL_TUNE.parsed.notes[0].duration * n for n in (3, -1)))}
    assert quavers.meter.compound
    assert rhythm(dotted) == "c3z"
    assert rhythm((True, tuple(note.duration / 2 for note in quavers.notes[:3]))) == "c/c/c/ *"


def test_one_run_omits_the_grammar_at_default_temperature() -> None:
    requests = requests_for([0.6, 1.0, 1.2], seed=5, bars=8, parts="AABB")
    assert [(request.temperature, request.grammar) for request in requests] == [
        (0.6, True), (1.0, True), (1.2, True), (1.0, False)
    ]  # fmt: skip
    assert [request.form is None for request in requests] == [False, False, False, True]
    assert {request.seed for request in requests} == {5}
    assert [request.temperature for request in requests_for([0.5, 0.7])] == [0.5, 0.7, 0.5]
    assert [request.grammar for request in requests_for([1.0], grammar=False)] == [False]
    steered = requests_for([1.0], most_shared=12)
    assert [request.most_shared for request in steered] == [12, None]  # which needs the grammar
    with pytest.raises(OptionError, match="Temperature must be"):
        requests_for([1.0, math.inf])


def test_without_abc2midi_no_card_is_begun(checkpoint_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(EvaluationError, match="abc2midi is not installed"):
        card_of(checkpoint_path, 1, short())


@needs_abc2midi
def test_a_resumed_run_gives_the_same_card(checkpoint_path: Path) -> None:
    study = study_of(checkpoint_path, 3, short(), short(grammar=False))
    drawn: list[Sample] = []
    whole = make_card(study, no_bar, keep=drawn.append)
    assert whole is not None
    assert len(drawn) == 6
    for kept in (1, 4):
        data = json.loads(json.dumps([sample.as_dict() for sample in drawn[:kept]]))
        further: list[Sample] = []
        card = make_card(study, no_bar, kept=[Sample.from_dict(one) for one in data], keep=further.append)
        assert further == drawn[kept:]
        assert card is not None
        assert card.as_dict() == whole.as_dict()


@needs_abc2midi
def test_a_corpus_without_a_test_split_is_refused(checkpoint_path: Path) -> None:
    corpus = Corpus(("ours",), Split([JIG_TUNE], [], [], 1, 0), Counter(), Counter())
    with pytest.raises(EvaluationError, match="the corpus is too small to have a test split"):
        make_card(Study(checkpoint_path, corpus, [short()], 1), no_bar)


@needs_abc2midi
def test_the_command_writes_the_card_and_its_pictures(
    checkpoint_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("charrnn.corpus.collection.load_corpus", lambda names, progress: CORPUS)
    folder, wrong = tmp_path / "card", tmp_path / "wrong.abc"
    arguments = ["evaluate", "--count", "2", "--json", "--out", folder, "--wrong", wrong, "--most-shared", 16]
    assert cli.main([*map(str, arguments), "--checkpoint", str(checkpoint_path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((folder / "card.json").read_text())
    assert [(column["tunes"], column["most_shared"]) for column in printed["samples"]] == [(2, 16), (2, None)]
    text = (folder / "card.md").read_text()
    assert text.startswith("**The model was trained on another corpus: ")
    assert "\nUnseen tunes (the 2 of the test split" in text
    written = sorted(path.name for path in folder.iterdir())
    assert written == ["card.json", "card.md", "distributions.png"]  # one temperature makes no curve
    assert "X:1" in wrong.read_text()

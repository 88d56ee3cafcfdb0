"""The peers beside which we measure ourselves: each against its definition, on little music."""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import cache, compressor, kneser_ney, runner, sampling
from benchmarks.cache import Cached, TuneSoFar
from benchmarks.contest import Entered, Material, NewTune
from benchmarks.drawing import draw_tunes
from benchmarks.judging import Judge
from benchmarks.kneser_ney import KneserNey, discounts_for
from benchmarks.recipes import RecipeLSTM, draw_from, train
from benchmarks.results import Results, Row, Settings
from benchmarks.runner import Entry, rows_of
from charrnn.corpus.collection import load_corpus
from charrnn.evaluation import abc2midi
from charrnn.model.batches import Batch, random_windows, streams
from charrnn.model.scoring import ScoredText, total
from charrnn.model.vocabulary import Vocabulary
from charrnn.notation.instruments.table import instrument_of
from tests.support.tiny import JIG, tiny_checkpoint

needs_abc2midi = pytest.mark.skipif(not abc2midi.is_available(), reason="abc2midi (package abcmidi) is not installed")

LETTERS = Vocabulary("\nABCD|")
TEXTS = ["ABAC|ABAD|\n", "ABAC|CBAD|\n", "BACA|\n", "DDDD|\n", "ABAC|ABAC|\n"]


def encoded(texts: Sequence[str]) -> list[np.ndarray]:
    return [np.array(LETTERS.encode(text)) for text in texts]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty variations on one jig, different enough to be tunes of their own."""
    path = tmp_path_factory.mktemp("book") / "jigs.abc"
    header, music = JIG.split("K:D\n")
    letters = "ABCDEFGabcdefg"
    moved = [str.maketrans(letters, letters[by:] + letters[:by]) for by in range(9)]
    path.write_text("\n".join(f"{header}K:{'DGAC'[n % 4]}\n{music.translate(moved[n % 9])}" for n in range(40)))
    return path


@pytest.fixture(scope="module")
def material(book: Path) -> Material:
    return Material(load_corpus((str(book),)))


# -- Kneser-Ney


def slow_kneser_ney(texts: Sequence[str], order: int) -> Callable[[str, str], float]:
    """The definition, with dictionaries and recursion: P(character | context of order - 1 characters)."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for text in texts:
        padded = "^" * (order - 1) + text
        counts[order].update(padded[place : place + order] for place in range(len(text)))
    for length in range(order - 1, 0, -1):
        counts[length] = Counter(gram[1:] for gram in counts[length + 1])
    discounts = {length: discounts_for(np.array(list(table.values()))) for length, table in counts.items()}

    def probability(context: str, character: str) -> float:
        length = len(context) + 1
        shorter = probability(context[1:], character) if context else 1 / len(LETTERS)
        following = {gram[-1]: count for gram, count in counts[length].items() if gram[:-1] == context}
        if not following:
            return shorter
        taken = {name: discounts[length][min(count, 3)] for name, count in following.items()}
        kept = following.get(character, 0) - taken.get(character, 0)
        return float((kept + sum(taken.values()) * shorter) / sum(following.values()))

    return lambda context, character: probability(("^" * order + context)[1 - order :], character)


@pytest.mark.parametrize("order", [2, 3, 5])
def test_kneser_ney_gives_what_its_definition_gives(order: int) -> None:
    model, slow = KneserNey(encoded(TEXTS), LETTERS, order), slow_kneser_ney(TEXTS, order)
    for text in ["ABACBAD|\n", "DCDC||\n"]:
        expected = [slow(text[:place], character) for place, character in enumerate(text)]
        assert model.of_text(encoded([text])[0]) == pytest.approx(expected)


def test_kneser_ney_probabilities_sum_to_one_everywhere() -> None:
    model = KneserNey(encoded(TEXTS), LETTERS, 5)
    contexts = np.random.default_rng(1).integers(0, len(LETTERS), (50, 4))
    everywhere = np.concatenate([contexts, model.contexts(encoded(TEXTS)[0])])
    probabilities = model.all_probabilities(everywhere)
    assert probabilities.min() > 0
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(everywhere)))


def test_discounts_are_those_of_chen_and_goodman() -> None:
    counts = np.repeat([1, 2, 3, 4, 9], [8, 4, 2, 1, 3])
    y = 8 / (8 + 2 * 4)
    assert discounts_for(counts) == pytest.approx([0, 1 - 2 * y * 4 / 8, 2 - 3 * y * 2 / 4, 3 - 4 * y * 1 / 2])


def test_an_order_too_large_for_integers_is_refused() -> None:
    with pytest.raises(ValueError, match="order must be less than 40"):
        KneserNey(encoded(TEXTS), LETTERS, 40)


# -- the cache


def test_the_cache_counts_what_followed_matching_contexts() -> None:
    text = "ABACABAB"
    so_far = TuneSoFar(len(LETTERS))
    for character in LETTERS.encode(text):
        so_far.append(character)
    counts = so_far.counts()
    for k in range(1, cache.LONGEST + 1):
        slow = Counter(text[place] for place in range(k, len(text)) if text[place - k : place] == text[-k:])
        assert {LETTERS.characters[index]: int(counts[k - 1, index]) for index in np.flatnonzero(counts[k - 1])} == slow


@pytest.fixture(scope="module")
def cached() -> Cached:
    model = Cached(KneserNey(encoded(TEXTS), LETTERS, 4))
    model.fit(encoded(["CADB|CADB|CADB|\n", "DABA|DABA|\n"]))
    return model


def test_probabilities_with_the_cache_sum_to_one(cached: Cached) -> None:
    steps = cache.Steps(cached, 2)
    for came in zip(*encoded(["\nCADB|CADB|CA", "\nABACABACABAC"]), strict=True):
        probabilities = steps(np.array(came))
        assert probabilities.sum(axis=1) == pytest.approx([1, 1])
        assert probabilities.min() > 0


def test_stepping_and_scoring_give_the_same_probabilities(cached: Cached) -> None:
    text = "CADB|CADB|\n"
    ids = encoded([text])[0]
    for steps, of_text in (
        (cache.Steps(cached, 1), cached.of_text),
        (kneser_ney.Steps(cached.model, 1), cached.model.of_text),
    ):
        before = [LETTERS.index_of["\n"], *ids[:-1]]
        stepped = [float(steps(np.array([last]))[0, came]) for last, came in zip(before, ids, strict=True)]
        assert stepped == pytest.approx(of_text(ids))


def test_the_cache_makes_repetitive_tunes_more_probable(cached: Cached) -> None:
    tune = [ScoredText("", "BDAC|BDAC|BDAC|", 12)]
    with_cache = total(cache.score(cached, tune))
    without = total(kneser_ney.score(cached.model.of_text, LETTERS, tune))
    assert with_cache.characters == without.characters == 16
    assert with_cache.bits < without.bits


def test_the_header_is_given_and_not_scored() -> None:
    model = KneserNey(encoded(TEXTS), LETTERS, 3)
    (scored,) = kneser_ney.score(model.of_text, LETTERS, [ScoredText("ABA", "C|", 1)])
    assert scored.bits == pytest.approx(-np.log2(model.of_text(encoded(["ABAC|\n"])[0])[3:]).sum())
    assert scored.characters == 3


# -- xz


def test_xz_counts_the_bytes_that_the_test_adds(material: Material) -> None:
    entered = compressor.enter(material, 1)
    assert entered.score is not None
    new = total(entered.score([ScoredText("", "zZyYxX'',,__^^==" * 3, 1)]))
    known = total(entered.score([ScoredText("", material.corpus.split.train[0].music, 1)]))
    assert known.bits_per_character < new.bits_per_character < 9


# -- the recipes


def windows(material: Material) -> chain[Batch]:
    random = np.random.default_rng(1)
    return chain.from_iterable(random_windows(text, 4, 30, random) for text in repeat(material.train_text))


def rows(material: Material) -> chain[Batch]:
    return chain.from_iterable(streams(text, 4, 30) for text in repeat(material.train_text))


@pytest.mark.parametrize("batches", [windows, rows])
def test_a_recipe_lowers_the_loss_then_stops(material: Material, batches: Callable[[Material], chain[Batch]]) -> None:
    torch.manual_seed(1)
    network = RecipeLSTM(len(material.vocabulary), embedding=8, units=16)
    losses: list[float] = []
    entered = train(network, material.vocabulary, batches(material), 0.02, 60, 10, losses.append)
    assert len(losses) == 60
    assert losses[-1] < losses[0] - 1
    assert entered.characters is not None
    assert 0.9 < entered.characters / (60 * 4 * 30) <= 1  # a row's last stretch in an epoch is shorter
    assert entered.score is not None
    assert total(entered.score(material.test[:3])).bits_per_character < losses[0]


def test_a_recipe_stops_when_the_minutes_are_over(material: Material) -> None:
    network = RecipeLSTM(len(material.vocabulary), embedding=8, units=16)
    assert (
        "1 of its 1,000 iterations" in train(network, material.vocabulary, windows(material), 0.01, 1_000, 1e-9).remark
    )


def test_the_recipe_network_has_the_published_size() -> None:
    parameters = sum(parameter.numel() for parameter in RecipeLSTM(83).parameters())
    assert parameters == 83 * 256 + 4 * 1024 * (256 + 1024 + 2) + 1025 * 83
    assert parameters == pytest.approx(5.36e6, rel=0.002)


# -- drawing and judging


def test_rows_continue_their_headers_until_they_end() -> None:
    script = {"A": "B", "B": "|", "|": "\n", "\n": "C", "C": "C", "D": "C"}

    def step(came: np.ndarray) -> np.ndarray:
        following = LETTERS.encode("".join(script[character] for character in LETTERS.decode(came.tolist())))
        return np.eye(len(LETTERS))[following]

    tunes = draw_tunes(step, LETTERS, ["A", "DC", ""], most=5)
    assert tunes == [
        NewTune("X:1\nAB|\n", 2, ended=True),
        NewTune("X:1\nDCCCCCC\n", 5, ended=False),
        NewTune("X:1\nCCCCC\n", 5, ended=False),
    ]


@needs_abc2midi
def test_the_judge_rejects_an_untrained_recipes_tunes(material: Material) -> None:
    network = RecipeLSTM(len(material.vocabulary), embedding=8, units=16)
    tunes = draw_from(network, material.vocabulary, material.headers(3))
    shares = Judge(material.corpus.split.train).shares(tunes)
    assert (shares["tunes"], shares["right"], shares["copies"], shares["shared"]) == (3, 0, 0, 0)
    assert shares["mean_characters"] == sum(tune.characters for tune in tunes) / 3


@needs_abc2midi
def test_a_training_tune_is_right_but_a_copy(material: Material) -> None:
    tune = material.corpus.split.train[0]
    shares = Judge(material.corpus.split.train).shares([NewTune(f"X:1\n{tune.text}", len(tune.music), ended=True)])
    assert [shares[name] for name in ("converts", "bar_clean", "right", "copies", "shared")] == [1, 1, 1, 1, 1]


# -- the contest


def fails(material: Material, minutes: float) -> Entered:
    raise RuntimeError("no room | for it")


def test_a_failed_entry_gets_a_row_saying_so(material: Material, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows_of(Entry("bad", "the bad one", fails), material, None, 1, 0, lambda text: None)
    assert row == Row("bad", "the bad one", error="RuntimeError: no room | for it")
    assert "no room" in capsys.readouterr().err
    results = Results(Settings(1, 0, 1, "1 core", False, {"train": 1, "test": 1}, ""), [row])
    assert "| failed: RuntimeError: no room / for it |" in results.table()


def test_results_come_back_from_json(tmp_path: Path) -> None:
    row = Row("lab", "the lab", "T 1", 5, 0.1, 100, 2.5, 3.5, 10, 1.0, 0.9, 0.8, 0.7, 0.0, 0.1, 99.0)
    results = Results(Settings(1, 10, 2, "2 cores", True, {"train": 3, "test": 1}, "ab"), [row])
    results.save(tmp_path)
    assert Results.from_json((tmp_path / "peers.json").read_text()) == results
    assert (tmp_path / "peers.md").read_text() == results.table() + "\n"
    assert (tmp_path / "peers.png").stat().st_size > 1_000
    assert "| 2.500 | 3.500 | 10 | 99 | 100% | 90% | 80% | 70% | 0% | 10% |" in results.table()


def run(monkeypatch: pytest.MonkeyPatch, *flags: object) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks", *map(str, flags)])
    return runner.main()


@needs_abc2midi
def test_a_run_is_saved_and_can_be_redrawn(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ("--corpus", book, "--out", tmp_path, "--only", "people", "kneser-ney", "shipped", "--count", 2)
    assert run(monkeypatch, *flags, "--threads", 1, "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["name"] for row in rows] == ["people", "kneser-ney", "shipped"]
    assert rows[0]["bar_clean"] == 1
    assert 0 < rows[1]["bits_per_character"] < 6
    assert "trained on another corpus" in rows[2]["error"]
    table = (tmp_path / "peers.md").read_text()
    (tmp_path / "peers.png").unlink()
    assert run(monkeypatch, "--redraw", "--out", tmp_path) == 0
    assert capsys.readouterr().out == table
    assert (tmp_path / "peers.png").exists()


def test_an_interrupted_run_keeps_its_finished_rows(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(material: Material, minutes: float) -> Entered:
        raise KeyboardInterrupt

    first = Entry("first", "the first", compressor.enter)
    monkeypatch.setattr(runner, "ENTRIES", [first, Entry("second", "the second", interrupted)])
    monkeypatch.setattr(runner, "NAMES", ["first", "second"])
    assert run(monkeypatch, "--corpus", book, "--out", tmp_path, "--count", 0, "--threads", 1) == 0
    assert "interrupted; the rows so far" in capsys.readouterr().err
    assert [row.name for row in Results.from_json((tmp_path / "peers.json").read_text()).rows] == ["first"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--minutes", "nan"), "a number over 0 is wanted, not nan"),
        (("--count", "-1"), "a whole number from 0 to 10,000 is wanted, not -1"),
        (("--threads", "0"), "a whole number from 1 to 1,024 is wanted, not 0"),
        (("--only", "nobody"), "invalid choice: 'nobody'"),
    ],
)
def test_flags_out_of_range_are_refused(
    flags: tuple[str, str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, *flags)
    assert message in capsys.readouterr().err


def test_missing_or_damaged_results_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--redraw", "--out", tmp_path) == 1
    (tmp_path / "peers.json").write_text("[]")
    assert run(monkeypatch, "--redraw", "--out", tmp_path) == 1
    err = capsys.readouterr().err
    assert "No such file" in err
    assert "holds no results" in err


# -- the speed of sampling


def test_each_value_counts_when_it_came_quickest(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0, 1, 3, 10, 12, 13])
    monkeypatch.setattr(sampling, "ROUNDS", 2)
    monkeypatch.setattr("time.perf_counter", lambda: next(moments))
    assert sampling.quickest(lambda: iter("abc")) == 1 + 1


def test_the_sampler_is_measured_for_an_instrument(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "ROUNDS", 2)
    monkeypatch.setattr(sampling, "HEADERS", sampling.HEADERS[:1])
    monkeypatch.setattr(sampling, "DEFAULT_LENGTH", 40)  # this model never ends a tune by itself
    monkeypatch.setattr(sampling, "candidates_seconds", partial(sampling.candidates_seconds, seeds=1))
    found = sampling.measure(tiny_checkpoint(), 1, instrument_of("whistle"))
    assert {"numpy"} <= set(found["steps"]) <= {"numpy", "fp32", "int8"}
    assert all(value > 0 for row in found["steps"].values() for value in row.values())
    assert sampling.as_table(found).count("\n|") >= 2

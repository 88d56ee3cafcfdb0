"""Self-play: the model's tunes that judges find most like people's."""

from pathlib import Path

import pytest

from charrnn.cli import main
from charrnn.corpus.cleaning import CleanTune, clean
from charrnn.corpus.collection import load_corpus
from charrnn.corpus.sources import RawTune
from charrnn.evaluation import self_play
from charrnn.evaluation.self_play import EACH, Candidate, Described, choose, tasks
from charrnn.model.checkpoint import load_checkpoint, save_checkpoint
from charrnn.notation.parser import parse
from tests.tiny import JIG, tiny_checkpoint
from tests.training_jigs import trainer


def tune(number: int, comes_home: bool) -> CleanTune:
    letters = "DEFGABcd"
    music = "".join(letters[(number * step + step) % 8] for step in range(1, 6)) + ("D" if comes_home else "E")
    return clean(RawTune(f"X:1\nM:6/8\nL:1/8\nK:D\n{music}|{music}|]\n", "own"))


def candidates(condition: str) -> list[Candidate]:
    """Every eighth comes home."""
    tunes = [tune(number, number % EACH == 0) for number in range(40 * EACH)]
    return [
        Candidate(condition, n // EACH, f"{n // EACH}:{one.text}", Described.of(one.parsed))
        for n, one in enumerate(tunes)
    ]


PEOPLE = [Described.of(tune(number, True).parsed) for number in range(100)]


def homing(texts: list[str]) -> float:
    return sum(text.endswith("D|]\n") for text in texts) / len(texts)


@pytest.mark.parametrize("condition", ["given headers", "free"])
def test_tunes_like_peoples_are_chosen(condition: str) -> None:
    chosen = choose(candidates(condition), PEOPLE, sharpness=2.0)
    assert len(chosen) == 40
    assert homing(chosen) > 0.5  # one in eight of all


def test_without_sharpness_any_tune_is_chosen() -> None:
    assert homing(choose(candidates("free"), PEOPLE, sharpness=0.0)) < 0.4


def test_each_header_keeps_one_tune() -> None:
    chosen = choose(candidates("given headers"), PEOPLE, sharpness=2.0)
    assert [int(text.partition(":")[0]) for text in chosen] == list(range(40))


def test_tasks_have_seeds_of_their_own_and_peoples_headers() -> None:
    people = [tune(number, True) for number in range(3)]
    wanted = tasks(8, people)
    assert len(wanted) == 8 * EACH
    assert len({request.seed for _, _, request in wanted if request.form}) == 2 * EACH
    assert {request.seed_text for name, _, request in wanted if name == "given headers"} == {people[0].header}


def test_the_command_writes_tunes_to_train_on(
    tmp_path: Path, corpus_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint, out = tiny_checkpoint(), tmp_path / "own.abc"
    checkpoint.corpus["names"] = [str(corpus_file)]
    save_checkpoint(checkpoint, tmp_path / "m.safetensors")
    monkeypatch.setattr(self_play, "EACH", 2)
    assert main(["self-play", str(out), "--count", "8", "--checkpoint", str(tmp_path / "m.safetensors")]) == 0
    corpus = load_corpus((str(corpus_file),), also=(str(out),))
    assert 0 < len(corpus.also) <= 8
    assert all(not parse(one.text).problems for one in corpus.also)


def test_what_is_also_trained_on_is_on_no_side(tmp_path: Path, corpus_file: Path) -> None:
    own = tmp_path / "own.abc"
    own.write_text(JIG.replace("dfd", "dad") + "\n")
    alone, with_own = (load_corpus((str(corpus_file),), also=also) for also in ((), (str(own),)))
    assert with_own.sha256 == alone.sha256
    assert with_own.summary()["also"]["tunes"] == 1
    assert "also" not in alone.summary()
    batches = [
        list(trainer(each, tmp_path / "m.safetensors", transpose=0.0).epochs.batches_of(0))
        for each in (alone, with_own)
    ]
    characters = [sum(batch.characters for batch in each) for each in batches]
    assert characters[1] - characters[0] == len(with_own.also[0].text)


@pytest.mark.parametrize(("keep", "step"), [("best", 10), ("last", 20)])
def test_the_best_or_the_last_weights_are_kept(
    tmp_path: Path, corpus_file: Path, monkeypatch: pytest.MonkeyPatch, keep: str, step: int
) -> None:
    run = trainer(load_corpus((str(corpus_file),)), tmp_path / "m.safetensors", keep=keep)
    rising = iter((1.0, 2.0))
    monkeypatch.setattr(run, "score_side", lambda side: next(rising))
    run.run()
    assert load_checkpoint(tmp_path / "m.safetensors").training["step"] == step

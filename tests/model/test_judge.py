"""The judge tells people's tunes from the model's by patterns that both have in different numbers."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from charrnn.errors import CheckpointError
from charrnn.model.checkpoint import judge_path, load_checkpoint, save_checkpoint
from charrnn.model.likeness.features import Features, features_of
from charrnn.model.likeness.fitting import train
from charrnn.model.likeness.judge import Judge, auc, load, mean_of, save
from charrnn.notation.reading.parser import parse
from charrnn.notation.transpose import transpose_text
from charrnn.sampling.compose import compose
from charrnn.sampling.options import Request
from charrnn.sampling.ranking import rank
from tests.support.tiny import JIG, tiny_checkpoint

HEADER = "M:6/8\nL:1/8\nK:D\n"


def features(music: str, header: str = HEADER) -> Features:
    return features_of(parse(f"{header}{music}\n"))


@pytest.mark.parametrize(
    ("name", "worth"),
    [
        ("i:2", 3 / 6),  # D E, E F and G A
        ("i:2,2", 1 / 6),
        ("d:0,2,4", 1 / 6),
        ("r:1/3,1/3", 3 / 6),
        ("p:0=0", 2 / 6),  # the tonic begins both bars
        ("b:1/3,1/3,1/3,1/3,2/3", 1 / 6),
        ("e:7,0", 1),  # comes home from the fifth
        ("low:62", 1),
        ("compass:7", 1),
    ],
)
def test_patterns_count_by_their_share_of_notes(name: str, worth: float) -> None:
    assert features("DEFGA2|D6|]")[name] ** 2 == pytest.approx(worth)


def test_only_register_changes_with_the_key() -> None:
    moved = features_of(parse(transpose_text(JIG, 2, -1)))
    same = {name: value for name, value in features_of(parse(JIG)).items() if name.split(":")[0] not in ("low", "high")}
    assert {name: value for name, value in moved.items() if name.split(":")[0] not in ("low", "high")} == same


def test_neither_spelling_nor_titles_count() -> None:
    respelled = "X:7\nT:Another Name\nM:6/8\nL:1/16\nR:slide\nK:D\nD2 E2 F2 G2 A4 | D12 |]\n"
    assert features_of(parse(respelled)) == features("DEFGA2|D6|]")


def test_the_mean_of_judges_is_between_them() -> None:
    people, ours = ([features(music)] * 10 for music in ("DEFGA2|D6|]", "DDDDDD|D6|]"))
    first, second = train(people, ours, "x")[0], train(people[:9], [features("AFDAFD|A6|]")] * 9, "x")[0]
    both = mean_of(first, second)
    for music in ("DEFGA2|D6|]", "DDDDDD|D6|]", "AFDAFD|A6|]"):
        heard = features(music)
        assert both.logit(heard) == pytest.approx((first.logit(heard) + second.logit(heard)) / 2, abs=1e-2)


def test_a_tune_of_one_note_has_no_features() -> None:
    assert features("D6|]") == {}


def planted(number: int, is_people: bool) -> Features:
    """Random notes; people's end on the tonic more often."""
    random = np.random.default_rng([number, is_people])
    letters = "".join(random.choice(list("DEFGAB"), 11))
    end = "D" if random.random() < (0.9 if is_people else 0.3) else "E"
    return features("|".join(f"{letters}{end}"[place : place + 6] for place in (0, 6)) + "|]")


@pytest.fixture(scope="module")
def trained() -> tuple[Judge, float]:
    people, ours = ([planted(number, side) for number in range(120)] for side in (True, False))
    return train(people, ours, "of these weights")


@pytest.fixture(scope="module")
def judge(trained: tuple[Judge, float]) -> Judge:
    return trained[0]


def test_a_planted_difference_is_found(trained: tuple[Judge, float]) -> None:
    judge, found = trained
    assert 0.65 < found < 0.95
    home, away = (judge.logit(features(f"DEFGAB|ABAGF{end}|]")) for end in "DE")
    assert home > away


def test_two_samples_of_one_kind_are_indistinguishable() -> None:
    sides = [planted(number, True) for number in range(1000, 1240)]
    _, found = train(sides[:120], sides[120:], "")
    assert 0.25 < found < 0.7


def test_auc_is_the_share_of_pairs_in_order() -> None:
    values, positive = np.array([3.0, 1.0, 2.0, 1.0]), np.array([True, True, False, False])
    assert auc(values, positive) == pytest.approx((2 + 0.5) / 4)


def test_a_judge_is_read_as_it_was_written(judge: Judge, tmp_path: Path) -> None:
    save(judge, tmp_path / "m.judge.npz")
    again = load(tmp_path / "m.judge.npz")
    assert again.checkpoint == judge.checkpoint
    assert again.logit(planted(0, True)) == judge.logit(planted(0, True))


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "flipped"])
def test_a_damaged_judge_is_refused_with_its_name(judge: Judge, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "m.judge.npz"
    save(judge, path)
    data = bytearray(path.read_bytes())
    if damage == "flipped":
        save(replace(judge, bias=judge.bias + 1), tmp_path / "other.judge.npz")
        with np.load(path) as right, np.load(tmp_path / "other.judge.npz") as other:
            np.savez(path, **{**right, "bias": other["bias"]})
    else:
        path.write_bytes({"cut": bytes(data[: len(data) // 2]), "empty": b"", "text": b"<html>"}[damage])
    with pytest.raises(CheckpointError, match=r"m\.judge\.npz"):
        load(path)


def with_judge(path: Path, judge: Judge) -> None:
    save_checkpoint(tiny_checkpoint(), path)
    save(judge, judge_path(path))


def test_a_checkpoint_loads_only_its_own_judge(judge: Judge, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "m.safetensors"
    with_judge(path, judge)
    assert load_checkpoint(path).judge is None
    assert "was trained on other weights" in caplog.text
    with_judge(path, replace(judge, checkpoint=hashlib.sha256(path.read_bytes()).hexdigest()))
    assert load_checkpoint(path).judge is not None


def test_the_likelier_tune_is_ranked_first(judge: Judge) -> None:
    checkpoint = replace(tiny_checkpoint(), judge=judge)
    tunes = [
        compose(checkpoint, Request.checked("M:6/8\nL:1/8\nK:D\n", seed=seed, bars=2, parts="A")) for seed in range(4)
    ]
    ranked = rank(checkpoint, tunes)
    assert set(ranked[0].parts) == {"likeness", "likelihood", "range", "cadence"}
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert ranked[0].parts["likeness"] == judge.score(ranked[0].composition.tune)

"""The features of phrases: patterns of degrees, steps and rhythms, bars that come again, and where sections end."""

import hashlib
import json
import re
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.cli import main
from charrnn.evaluation import judging
from charrnn.evaluation.judging import FOLDS, dealt, requests_under, without_small_weights
from charrnn.model.checkpoint import load_checkpoint, phrase_judge_path, save_checkpoint
from charrnn.model.likeness.features import Features
from charrnn.model.likeness.fitting import train
from charrnn.model.likeness.judge import Judge, save
from charrnn.model.likeness.phrases import BARS, Heard, begin, hear, phrase_features, phrases_of
from charrnn.model.location import find_checkpoint
from tests.support.tiny import JIG, tiny_checkpoint
from tests.support.training_jigs import write_jigs
from tests.support.tunes import ANY_TEXT

HEADER = "M:6/8\nL:1/8\nR:jig\nK:D\n"
START = begin(HEADER)
TUNES = (
    "".join(JIG.split("K:D\n")[1].split()),
    "|:d2fafd|e3e2:|",
    "|:ed|cAABcded|cAGEEDDB|1cBABcdeg|fdecdfed:|2fdecd2||de|f2fae2eg|fdedcAAg|]",
    "A|B2[GB]d>ef|(3gabg-g2z|[1G6:|[2G3-G2||[K:G][L:1/16]d/e/|g2(5:4:5gfedc|[Bd]4::[M:3/4]^f_e=d|]",
)
ABC_SIGNS = "ABCDEFGabcdefgzxZ|:[]()<>-^_=,'/0123456789KLM \n#\"{}"


def features(music: str, header: str = HEADER) -> Features:
    return hear(begin(header), music)[0]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("d:a", 2),  # D, both times
        ("d:bc", 1),
        ("d:e2|a6|", 1),  # over the bar line
        ("d:#abc", 1),  # the tune begins with the tonic
        ("i:NN", 3),  # D E F, E F G, F G A
        ("i:I6|", 1),  # a fifth down
        ("R6/8:nnnnn2", 1),
        ("Rjig:n6", 1),
        ("RR6/8:nnnnn2|n6", 1),  # one after the other
        ("first 0:0", 1),
        ("last 0:4", 1),
        ("firsts:00", 1),
        ("new 1", 1),
        ("end:0", 1),
        ("endR:n6", 1),
        ("endsame False", 1),
        ("lo:1", 2),  # D above middle C
        ("hi:5", 1),
        ("span:4", 1),
        ("mean:3", 1),
        ("nn6/8:5", 1),
        ("steps:4", 1),  # all of them
        ("pick-up False jig 6/8", 1),
    ],
)
def test_patterns_are_counted_by_name(name: str, count: int) -> None:
    assert features("DEFGA2|D6|]")[name] == count


@pytest.mark.parametrize(
    ("music", "name"),
    [
        ("DEF|DEF|", "eq1"),
        ("DEF|GFE|DEF|", "eq2 2"),  # its place in the section is 2
        ("DEFA|DEFB|", "hf1"),  # the first half alone
        ("DE2F|GB2A|", "req1"),
        ("DEF|EFG|", "seq1"),
        ("DEF|GFE:|GFE|DEF:|", "endsame False"),
        ("DEF|GFE:|GFE:|", "endsame True"),
        ("DEF|DEF|", "known 1"),
        ("DEF|D2F|", "rnew 1"),
        ("DEF|DEF|GAB|DEF|", "again 3: 2"),
    ],
)
def test_bars_that_come_again_are_named(music: str, name: str) -> None:
    assert features(music, "M:3/8\nL:1/8\nK:D\n")[name] >= 1


def test_a_sequence_is_no_equal_bar() -> None:
    found = features("DEF|EFG|")
    assert "seq1" in found
    assert "eq1" not in found
    assert "seq1" not in features("DEF|DEF|")


def test_minor_degrees_count_apart() -> None:
    assert features("EFG|", "M:3/8\nL:1/8\nK:Em\n")["d:ABC"] == 1
    assert features("EFG|", "M:3/8\nL:1/8\nK:Edor\n")["d:ABC"] == 1
    assert features("EFG|", "M:3/8\nL:1/8\nK:Emix\n")["d:abc"] == 1


def test_places_are_counted_anew_in_sections() -> None:
    found = features("D6|E6|F6:|G6|]")
    assert found["first 2:2"] == found["first 0:3"] == 1


def test_a_pick_up_takes_no_place() -> None:
    found = features("A|d6|]")
    assert found["first 0:4"] == found["first 0:0"] == 1
    assert found["pick-up True"] == found["pick-up False"] == 1


def test_neither_fields_nor_endings_are_notes() -> None:
    plain, marked = features("D6|E6|F6|"), features("D6|[K:A]E6|1[M:3/4]F6|")
    assert marked == plain
    assert features("DEF[1G:|") == features("DEFG:|")


def test_form_shows_only_where_sections_end() -> None:
    assert features("|:D6|E6:|") == features("D6|E6|]") == features("D6|E6||")


def test_patterns_reach_back_into_the_piece_before() -> None:
    _, heard = hear(START, "DEFGA2|")
    found, _ = hear(heard, "D6|")
    assert found["d:e2|a6|"] == found["i:I6|"] == 1
    assert "d:#abc" not in found


def in_pieces(music: str, cuts: list[int]) -> tuple[Counter[str], Heard]:
    heard, total = START, Counter[str]()
    for start, end in pairwise([0, *cuts, len(music)]):
        found, heard = hear(heard, music[start:end])
        total.update(found)
    return total, heard


def cuts_of(music: str) -> list[int]:
    """Places after each sign of the bar lines; the ":" of fields and tuplets is none."""
    signs = re.sub(r"\[[KLM]:|\(5:4:5", lambda found: "." * len(found[0]), music)
    return [place for place in range(1, len(music)) if signs[place - 1] in "|:"]


@pytest.mark.parametrize("music", TUNES)
@given(data=st.data())
def test_pieces_sum_to_the_whole(music: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.sampled_from(cuts_of(music)), unique=True).map(sorted))
    assert in_pieces(music, cuts) == in_pieces(music, [])


@pytest.mark.parametrize(
    "pieces", [["D6|E6:", "|F6|]"], ["D6|E6|", ":F6|]"], ["D6|E6:|", "2F6|]"], ["D6|E6", "::F6|]"]]
)
def test_rest_of_a_bar_line_is_no_bar(pieces: list[str]) -> None:
    assert in_pieces("".join(pieces), [len(pieces[0])]) == in_pieces("".join(pieces), [])


@given(ANY_TEXT | st.text(ABC_SIGNS), ANY_TEXT | st.text(ABC_SIGNS))
def test_any_text_is_heard(header: str, music: str) -> None:
    heard = begin(header)
    found, after = hear(heard, music)
    assert all(count > 0 for count in found.values())
    assert hear(after, "|")[1].bars == after.bars  # a bar line is no bar
    assert "".join(phrases_of(music)) == music


@pytest.mark.parametrize(
    "header", ["", "K:", "K:none\n", "M:none\nK:HP\n", "M:4/0\nL:1/0\nK:H\n", f"M:{'9' * 5000}/8\n"]
)
def test_unreadable_headers_count_as_none(header: str) -> None:
    assert hear(begin(header), "CDE|")[0]["d:abc"] == 1


@pytest.mark.parametrize(
    ("music", "phrases"),
    [
        ("D6|E6|F6|G6|A6|B6|]", ["D6|E6|F6|G6|", "A6|B6|]"]),
        ("A|D6|E6|F6|G6|A6|]", ["A|D6|E6|F6|G6|", "A6|]"]),  # the pick-up is no bar
        ("|:A|D6|E6|F6|G5:|A|B6|]", ["|:A|D6|E6|F6|G5:|", "A|B6|]"]),
        ("|:D6|E6::F6|G6:|", ["|:D6|E6::", "F6|G6:|"]),
        ("D6|E6|1F6:|2G6||A6|]", ["D6|E6|1F6:|2", "G6||", "A6|]"]),
        ("D6|E6||F6|]", ["D6|E6||", "F6|]"]),
        ("D6|[K:A]E6|F6|[L:1/16]G6|A6|]", ["D6|[K:A]E6|F6|[L:1/16]G6|", "A6|]"]),
        ("(5:4:5cdefg|A6|", ["(5:4:5cdefg|A6|"]),
        ("", []),
    ],
)
def test_a_tune_is_cut_into_phrases(music: str, phrases: list[str]) -> None:
    assert phrases_of(music) == phrases


@pytest.mark.parametrize("music", TUNES)
def test_phrases_have_the_features_of_the_tune(music: str) -> None:
    total = Counter[str]()
    for found in phrase_features(HEADER, music):
        total.update(found)
    assert total == Counter(features(music))
    assert max(phrase.count("|") for phrase in phrases_of(music)) <= BARS + 3


def test_what_was_heard_can_be_kept() -> None:
    _, heard = hear(START, "DEFGA2|")
    first, second = (hear(heard, music) for music in ("D6|", "D6|"))
    assert first == second


def test_held_out_phrases_are_of_other_tunes() -> None:
    tunes = [[{f"tune {number}": 1.0}] * (3 + number % 4) for number in range(40)]
    order = [next(iter(phrase)) for phrase in dealt(tunes)]
    assert len(order) > 0.8 * sum(map(len, tunes))
    assert not set(order[::FOLDS]) & {name for place, name in enumerate(order) if place % FOLDS}


def test_headers_are_drawn_with_fixed_seed() -> None:
    requests = requests_under([HEADER, "K:G\n"], 20, 1)
    assert requests == requests_under([HEADER, "K:G\n"], 20, 1)
    assert {request.seed_text for request in requests} == {HEADER, "K:G\n"}
    assert len({request.seed for tries in (1, 2) for request in requests_under([HEADER], 20, tries)}) == 40


def test_small_weights_are_left_out() -> None:
    hashes, weights = np.arange(4, dtype=np.uint32), np.array([0.5, -0.5, 0.001, -0.001], np.float32)
    kept = without_small_weights(Judge(hashes, weights, 0.1, "of these weights"))
    assert kept.hashes.tolist() == [0, 1]
    assert kept.weights.tolist() == [0.5, -0.5]


@pytest.fixture(scope="module")
def shipped() -> Judge:
    judge = load_checkpoint(find_checkpoint("folk")).phrases
    assert judge is not None
    return judge


def mean_logit(judge: Judge, music: str) -> float:
    return fmean(judge.logit(phrase) for phrase in phrase_features(HEADER, music))


@pytest.mark.parametrize("bar", ["D6|", "DEFDEF|"])
def test_people_like_phrases_beat_repetitive_nonsense(shipped: Judge, bar: str) -> None:
    assert mean_logit(shipped, TUNES[0]) > mean_logit(shipped, bar * 16)


def test_a_tune_beats_its_bars_repeated(shipped: Judge) -> None:
    """On average: a single odd bar may please the judge, which knows only what the model writes."""
    bars = [bar for bar in re.split(r"[|:]+", TUNES[0]) if len(bar) > 3]
    assert mean_logit(shipped, TUNES[0]) > fmean(mean_logit(shipped, f"{bar}|" * 16) for bar in bars)


def test_a_checkpoint_loads_only_its_own_phrases(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "m.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    people, ours = ([features(music) for music in [tune] * 10] for tune in ("DEFGA2|D6|", "D6|D6|"))
    judge, _ = train(people, ours, "other weights")
    save(judge, phrase_judge_path(path))
    assert load_checkpoint(path).phrases is None
    assert "m.phrases.npz was trained on other weights" in caplog.text
    save(replace(judge, checkpoint=hashlib.sha256(path.read_bytes()).hexdigest()), phrase_judge_path(path))
    found = load_checkpoint(path)
    assert found.phrases is not None
    assert found.judge is None


def test_tries_are_chosen_by_the_first_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, tunes = tmp_path / "m.safetensors", tmp_path / "jigs.abc"
    write_jigs(tunes)
    save_checkpoint(replace(tiny_checkpoint(), corpus={"names": [str(tunes)]}), path)
    steps = []

    def training(kind: str) -> object:
        def train(training: judging.Training, tries: int) -> tuple[Judge, float]:
            steps.append((kind, tries, training.composer.phrases is not None))
            return Judge(np.zeros(0, np.uint32), np.zeros(0, np.float32), 0.0, training.digest), 0.5

        return train

    monkeypatch.setattr(judging, "train_phrase_judge", training("phrases"))
    monkeypatch.setattr(judging, "train_judge", training("tunes"))
    assert main(["judge", "--checkpoint", str(path)]) == 0
    assert steps == [("phrases", 1, False), ("phrases", 2, True), ("tunes", 1, True), ("tunes", 2, True)]


def test_missing_scipy_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    for name in ("charrnn.evaluation.judging", "charrnn.model.likeness.fitting"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert main(["judge"]) == 1
    assert "training a judge needs scipy, which cannot be loaded" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_writes_both_judges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, tunes = tmp_path / "m.safetensors", tmp_path / "jigs.abc"
    write_jigs(tunes)
    save_checkpoint(replace(tiny_checkpoint(), corpus={"names": [str(tunes)]}), path)
    assert main(["judge", "--json", "--count", "8", "--checkpoint", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["phrases"]["path"] == str(phrase_judge_path(path))
    checkpoint = load_checkpoint(path)
    for judge, numbers in ((checkpoint.judge, told["tunes"]), (checkpoint.phrases, told["phrases"])):
        assert judge is not None
        assert numbers["features"] == len(judge.hashes) > 0
        assert 0.5 < numbers["auc_once"] <= 1  # random weights compose no jigs
        assert 0.5 < numbers["auc_in_tries"] <= 1

"""The command line: what it prints, writes and refuses."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from charrnn.cli import evaluate
from charrnn.corpus import collection
from charrnn.corpus.cleaning import clean
from charrnn.corpus.collection import Corpus
from charrnn.corpus.sources import RawTune
from charrnn.corpus.split import Split
from charrnn.model.training_index import index_path
from tests.support.command_line import run_apart
from tests.support.command_line import run_here as run
from tests.support.tiny import JIG, save_tiny


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    save_tiny(path)
    return path


@pytest.fixture
def jig(tmp_path: Path) -> Path:
    path = tmp_path / "jig.abc"
    path.write_text(JIG)
    return path


def test_sampled_tunes_become_a_book(checkpoint: Path, tmp_path: Path) -> None:
    book = tmp_path / "tunes.abc"
    flags = ("--count", 3, "--seed", 1, "--seed-text", "M:6/8\nL:1/8\nR:jig\nK:D\n", "--length", 20)
    done = run_apart("sample", *flags, "--out", book, "--checkpoint", checkpoint)
    assert done.returncode == 0, done.stderr
    text = book.read_text()
    lines = [line for line in text.splitlines() if line.startswith(("X:", "T:"))]
    assert lines[::2] == ["X:1", "X:2", "X:3"]
    assert len({*lines[1::2], "T:"}) == 4


def test_a_book_becomes_a_folder_of_midi_files(jig: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "midi"
    jig.write_text(JIG * 3)
    done = run_apart("midi", jig, folder)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["jig-001.mid", "jig-002.mid", "jig-003.mid"]


def test_a_books_tune_n_uses_seed_plus_n(checkpoint: Path) -> None:
    book = run("sample", "--count", 2, "--seed", 4, "--length", 40, "--checkpoint", checkpoint).stdout
    alone = run("sample", "--seed", 5, "--length", 40, "--checkpoint", checkpoint).stdout
    assert book.split("X:2\n")[1] == alone.split("X:1\n")[1]


def test_one_tune_becomes_one_midi_file(jig: Path, tmp_path: Path) -> None:
    done = run("midi", jig, tmp_path / "out.mid")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mid").read_bytes()[:4] == b"MThd"


def test_several_tunes_into_one_midi_file_are_refused(jig: Path, tmp_path: Path) -> None:
    jig.write_text(f"{JIG}\n{JIG}")
    done = run("midi", jig, tmp_path / "out.mid")
    assert done.returncode == 1
    assert "holds 2 tunes; name a folder" in done.stderr
    assert not (tmp_path / "out.mid").exists()


def test_check_says_right_only_of_whole_tunes(tmp_path: Path) -> None:
    book = tmp_path / "book.abc"
    book.write_text("X:1\nK:C\nABc|\n\nX:2\nK:C\n!slide!ABc|\n")
    done = run("check", str(book))
    assert done.returncode == 0
    assert "the sign !slide! is left out\n" in done.stdout
    assert done.stdout.endswith("1 of 2 tunes are right; 1 more but for what is left out\n")


def test_check_finds_nothing_wrong_with_a_right_tune(jig: Path) -> None:
    done = run("check", jig)
    assert (done.returncode, done.stdout) == (0, "1 of 1 tunes are right\n")


def test_check_tells_what_is_wrong_and_where(jig: Path) -> None:
    jig.write_text(JIG.replace("BGB AFD|", "BGB AF|", 1))
    done = run("check", jig, "--json")
    assert done.returncode == 1
    (tune,) = json.loads(done.stdout)
    assert tune["problems"] == [
        {"line": 7, "column": 13, "message": "this bar holds 5/8 of a whole note, the meter asks for 3/4"}
    ]


def test_check_reports_omissions_without_failing(jig: Path) -> None:
    jig.write_text(JIG.rstrip() + "\ns:!trill!\n")
    done = run("check", jig)
    assert done.returncode == 0
    assert "tune 1 The Test Jig\n  no fault, but line 11, column 1: symbol lines (s:) are left out\n" in done.stdout
    assert done.stdout.endswith("\n0 of 1 tunes are right; 1 more but for what is left out\n")


@pytest.mark.parametrize("text", ["A bad egg\n", "% only a remark\n", "X:1\nT:Nothing\nK:C\n", "X:1\nK:C\n\nABc|\n"])
def test_a_file_without_a_tune_is_not_right(jig: Path, text: str) -> None:
    jig.write_text(text)
    done = run("check", jig)
    assert done.returncode == 1
    assert "0 of 1 tunes are right" in done.stdout


def test_check_tells_the_lines_of_the_file(jig: Path) -> None:
    jig.write_text("M:3/4\nL:1/4\n\n" + "X:1\nK:D\nDFA|dAF|d2|dAF|]\n")
    assert "  line 6, column 9: this bar holds 1/2 of a whole note" in run("check", jig).stdout


def test_midi_tells_the_lines_of_the_file(jig: Path, tmp_path: Path) -> None:
    jig.write_text("M:3/4\nL:1/4\n\nX:1\nK:D\nDFA|d*F|]\n")
    assert "line 6, column 6: '*' means nothing" in run("midi", jig, tmp_path / "out.mid").stderr


def test_a_form_and_a_free_hand_are_taken(checkpoint: Path, tmp_path: Path) -> None:
    seed_text = "R:reel\nM:4/4\nL:1/4\nK:C\n"
    chosen = ("--seed-text", seed_text, "--seed", 1, "--checkpoint", checkpoint)
    abc = run("sample", *chosen, "--parts", "AB", "--bars", 2).stdout
    (tmp_path / "tune.abc").write_text(abc)
    assert run("check", tmp_path / "tune.abc").returncode == 0
    assert abc.count("||") == 1
    written = run("sample", *chosen, "--free", "--length", 70).stdout.split("K:C\n")[1]
    assert 70 <= len(written) < 80  # some blanks and line ends are added
    refused = run("sample", *chosen, "--free", "--parts", "AB")
    assert refused.returncode == 1
    assert "A form (bars and parts) needs the grammar" in refused.stderr


def test_score_gives_bits_per_tune_and_in_total(checkpoint: Path, jig: Path) -> None:
    jig.write_text(f"{JIG}\nX:2\nT:Second\nM:4/4\nL:1/8\nK:G\nGABcdefg|]\n")
    result = json.loads(run("score", jig, "--json", "--checkpoint", checkpoint).stdout)
    first, second = result["tunes"]
    assert (first["title"], second["title"]) == ("The Test Jig", "Second")
    assert second["characters"] == len("GABcdefg|]\n")
    assert second["notes"] == 8
    named = {"bits", "characters", "notes", "plan_bits", "bits_per_character", "bits_per_note"}
    assert set(result["total"]) == named
    assert result["total"]["bits"] == pytest.approx(first["bits"] + second["bits"])
    assert result["total"]["bits_per_note"] == pytest.approx(result["total"]["bits"] / (first["notes"] + 8))


def test_score_with_the_grammar_needs_fewer_bits(checkpoint: Path, jig: Path) -> None:
    plain, guided = (
        json.loads(run("score", jig, "--json", "--checkpoint", checkpoint, *flags).stdout)["total"]
        for flags in ((), ("--grammar",))
    )
    assert guided["bits"] < plain["bits"]
    assert guided["characters"] == plain["characters"]


def test_score_ignores_how_a_tune_is_written(checkpoint: Path, jig: Path) -> None:
    plain = json.loads(run("score", jig, "--json", "--checkpoint", checkpoint).stdout)["total"]
    jig.write_text(JIG.replace("|:A|dfd ecA|", '|: "D" {g}A | (dfd) ecA |').replace("\n|:d", " |: d"))
    assert json.loads(run("score", jig, "--json", "--checkpoint", checkpoint).stdout)["total"] == plain


def test_score_names_an_unreadable_tune_and_goes_on(checkpoint: Path, jig: Path) -> None:
    jig.write_text(f"X:1\nK:C\nA 5 B|\n\n{JIG}")
    done = run("score", jig, "--json", "--checkpoint", checkpoint)
    assert done.returncode == 1
    assert "tune 1: line 3, column 3: '5' means nothing" in done.stderr
    assert len(json.loads(done.stdout)["tunes"]) == 1


def test_tunes_are_compared_with_an_indexed_corpus(jig: Path, tmp_path: Path) -> None:
    index = tmp_path / "mine.npz"
    done = run("corpus", "--corpus", jig, "--index", index)
    assert done.returncode == 0, done.stderr
    assert "tunes to" in done.stderr
    new = f"{JIG}\nX:2\nT:Second\nM:4/4\nL:1/8\nK:G\nGABcdefg|]\n"
    jig.write_text(new)
    done = run("original", jig, "--index", index)
    assert done.returncode == 1  # for the first one is a copy
    assert "The Test Jig: Longest passage heard before: 86 notes, in 'The Test Jig' (jig.abc, bar 1)." in done.stdout
    assert "Second: Longest passage heard before: 2 notes, in" in done.stdout
    assert "2 tunes, 1 of them copies" in done.stdout
    result = json.loads(run("original", jig, "--index", index, "--json").stdout)
    assert [tune["is_copy"] for tune in result["tunes"]] == [True, False]
    assert result["tunes"][0]["windows"] == {"1": 1.0, "2": 1.0, "4": 1.0}
    assert result["total"]["copies"] == 1


def test_original_compares_with_the_checkpoints_own_music(jig: Path, tmp_path: Path) -> None:
    checkpoint = tmp_path / "tiny.safetensors"
    save_tiny(checkpoint)
    jig.write_text(JIG)
    done = run("original", jig, "--checkpoint", checkpoint)
    assert done.stdout.startswith("The Test Jig: Longest passage heard before: 86 notes, in 'The Test Jig' (ours, bar")
    index_path(checkpoint).unlink()
    done = run("original", jig, "--checkpoint", checkpoint)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "is not there" in done.stderr


@pytest.mark.parametrize("kind", ["abc", "mid", "musicxml"])
def test_a_files_first_bars_become_the_seed(kind: str, jig: Path, checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / f"start.{kind}"
    assert run("export", jig, path).returncode == 0 if kind != "abc" else path.write_text(JIG)
    flags = ("--seed", 1, "--length", 60, "--checkpoint", checkpoint)
    done = run("sample", "--seed-file", path, "--seed-bars", 1, *flags)
    assert done.returncode == 0, done.stderr
    assert f"{path}: Opened from " in done.stderr
    assert "A|dfd ecA|" in done.stdout
    assert "BGB AFD|GBG FAF|" not in done.stdout
    assert "GBG FAF|EFE E2A|" in run("sample", "--seed-file", path, "--seed-bars", "all", *flags).stdout


def test_musicxml_becomes_midi(jig: Path, tmp_path: Path) -> None:
    for inside, out in ((jig, "a.mid"), (jig, "a.musicxml"), (tmp_path / "a.musicxml", "b.mid")):
        assert run("export", inside, tmp_path / out).returncode == 0
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


@pytest.mark.parametrize("command", [("sample", "--seed-file"), ("export",)])
def test_a_bad_file_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "broken.mid"
    path.write_bytes(b"MThd")
    out = () if command[0] == "sample" else (tmp_path / "out.wav",)
    done = run(*command, path, *out)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"charrnn {command[0]}: broken.mid is a damaged MIDI file\n"


def test_new_tunes_are_compared_with_the_shipped_index(jig: Path) -> None:
    jig.write_text("X:1\nM:4/4\nL:1/8\nK:C\nC c' C4 c'2|C c' C4 c'2|]\n")
    done = run_apart("original", jig)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tune 1: Longest passage heard before: ")
    jig.write_text("X:1\nK:C\nz8|]\n")
    done = run("original", jig)
    assert (done.returncode, done.stdout) == (1, "tune 1: There are no notes to compare.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "--seed-file", "/nowhere.mid"], "/nowhere.mid cannot be read: No such file or directory"),
        (["sample", "--temperature", "9"], "Temperature must be 0 or a number from 0.05 to 2, not 9."),
        (["sample", "--temperature", "nan"], "Temperature must be 0 or a number from 0.05 to 2, not nan."),
        (["sample", "--length", "0"], "Length must be a whole number from 1 to 4,000, not 0."),
        (["sample", "--length", "2.7"], "Length must be a whole number from 1 to 4,000, not 2.7."),
        (["sample", "--seed", "-1"], "Random seed must be a whole number from 0 to 2,147,483,647, not -1."),
        (["sample", "--count", "0"], "Count must be a whole number from 1 to 100,000, not 0."),
        (["sample", "--checkpoint", "nessie"], "checkpoint 'nessie' is not there; available:"),
        (["check", "none.abc"], "none.abc cannot be read: No such file or directory"),
        (["midi", "none.abc", "out.mid"], "none.abc cannot be read: No such file or directory"),
        (["original", "none.abc"], "none.abc cannot be read: No such file or directory"),
        (["original", "README.md", "--index", "none.npz"], "none.npz cannot be read: No such file or directory"),
        (["corpus", "--corpus", "nowhere"], "corpus 'nowhere' is neither a collection"),
    ],
)
def test_bad_input_exits_1_with_one_sentence(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_output_that_cannot_be_written_is_named(checkpoint: Path, tmp_path: Path) -> None:
    done = run("sample", "--length", 20, "--checkpoint", checkpoint, "--out", tmp_path / "no" / "folder.abc")
    assert done.returncode == 1
    assert "folder.abc cannot be written: No such file or directory" in done.stderr


def test_wrong_usage_exits_with_two() -> None:
    assert run_apart("sample", "--tempo", "3").returncode == 2
    assert run_apart().returncode == 2


def test_help_shows_every_command_and_its_defaults() -> None:
    told = run_apart("--help").stdout
    assert all(
        command in told for command in ("sample", "export", "midi", "check", "score", "original", "corpus", "evaluate")
    )
    assert "(default: 600)" in " ".join(run_apart("sample", "--help").stdout.split())


def test_tunes_for_an_instrument_and_their_fingerings(checkpoint: Path, tmp_path: Path) -> None:
    book, score = tmp_path / "whistle.abc", tmp_path / "whistle.svg"
    options = ("--instrument", "whistle", "--length", 60, "--seed", 1, "--seed-text", "K:Eb\nE", "--out", book)
    answer = run("sample", *options, "--checkpoint", checkpoint)
    assert answer.returncode == 0, answer.stderr
    assert "the key Eb is not usual on this instrument: D whistle" in answer.stderr
    assert run("export", book, score, "--fingering", "whistle").returncode == 0
    assert "●" in score.read_text()


def test_export_writes_parts_and_refuses_unknown_ones(jig: Path, tmp_path: Path) -> None:
    score = tmp_path / "jig.musicxml"
    assert run("export", jig, score, "--part", "Bb").returncode == 0
    assert "<part-name>Part in B flat</part-name>" in score.read_text()
    refused = run_apart("export", jig, score, "--part", "H")
    assert refused.returncode == 2
    assert "invalid choice: 'H' (choose from" in refused.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--reading --out card --wrong w.abc", "--reading does not take --out, --wrong: it composes nothing"),
        ("--reading --resume", "--reading does not take --resume: it composes nothing and writes no files"),
        ("--reading --count 1000", "--reading does not take --count:"),  # as by default
        ("--instruments --split test", "--instruments does not take --split:"),
        ("--instruments --candidates 2", "--instruments does not take --candidates:"),
        ("--instruments --free --instrument whistle", "--instruments does not take --instrument, --free:"),
        ("--two-sample --wrong w.abc", "--two-sample does not take --wrong:"),
        ("--two-sample --awkward --resume", "--two-sample does not take --awkward, --resume:"),
        ("--split test", "the card does not take --split: that is for --two-sample"),
        ("--reading --two-sample", "argument --two-sample: not allowed with argument --reading"),
        ("--instruments --reading", "argument --reading: not allowed with argument --instruments"),
    ],
)
def test_evaluate_refuses_flags_without_effect(flags: str, message: str) -> None:
    done = run("evaluate", *flags.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {message}" in done.stderr.splitlines()[-1]


def test_evaluate_takes_what_each_mode_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    for mode in (evaluate._CARD, *evaluate._MODES.values()):
        stub = replace(mode, run=lambda options, name=mode.name: done.append((name, options.given)) or 0)
        key = mode.name.removeprefix("--").replace("-", "_")
        if mode is evaluate._CARD:
            monkeypatch.setattr(evaluate, "_CARD", stub)
        else:
            monkeypatch.setitem(evaluate._MODES, key, stub)
    for flags in (
        "--out card --wrong w.abc --resume --awkward --free --bars 8 --corpus jigs.abc",
        "--reading --corpus jigs.abc --json",
        "--instruments --out card --wrong w.abc --most-shared 16 --bars 8 --parts AB --workers 2",
        "--two-sample --split valid --candidates 1 --tries 1 --seed 3 --corpus jigs.abc --fp32 --checkpoint folk",
    ):
        assert run("evaluate", *flags.split()).returncode == 0
    assert [name for name, _ in done] == ["the card", "--reading", "--instruments", "--two-sample"]
    assert sorted(done[1][1]) == ["corpus", "json", "reading"]


SIDES = {"train": ["train"], "validation": ["valid"], "valid": ["valid"], "test": ["test"], "unseen": ["valid", "test"]}


@pytest.mark.parametrize(
    ("command", "side"),
    [*(("score", side) for side in SIDES), *(("original", side) for side in SIDES if side != "train")],
)
def test_sides_are_named_alike_in_all_commands(
    command: str, side: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jigs = [[clean(RawTune(JIG.replace("Test", name), "ours"))] for name in ("train", "valid", "test")]
    corpus = Corpus(("ours",), Split(*jigs, 3, 0), Counter(), Counter())
    monkeypatch.setattr(collection, "load_corpus", lambda progress: corpus)
    told = json.loads(run(command, "--split", side, "--json", "--checkpoint", checkpoint).stdout)
    assert [tune["title"] for tune in told["tunes"]] == [f"The {name} Jig" for name in SIDES[side]]

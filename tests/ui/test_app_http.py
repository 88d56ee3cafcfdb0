"""The running app over loopback HTTP: its one function, its refusals, and what it keeps to itself."""

import base64
import builtins
import errno
import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest

import app
from charrnn import limits
from charrnn.errors import OptionError, RenderError
from charrnn.model.checkpoint import save_checkpoint
from charrnn.notation.bars import bar_problems
from charrnn.notation.order.repeats import sections
from charrnn.notation.reading.parser import parse
from charrnn.render.playing.performance import perform
from charrnn.sampling import compose
from charrnn.ui.answers import export
from charrnn.ui.answers.remarks import ending, own_mistakes
from charrnn.ui.answers.value import done, file_name
from charrnn.ui.answers.view import View
from charrnn.ui.controls import number_or_text
from charrnn.ui.handlers import compose as handlers_module
from charrnn.ui.handlers.compose import Handlers
from charrnn.ui.handlers.desk import Desk
from charrnn.ui.model import BackgroundModel
from charrnn.ui.score import STATIC
from tests.support.asking import GOOD, call, outcome
from tests.support.served import GRADIO_WARNINGS, free_port, served
from tests.support.started import is_running, started_by
from tests.support.tiny import JIG, SHORT, slow_down, tiny_checkpoint

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)
ROOT = Path(__file__).resolve().parents[2]
ASKED = {"seed_text": "M:6/8\nL:1/8\nK:D\nABc", "length": 60, "seed": "3", "parts": "free"}  # the page's controls


@pytest.fixture(scope="module")
def address(checkpoint_path: Path) -> Iterator[str]:
    with served(str(checkpoint_path)) as address:
        yield address


def test_the_answer_includes_seed_ending_and_problems(address):
    event, tune = call(address, seed_text="M:6/8\nL:1/8\nK:D\n|:A|dfd ecA|", seed=5)
    assert event == "complete"
    assert set(tune) == {"abc", "seed", "ended", "loops", "removed", "problems", "beyond"}
    assert "|:A|dfd ecA|" in tune["abc"]
    assert tune["seed"] == 5
    assert tune["ended"] is True
    assert 0 < tune["removed"] == round(tune["removed"], 4) < 1
    assert tune["problems"] == []


def test_without_grammar_mistakes_are_reported_with_their_places(address):
    _, tune = call(address, seed_text="M:6/8\nL:1/8\nK:D\n|:A|dfd ecA|", grammar=False)
    assert (tune["ended"], tune["removed"]) == (False, 0)
    assert tune["problems"]
    assert all(problem.startswith("line ") for problem in tune["problems"])


@pytest.mark.parametrize(
    ("form", "repeats", "bars"),
    [
        ({"bars": 8, "parts": "AABB"}, 2, 32),
        ({"bars": 4, "parts": "ABAB"}, 1, 16),
        ({"bars": 2}, 2, 8),
        ({"parts": "A"}, 0, 8),
    ],
)
def test_a_form_sets_bars_and_parts_despite_length(address, form, repeats, bars):
    _, answer = call(address, seed_text="M:2/4\nL:1/8\nK:D\nABcd|", length=1, **form)
    tune = parse(answer["abc"])
    assert answer["ended"] is True
    assert sum(section.repeats for section in sections(tune.elements)) == repeats
    assert perform(tune).duration == bars * Fraction(2, 4)


def test_a_form_without_the_grammar_is_refused(address):
    for form in ({"bars": 8}, {"parts": "AABB"}):
        event, sentence = call(address, grammar=False, **form)
        assert (event, sentence) == ("error", "A form (bars and parts) needs the grammar, which is switched off.")


def test_each_seed_gives_its_own_reproducible_tune(address):
    assert call(address, seed=7) == call(address, seed=7)
    assert call(address, seed=7) != call(address, seed=8)


def test_a_reported_random_seed_reproduces_its_tune(address):
    _, drawn = call(address, seed=None)
    assert call(address, seed=drawn["seed"])[1] == drawn


def test_omitted_named_arguments_take_their_defaults(address):
    with httpx.Client(timeout=60) as client:
        answer = client.post(f"{address}/gradio_api/call/v2/generate", json={"length": 30, "seed": 3})
        event, tune = outcome(client, f"{address}/gradio_api/call/generate/{answer.json()['event_id']}")
    assert (event, tune["seed"]) == ("complete", 3)


def test_the_best_candidate_leads_and_all_are_returned(address):
    _, best = call(address, seed=20, candidates=3)
    candidates = best.pop("candidates")
    assert sorted(one["seed"] for one in candidates) == [20, 21, 22]
    assert [one["score"] for one in candidates] == sorted((one["score"] for one in candidates), reverse=True)
    for one in candidates:
        assert 0 <= one.pop("score") <= 1
        assert {"likelihood", "range", "cadence"} <= one.pop("parts").keys()
        assert call(address, seed=one["seed"])[1] == one
    assert candidates[0] == best


def test_the_api_offers_one_documented_function(address):
    endpoints = httpx.get(f"{address}/gradio_api/info").json()["named_endpoints"]
    assert list(endpoints) == ["/generate"]
    assert [parameter["parameter_name"] for parameter in endpoints["/generate"]["parameters"]] == list(GOOD)
    assert endpoints["/generate"]["description"]


REFUSED = [
    *[("temperature", value) for value in (-1, float("nan"), float("inf"), 1e-45, 2.01, True, "1", None, [1])],
    *[("length", value) for value in (0, -5, 10**9, 10**400, 2.7, float("nan"), True, "40", None)],
    *[("seed", value) for value in (-1, 2**64, 1.5, True, "1", float("nan"), {"a": 1})],
    *[("seed_text", value) for value in (5, True, ["abc"], "abc\udc80", "ab\0c", "a\fb", "\u202eabc", "x" * 2_001)],
    *[("grammar", value) for value in (None, 0, 1, "true", float("nan"), [True])],
    *[("bars", value) for value in (0, 33, -1, 2.7, float("nan"), True, "8", [8])],
    *[("parts", value) for value in (5, True, "aabb", "AAI", "A B", "A\n", "A" * 9, ["A"], float("nan"))],
]
NAMES = {
    "temperature": "Temperature", "length": "Length", "seed": "Random seed", "seed_text": "Seed",
    "grammar": "Grammar", "bars": "Bars", "parts": "Parts",
}  # fmt: skip


@pytest.mark.parametrize(("field", "value"), REFUSED, ids=lambda value: ascii(value)[:20])
def test_a_bad_value_is_refused_naming_its_field(address, field, value):
    event, sentence = call(address, **{field: value})
    assert event == "error"
    assert sentence.startswith(f"{NAMES[field]} must ")
    assert sentence.endswith(".")
    assert len(sentence) < 200


def test_unknown_characters_are_named_with_their_positions(address):
    answer = call(address, seed_text="GAB🎵cñ")
    assert answer == ("error", "These characters of the seed are not known to the model: 🎵, ñ (positions 4, 6).")


HEADER = "M:2/4\rL:1/8\rK:D\r"


@pytest.mark.parametrize(
    "text", ["", "  \n ", "\ufeff" + HEADER.replace("\r", "\r\n") + "GAB", HEADER + "GAB"], ids=ascii
)
def test_blank_seeds_and_foreign_line_ends_are_welcome(address, text):
    assert call(address, seed_text=text)[0] == "complete"


def sentence(count: str) -> str:
    return f"Seed must have at most 2,000 characters, not {count}."


def test_five_megabytes_are_refused_at_once(address):
    handlers = Handlers(BackgroundModel("never started"))
    start = time.perf_counter()
    with pytest.raises(Exception, match="at most 2,000 characters, not 5,000,000"):
        handlers.generate("x" * 5_000_000)
    assert time.perf_counter() - start < 0.05
    assert call(address, seed_text="x" * 3_000_000) == ("error", sentence("3,000,000"))
    event, answer = call(address, seed_text="x" * 5_000_000)
    assert (event, answer[:41]) == ("error", "A request here has at most 4,000,000 byte")


def test_internal_errors_return_an_id_and_serving_continues(address, monkeypatch, caplog):
    def broken(*_: object) -> Iterator[None]:
        raise RuntimeError("the innermost secret")
        yield

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(compose, "stream", broken)
        event, sentence = call(address)
    assert event == "error"
    assert sentence.startswith("Something went wrong (id ")
    assert "secret" not in sentence
    number = sentence.partition("(id ")[2][:4]
    assert any(number in record.getMessage() and "secret" in str(record.exc_info) for record in caplog.records)
    assert call(address)[0] == "complete"


def test_a_request_ends_at_the_time_limit(address, monkeypatch):
    real = compose.stream

    def slow(*arguments: Any) -> Iterator[compose.Composition]:
        for composition in real(*arguments):
            time.sleep(0.02)
            yield composition

    monkeypatch.setattr(compose, "stream", slow)
    monkeypatch.setattr(limits, "MAX_SECONDS_PER_REQUEST", 0.3)
    start = time.monotonic()
    event, tune = call(address, length=4_000)
    assert (event, tune["ended"]) == ("complete", False)
    assert time.monotonic() - start < 10


def test_an_unloadable_model_is_reported_to_every_request(tmp_path):
    path = tmp_path / "damaged.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    path.write_bytes(path.read_bytes()[:-1])
    with served(str(path)) as address:
        assert httpx.get(address).status_code == 200
        event, sentence = call(address)
    assert event == "error"
    assert "damaged.safetensors" in sentence


def test_a_request_waits_until_the_model_is_loaded(checkpoint_path):
    model = BackgroundModel(str(checkpoint_path))
    updates = Handlers(model).compose(ASKED | {"length": 20, "bars": 2, "parts": "AABB"})
    assert next(updates) == {"state": "loading", "seed": 3}
    model.start()
    assert last_tune(updates)["state"] == "done"


@pytest.mark.parametrize("after", ["another", None], ids=["reloaded", "unloaded"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_request_keeps_the_model_it_began_with(checkpoint_path, monkeypatch, after, count):
    request = (ASKED, count)
    monkeypatch.setattr(handlers_module, "UPDATE_SECONDS", 0)  # the page is told of every bar
    slow_down(monkeypatch)
    model = loaded(checkpoint_path)
    alone = last_tune(Handlers(model).compose(*request))
    updates = Handlers(model).compose(*request)
    next(updates)
    next(updates)
    model._checkpoint = tiny_checkpoint(seed=1) if after else None
    assert last_tune(updates) == alone
    if after:
        assert last_tune(Handlers(model).compose(*request)) != alone


def loaded(path: Path) -> BackgroundModel:
    model = BackgroundModel(str(path)).start()
    model.wait()
    return model


def on_the_page(
    checkpoint_path: Path, seed_text: str, length: int, grammar: bool, parts: str = "AABB"
) -> dict[str, Any]:
    """What the page shows in the end."""
    asked = {"seed_text": seed_text, "length": length, "seed": "3", "grammar": grammar, "bars": 4, "parts": parts}
    return last_tune(Handlers(loaded(checkpoint_path)).compose(asked))


def test_a_tune_finished_immediately_is_sent_once(checkpoint_path, monkeypatch):
    monkeypatch.setattr("charrnn.ui.handlers.compose.UPDATE_SECONDS", 60.0)
    updates = list(Handlers(loaded(checkpoint_path)).compose(ASKED | {"length": 4}))
    assert [update["state"] for update in updates if update] == ["writing", "done"]
    assert updates[0]["abc"] == ""


def last_tune(updates: Iterable[Any]) -> dict[str, Any]:
    *_, tune = updates
    return tune


WRONG_BAR = "M:6/8\nL:1/8\nK:D\nABc def|ABc|A"
LONGER = "It is longer than the length of 1 asked for: it could not be finished correctly sooner."
CUT_OFF = "It was cut off at 20 characters. Choose a greater length for a longer tune."
ONE_PLACE = "Your seed has a mistake; the ABC tab shows where."
OWN = "Your own bars are kept as you typed them:"


@pytest.mark.parametrize(
    ("seed_text", "length", "grammar", "parts", "note", "whose"),
    [
        (WRONG_BAR, 20, True, "AABB", ONE_PLACE, OWN),
        (WRONG_BAR, 1, True, "free", f"{ONE_PLACE} {LONGER}", OWN),
        (WRONG_BAR, 600, True, "free", ONE_PLACE, OWN),
        (WRONG_BAR, 20, False, "AABB", CUT_OFF, ""),
    ],
)
def test_the_page_names_ending_and_source_of_problems(checkpoint_path, seed_text, length, grammar, parts, note, whose):
    shown = on_the_page(checkpoint_path, seed_text, length, grammar, parts)
    assert (shown["note"], shown["whose"]) == (note, whose)
    assert shown["problems"]


@pytest.mark.parametrize(
    ("seed_music", "told"),
    [
        ("dfd ecA|", ""),
        ("dfd ecA|dfd|dfd ecA|", ONE_PLACE),
        ("dfd ecA|dfd|dfd ec@A|", "Your seed has 2 mistakes; the ABC tab shows where."),
        ("", ""),
    ],
)
def test_only_mistakes_in_the_seed_are_reported(seed_music, told):
    music = "dfd ecA|dfd|dfd ecA|]"
    tune = compose.Composition(compose.Request.checked(), "M:6/8\nL:1/8\nK:D\n", seed_music, music, (), ended=True)
    assert bar_problems(tune.tune)  # the model's own
    assert own_mistakes(tune) == told


@pytest.mark.parametrize(
    ("meter", "reason"),
    [("none", "Free meter has no bars to count"), ("3/8", "Your own bars do not fit into the form")],
)
def test_the_page_says_when_a_form_is_ignored(meter, reason):
    request = compose.Request.checked(bars=8)
    tune = compose.Composition(request, f"M:{meter}\nL:1/8\nK:D\n", "", "ABc|]", (), ended=True, keeps_form=False)
    assert ending(tune) == f"{reason}, so the form was left aside."


def test_seed_content_the_tune_omits_is_reported():
    tune = compose.Composition(
        compose.Request.checked(), "M:3/8\nL:1/8\nK:D\n", "!slide!ABc|\ns:x\n", "d3|]", (), ended=True
    )
    assert ending(tune) == "In your text, the sign !slide! is left out. In your text, symbol lines (s:) are left out."


@pytest.mark.parametrize(
    "path",
    [
        "../../../../etc/passwd",
        "/etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        str(ROOT / "app.py"),
        str(ROOT / ".git" / "config"),
        str(STATIC.parent / "handlers.py"),
        f"{STATIC}/../handlers.py",
        f"{STATIC}/%2e%2e/handlers.py",
        "app.py",
    ],
    ids=lambda path: path.replace(str(ROOT), "ROOT"),
)
def test_the_server_serves_only_the_pages_files(address, path):
    with httpx.Client() as client:
        request = client.build_request("GET", f"{address}/gradio_api/file=")
        request.url = request.url.copy_with(raw_path=f"/gradio_api/file={path}".encode())
        assert client.send(request).status_code in (403, 404)


def test_page_scripts_are_served_as_javascript(address):
    answer = httpx.get(f"{address}/gradio_api/file={STATIC / 'score' / 'score.js'}")
    assert answer.status_code == 200
    assert "javascript" in answer.headers["content-type"]


@pytest.mark.parametrize(("size", "status"), [(1_100_000, 413), (10, 403)])
def test_nothing_is_uploaded(address, size, status):
    answer = httpx.post(f"{address}/gradio_api/upload", files={"files": ("tune.abc", b"x" * size)})
    assert answer.status_code == status


def test_score_values_are_json_with_safe_file_names():
    value = done(JIG, parse(JIG), view=View(straight=True))
    assert json.loads(json.dumps(value)) == value
    assert value["problems"] == []
    assert value["filename"] == "the-test-jig"
    assert value["sound"]["notes"][0] == {"at": 0.0, "duration": 0.125, "pitch": 69, "id": 1, "notes": [0]}
    assert file_name("../../etc/passwd\n<b>") == "etc-passwd-b"
    assert file_name("🎵") == "tune"


def test_a_noteless_tune_has_text_but_no_sound():
    text = "X:1\nT:Silence\nM:4/4\nL:1/8\nK:C\nz8|]\n"
    value = done(text, parse(text))
    assert (value["abc"], value["sound"]) == (text, None)
    assert value["silence"]


@pytest.mark.parametrize("kind", export.KINDS)
def test_a_full_disk_prevents_neither_tune_nor_files(checkpoint_path, monkeypatch, kind):
    """They are made in memory: nothing of a visitor's is written anywhere, so there is nothing to be left behind."""
    make_file = {function.__name__: function for function in Desk().functions()}["make_file"]
    assert "base64" in make_file({"abc": SHORT, "kind": kind}, None)  # what is imported late is imported now
    model = loaded(checkpoint_path)
    with monkeypatch.context() as patch:
        for module, call in ((builtins, "open"), (io, "open"), (os, "open"), (os, "replace"), (tempfile, "mkstemp")):
            patch.setattr(module, call, full_disk)
        shown = last_tune(Handlers(model).compose(ASKED | {"length": 20}))
        made = make_file({"abc": shown["abc"], "kind": kind}, None)
    assert (shown["state"], "error" in made) == ("done", False)
    assert base64.b64decode(made["base64"])


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("fault", [RenderError("the tune plays for 700 seconds"), OSError(28, "No space left")])
def test_a_file_error_leaves_the_tune_shown(monkeypatch, fault):
    def failing(*_: object) -> None:
        raise fault

    monkeypatch.setattr(export, "made", failing)
    look, make_file, _ = Desk().functions()
    assert make_file({"abc": JIG, "kind": "midi"}, None).keys() == {"error"}
    assert look({"abc": JIG}, None)["abc"] == JIG


HALF = "X:1\nT:\ud83c\nK:C\nA|\n"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"abc": HALF}, "A tune must be plain text; the character U+D83C at position 7 is not."),
        ({"abc": "A" * 20_001}, "A tune has at most 20,000 characters, not 20,001."),
        ({"abc": " \n"}, "There is no tune yet."),
        ({"abc": 7}, "A tune must be text, not 7."),
        ({"abc": JIG, "settings": {"seed": 10**400}}, "Random seed must be a whole number from 0 to 2,147,483,647"),
        ({"abc": JIG, "settings": [1]}, "The settings in this link are not those of this page."),
    ],
)
def test_a_tune_that_is_none_gets_one_sentence(sent, sentence):
    for function in Desk().functions()[: 1 if "settings" in sent else 3]:
        assert function({"kind": "abc", "semitones": 1} | sent, None)["error"].startswith(sentence)


def test_a_links_address_sets_the_first_view():
    assert View.at_address({}, {}) == View(chords=True)
    address = {"chords": "0", "swing": "0", "straight": "1", "typed": "0", "part": "Bb"}
    assert View.at_address(None, address) == View(chords=False, swing=False, straight=True, typed=False, part="Bb")
    assert View.at_address({"straight": False}, address).straight is False


def test_impossible_page_widths_are_clamped_to_drawable_ones():
    widths = [View.of({"width": width}).width for width in (10**400, -(10**400), float("nan"), float("inf"), True, "9")]
    assert widths == [2_000, 240, 720, 2_000, 720, 720]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("", None), (" ", None), (None, None), (" 12 ", 12), ("-1", -1), ("abc", "abc"), ("1.5", "1.5")],
)
def test_number_boxes_yield_none_numbers_or_refused_text(typed, meant):
    assert number_or_text(typed) == meant
    if isinstance(meant, str):
        with pytest.raises(OptionError):
            compose.Request.checked(seed=meant)


def run_app(*flags: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "app.py", *flags], cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_help_is_quick_and_gives_the_defaults():
    start = time.monotonic()
    answer = run_app("--help")
    assert answer.returncode == 0
    assert all(text in answer.stdout for text in ("--host", "--port", "--share", "--checkpoint", "(default: 7860)"))
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "1.5"])
def test_a_port_that_is_none_is_refused(port, capsys):
    with pytest.raises(SystemExit) as end:
        app.main(["--port", port])
    assert end.value.code == 2
    assert "65535" in capsys.readouterr().err


def test_a_port_in_use_is_one_sentence(checkpoint_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert app.main(["--port", port, "--checkpoint", str(checkpoint_path)]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"app.py: port {port} of 127.0.0.1 cannot be used")
    assert errors.count("\n") == 1


def test_a_missing_checkpoint_error_lists_available_ones(capsys):
    assert app.main(["--checkpoint", "nowhere", "--port", str(free_port())]) == 1
    errors = capsys.readouterr().err
    assert "'nowhere' is not there; available: " in errors
    assert errors.count("\n") == 1


def test_the_app_rejects_damaged_checkpoints_in_one_sentence(tmp_path, capsys):
    path = tmp_path / "damaged.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    path.write_bytes(b"<html>")
    assert app.main(["--checkpoint", str(path), "--port", str(free_port())]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"app.py: {path} ")
    assert errors.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="signals as posix has them")
def test_ctrl_c_ends_quietly_without_leaving_temporary_files(checkpoint_path, tmp_path):
    """For SIGTERM see tests/repository/test_container.py."""
    options = ["--checkpoint", str(checkpoint_path), "--port", str(free_port()), "--log-level", "warning"]
    folders = {"XDG_CACHE_HOME": tmp_path / "cache", "TMPDIR": tmp_path / "temporary"}
    for folder in folders.values():
        folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    environment |= {name: str(folder) for name, folder in folders.items()}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "app.py", *options], cwd=ROOT, env=environment, **streams) as running:
        assert running.stdout is not None
        page = running.stdout.readline()
        assert page.startswith("The page is at http://127.0.0.1:")
        assert running.stdout.readline().startswith("The model is ready")
        assert call(page.split()[-1].rstrip("/"))[0] == "complete"
        assert list(folders["TMPDIR"].iterdir())
        helpers = started_by(running.pid)  # what compiles the kernel at the first start
        assert helpers
        running.send_signal(signal.SIGINT)
        try:
            _, errors = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, errors) == (0, "")
    assert list(folders["TMPDIR"].iterdir()) == []
    assert not any(is_running(helper) for helper in helpers)

"""What is sent to the running server by those who do not use the page as it is meant: one sentence comes back, and
nothing of what goes on inside. A new version of gradio that opens a door fails here."""

import base64
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from charrnn import limits
from charrnn.ui.answers.export import KINDS
from charrnn.ui.answers.permalink import encode
from charrnn.ui.score import STATIC
from tests.support.asking import COMPOSE, GOOD, REWORK, Tab, ask, call
from tests.support.served import GRADIO_WARNINGS, served
from tests.support.tiny import JIG, SHORT

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)
ROOT = Path(__file__).resolve().parents[2]
NAN, INFINITE = float("nan"), float("inf")
DEEP = json.loads("[" * 200 + "]" * 200)
FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
ELSEWHERE = {"path": "x", "url": "http://127.0.0.1:1/secret", "meta": {"_type": "gradio.FileData"}}
NO_NUMBER = [NAN, -INFINITE, True, "1", [1], {"a": 1}, DEEP, 10**400, FILE, ELSEWHERE, {"__type__": "update"}]
NO_WHOLE_NUMBER = [*NO_NUMBER, 2.7, -1, 10**9 * 9]
NO_TEXT = [5, NAN, True, ["a"], DEEP, FILE, ELSEWHERE, "a\0b", "a\udc80b"]
NO_SWITCH = [None, 1, NAN, "true", [True], DEEP, FILE]


@pytest.fixture(scope="module")
def address(checkpoint_path: Path) -> Iterator[str]:
    with served(str(checkpoint_path)) as address:
        yield address


@pytest.fixture
def tab(address: str) -> Iterator[Tab]:
    tab = Tab(address, "visitor")
    yield tab
    tab.client.close()


def is_sentence(text: Any, *, about: str = "") -> bool:
    """One or a few, for a person, and short whatever came."""
    inside = ("Traceback", "Error", "object at", "/work", "root:", ".py")
    return (
        isinstance(text, str)
        and text.startswith(about)
        and text[:1].isupper()
        and text.endswith(".")
        and len(text) < 250
        and not any(word in text for word in inside)
    )


def name(value: Any) -> str:
    return ascii(value)[:24] if not isinstance(value, list) or value is not DEEP else "deep"


# -- values


FOR_PROGRAMS = [
    *[("temperature", "Temperature", value) for value in [*NO_NUMBER, None, 2.01, 1e-45]],
    *[("length", "Length", value) for value in [*NO_WHOLE_NUMBER, None, 0]],
    *[("seed", "Random seed", value) for value in NO_WHOLE_NUMBER],
    *[("bars", "Bars", value) for value in NO_WHOLE_NUMBER],
    *[("candidates", "Candidates", value) for value in [*NO_WHOLE_NUMBER, None, 0, 17]],
    *[("most_shared", "Most shared notes", value) for value in NO_WHOLE_NUMBER],
    *[("repetition", "Repetition", value) for value in [*NO_NUMBER, None, 3.1]],
    *[("seed_text", "Seed", value) for value in [*NO_TEXT, "x" * 3_000_000]],
    *[("parts", "Parts", value) for value in [*NO_TEXT, "aabb", "A" * 3_000_000]],
    *[("grammar", "Grammar", value) for value in NO_SWITCH],
    *[("instrument", "Instrument", value) for value in [*NO_TEXT, "tuba", "Fiddle", ""]],
]


@pytest.mark.parametrize(("field", "named", "value"), FOR_PROGRAMS, ids=name)
def test_programs_get_a_sentence_naming_the_bad_field(address, field, named, value):
    event, sentence = call(address, **{field: value})
    assert event == "error"
    assert is_sentence(sentence, about=named)


ON_THE_PAGE = [
    *[(field, value) for field in ("temperature", "repetition") for value in (NAN, True, None, DEEP, FILE)],
    *[("length", value) for value in (NAN, 2.7, 0, True, "40")],
    *[("seed", value) for value in ("abc", "-1", "9" * 30, 1.5, True, DEEP, "x" * 3_000_000)],
    *[("candidates", value) for value in (NAN, 0, 17, 2.5, True, None)],
    *[("most_shared", value) for value in NO_SWITCH],
    *[("grammar", value) for value in NO_SWITCH],
    *[("seed_text", value) for value in NO_TEXT],
    *[("parts", value) for value in NO_TEXT],
    *[("instrument", value) for value in [*NO_TEXT, "tuba"]],
]


@pytest.mark.parametrize(("field", "value"), ON_THE_PAGE, ids=name)
def test_the_page_gets_a_sentence_for_bad_values(tab, field, value):
    is_good, sentence = tab.result("compose", list({**COMPOSE, **{field: value}}.values()))
    assert not is_good
    assert is_sentence(sentence)


ABC = [None, "", " \n", 5, NAN, True, [JIG], {"a": JIG}, DEEP, FILE, JIG + "\0", JIG + "\udc80", "A" * 20_001]
REWORKED = [
    *[{"what": "bars", "abc": JIG, "first": 0, "last": 0, **change} for change in (
        *[{"abc": abc} for abc in ABC],
        *[{"first": place} for place in (None, -1, 99, 1.5, NAN, True, "0", DEEP, 10**400)],
        *[{"what": what} for what in (None, "all", 5, DEEP, "x" * 3_000_000)],
        *[{"seed": seed} for seed in (-1, NAN, True, "1", DEEP)],
    )],
    {}, [], "x", 5,
]  # fmt: skip


@pytest.mark.parametrize("event", REWORKED, ids=name)
def test_a_bad_rework_request_gets_a_sentence(tab, event):
    is_good, sentence = tab.result("rework", list(REWORK.values()), event)
    assert not is_good
    assert is_sentence(sentence)


@pytest.mark.parametrize("abc", [*ABC, "X:1\nK:C\n" + "A" * limits.MAX_READ_CHARACTERS], ids=name)
def test_looking_inside_a_bad_tune_gets_a_sentence(tab, abc):
    is_good, sentence = tab.result("inside", [], {"abc": abc})
    assert not is_good
    assert is_sentence(sentence)


@pytest.mark.parametrize("abc", [5, [JIG], DEEP, JIG + "\udc80", "A" * 20_001], ids=name)
def test_stopping_an_invalid_tune_gets_a_sentence(tab, abc):
    is_good, sentence = tab.result("stop", [json.dumps({"state": "writing", "abc": abc}), {}])
    assert not is_good
    assert is_sentence(sentence)


SETTINGS = {"seed": 1}
BASE64 = base64.b64encode(JIG.encode()).decode()
DESK = [
    *[(function, {"abc": abc}) for function in ("look", "make_file", "transpose") for abc in ABC],
    *[("look", {"abc": JIG, "settings": settings}) for settings in (
        5, "x", [], {}, {"seed": NAN}, {"seed": 1, "more": 1}, {**SETTINGS, "temperature": NAN}, DEEP
    )],
    *[("make_file", {"abc": JIG, "kind": kind}) for kind in (None, "exe", "../midi", "midi\0", 5, DEEP, "x" * 9_999)],
    *[("make_file", {"abc": JIG, "kind": "wav", **more}) for more in (
        {"instrument": "kazoo"}, {"instrument": DEEP}, {"instrument": "../piano"}, {"accompanied": 1},
        {"accompanied": "yes"}, {"paper": "a0"}, {"paper": DEEP}, {"view": {"part": "H"}}, {"view": {"part": DEEP}},
    )],
    *[("transpose", {"abc": JIG, "key": key}) for key in ("", "H", "Dmin", "x" * 3_000_000, 5, NAN, DEEP)],
    *[("transpose", {"abc": JIG, "key": key}) for key in ("D\0", "D\udc80")],
    *[("transpose", {"abc": JIG, "semitones": by}) for by in (13, -13, 1.5, NAN, True, "1", DEEP, 10**400)],
    *[("open_file", sent) for sent in (
        None, 5, DEEP, {}, {"name": "a.abc"}, {"name": 5, "base64": ""}, {"name": "a.abc", "base64": "?"},
        {"name": "a.abc", "base64": ""}, {"name": "a.mid", "base64": "TVRoZA=="},
        {"name": "x" * 9_999, "base64": "AAAA"},
        {"name": "a.abc\udc80", "base64": "AAAA"}, {"name": "a.abc", "base64": "A" * 2_000_000},
        *({"name": "a.abc", "base64": BASE64, **more} for more in (
            {"tune": 2}, {"tune": NAN}, {"tune": DEEP}, {"voice": 2}, {"voice": 10**400}, {"voice": "1"},
        )),
    )],
    *[(name, sent) for name in ("book_file", "read_book", "set_link") for sent in (None, 5, "x", DEEP, {}, [1])],
    ("transpose", {"abc": JIG}), ("look", None), ("look", "x"), ("look", DEEP), ("make_file", {}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "sent"), DESK, ids=name)
def test_bad_server_function_calls_get_a_sentence(tab, function, sent):
    answer = tab.desk(function, sent)
    assert answer.status_code == 200
    assert list(answer.json()) == ["error"]
    assert is_sentence(answer.json()["error"])


@pytest.mark.parametrize(
    "view", [None, 5, DEEP, {"width": NAN}, {"width": 10**400}, {"width": "x", "chords": 5, "part": "H"}], ids=name
)
def test_invalid_view_settings_are_never_an_error(tab, view):
    assert tab.desk("look", {"abc": JIG, "view": view}).json()["state"] == "done"


LINKS = ["", "x", "1.", "1.x", "9.x", "1." + "A" * 20_000, encode(JIG, {"seed": NAN}), encode(JIG + "\udc80", None),
         encode(JIG, {"seed": 1, "bars": DEEP}), encode("", None), "1.\udc80", encode(JIG, 5)]  # type: ignore[arg-type] # fmt: skip


@pytest.mark.parametrize("link", LINKS, ids=name)
def test_a_link_without_a_tune_gets_a_sentence(tab, link):
    url = f"{tab.address}/gradio_api/queue/join"
    body = {"data": [{}], "fn_index": tab.functions["open"], "session_hash": tab.session}
    answer = tab.client.post(url, params={"tune": link.encode("utf-8", "replace").decode()}, json=body)
    if answer.status_code != 200:
        assert is_sentence(answer.json()["detail"])
        return
    shown = json.loads(tab.end()["output"]["data"][0])
    assert shown["state"] == "unreadable"
    assert is_sentence(shown["note"])


@pytest.mark.parametrize("data", [[], ["", 0.9], list(GOOD.values())[:-1]], ids=len)
def test_omitted_trailing_values_take_their_defaults(address, data):
    assert ask(address, data)[0] == "complete"


@pytest.mark.parametrize("data", [[*GOOD.values(), 1], [1] * 1_000], ids=len)
def test_too_many_values_are_counted(address, data):
    event, sentence = ask(address, data)
    assert (event, sentence) == ("error", f"The values of generate must be {len(GOOD)}, not {len(data)}.")


@pytest.mark.parametrize(("action", "data"), [("compose", []), ("stop", [1]), ("open", []), ("rework", [1] * 9)])
def test_wrong_value_counts_from_the_page_are_refused(tab, action, data):
    is_good, sentence = tab.result(action, data)
    assert not is_good
    assert is_sentence(sentence, about=f"The values of {action} must be ")


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"5", b"null", b'{"data": 5}', b'{"data": {"a": 1}}', b"[" * 100_000,
    b'{"data": [' + b"9" * 5_000 + b"]}",
    b'\xff\xfe{"data": []}', b'{"data": [], "session_hash": 5}', b'{"data": ["' + b"x" * 5_000_000 + b'"]}',
], ids=lambda body: ascii(body)[:20])  # fmt: skip
@pytest.mark.parametrize("path", ["call/generate", "call/v2/generate", "queue/join", "component_server", "cancel"])
def test_a_malformed_request_is_refused_without_an_echo(address, path, body):
    answer = httpx.post(f"{address}/gradio_api/{path}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 404, 413, 422)
    assert answer.json()["detail"] == "There was an error parsing the body" or is_sentence(answer.json()["detail"])


@pytest.mark.parametrize(
    "path", ["call/nothing", "call/v2/nothing", "call/compose", "call/v2/compose", "call/v2/generate"]
)
def test_unknown_or_private_functions_and_parameters_are_refused(address, path):
    answer = httpx.post(f"{address}/gradio_api/{path}", json={"data": [], "nonsense": 1})
    assert answer.status_code in (400, 404)
    assert is_sentence(answer.json()["detail"])


@pytest.mark.parametrize("session", ["", "../x", "a b", "x" * 65, "\0", "é", "a\udc80"], ids=ascii)
def test_a_session_has_a_plain_name(tab, session):
    body = {"data": list(COMPOSE.values()), "fn_index": tab.functions["compose"], "session_hash": session}
    answer = httpx.post(
        f"{tab.address}/gradio_api/queue/join", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert is_sentence(answer.json()["detail"])


def test_only_functions_of_ours_are_run(tab):
    events = httpx.get(f"{tab.address}/config").json()["dependencies"]
    scripts = [event["id"] for event in events if not event["backend_fn"]]
    assert scripts
    for index in (-1, len(events), 10**20, *scripts):
        body = {"data": [], "fn_index": index, "session_hash": "x"}
        answer = httpx.post(f"{tab.address}/gradio_api/queue/join", json=body)
        assert (answer.status_code, answer.json()["detail"]) == (400, "There is no such function.")


@pytest.mark.parametrize("path", ["run", "api"])
@pytest.mark.parametrize("action", ["compose", "stop", "open", "rework", "inside", "generate"])
def test_nothing_is_run_past_the_queue(tab, path, action):
    index = tab.functions[action]
    for body in ({"data": [], "fn_index": index}, {"data": [{}] * 9, "fn_index": index, "session_hash": "x"}):
        assert httpx.post(f"{tab.address}/gradio_api/{path}/{action}", json=body).status_code == 404
        assert httpx.post(f"{tab.address}/gradio_api/{path}/predict", json=body).status_code == 404


def test_refusing_is_quick(tab, address):
    """All at once: a hundred refusals in the time that one tune may take."""
    start = time.monotonic()
    for _ in range(100):
        assert tab.desk("look", {"abc": "A" * 1_000_000}).json() != {}
    assert time.monotonic() - start < limits.MAX_SECONDS_PER_REQUEST


# -- doors

SHUT = [
    ("GET", "proxy=http://127.0.0.1:1/"), ("GET", "proxy=http://169.254.169.254/latest/meta-data"),
    ("GET", "proxy=https://example.hf.space/secret"), ("HEAD", "proxy=http://127.0.0.1:1/"),
    ("POST", "upload"), ("POST", "upload/"), ("GET", "upload_progress?upload_id=x"), ("POST", "process_recording"),
    ("GET", "deep_link?session_hash=visitor"), ("GET", "dev/reload"), ("GET", "runs"), ("POST", "run-history/connect"),
    ("POST", "vibe-edit"), ("GET", "vibe-code"), ("POST", "undo-vibe-edit"), ("GET", "stream/a/b/1/playlist.m3u8"),
    ("GET", "custom_component/x/client/component/../../../app.py"), ("GET", "file//etc/passwd"), ("GET", "monitoring"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), SHUT)
def test_gradio_routes_the_page_never_uses_are_blocked(address, method, path):
    answer = httpx.request(method, f"{address}/gradio_api/{path}")
    assert answer.status_code in (403, 404)


FILES = [
    "../../../../etc/passwd", "/etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "%2Fetc%2Fpasswd", "%252e%252e/etc/passwd",
    "..%5c..%5cetc%5cpasswd", "file:///etc/passwd", "http://127.0.0.1:1/secret", "//127.0.0.1/secret",
    "/proc/self/environ",
    "/dev/zero", "~/.ssh/id_rsa", str(ROOT / "app.py"), str(ROOT / ".git" / "config"), str(ROOT / ".gitignore"),
    str(ROOT / "checkpoints"), f"{STATIC}/../handlers.py", f"{STATIC}/%2e%2e/handlers.py", f"{STATIC}/.hidden",
    f"{STATIC}/",
    str(STATIC), "%00/etc/passwd", "/etc/passwd%00.js", "a" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.replace(str(ROOT), "ROOT")[:40])
def test_only_the_pages_own_files_are_served(address, path):
    with httpx.Client() as client:
        request = client.build_request("GET", f"{address}/gradio_api/file=")
        request.url = request.url.copy_with(raw_path=f"/gradio_api/file={path}".encode())
        assert client.send(request).status_code in (400, 403, 404)


@pytest.mark.parametrize("path", ["queue/data?session_hash=nobody", "call/generate/nothing"])
def test_events_of_an_unknown_session_are_refused_quietly(address, caplog, path):
    with pytest.raises(httpx.RemoteProtocolError), caplog.at_level("INFO"):
        httpx.get(f"{address}/gradio_api/{path}")
    assert '"outcome": "refused"' in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("folder", ["static", "assets"])
def test_an_overlong_file_name_is_not_found(address, folder):
    answer = httpx.get(f"{address}/{folder}/{'a' * 300}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "This page has no such address."})


def test_no_file_is_made_for_any_request(tab, monkeypatch):
    before = temporary_files()
    for kind in KINDS:
        assert set(tab.desk("make_file", {"abc": SHORT, "kind": kind}).json()) == {"name", "type", "base64"}
    assert tab.result("compose", list(COMPOSE.values()))[0]
    assert tab.result("rework", list(REWORK.values()), {"what": "part", "abc": JIG})[0]
    httpx.post(f"{tab.address}/gradio_api/upload", files={"files": ("../../tune.abc", b"x" * 100)})
    assert temporary_files() == before


def temporary_files() -> set[str]:
    """Of gradio, and our own: not those of other programs on this machine."""
    found = Path(tempfile.gettempdir()).rglob("gradio/**/*")
    return {str(path) for path in found if path.is_file()}


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "/etc/passwd", ".bashrc", "a\\b", "CON", "x" * 10_000, "<b>", "%2e%2e"]
)
def test_any_title_gives_a_safe_file_name(tab, title):
    name = tab.desk("make_file", {"abc": f"X:1\nT:{title}\nK:C\nCDEF|]\n", "kind": "abc"}).json()["name"]
    assert set(name.removesuffix(".abc")) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(name) <= 64

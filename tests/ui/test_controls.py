"""An option of a request is described once: page, programs, links, log and command line know it by name."""

import argparse
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from charrnn.cli.arguments import add_composing, asked
from charrnn.errors import OptionError
from charrnn.render.audio.instruments import INSTRUMENTS
from charrnn.sampling.options import OPTIONS, Request
from charrnn.ui.answers.permalink import decode, encode
from charrnn.ui.controls import MOST_SHARED, controls_of, giving, options_of, taking
from charrnn.ui.handlers.compose import Handlers
from charrnn.ui.markup import with_instruments
from charrnn.ui.model import BackgroundModel
from charrnn.ui.score import STATIC
from charrnn.ui.serving.requests import Entry
from charrnn.ui.settings import RHYTHMS, settings
from tests.support.asking import COMPOSE, GOOD, REWORK
from tests.support.tiny import JIG

ROOT = Path(__file__).resolve().parents[2]
SHOWN = {**COMPOSE, "parts": "AABB", "most_shared": True}  # what the controls say


@pytest.fixture(scope="module")
def column() -> Any:
    with gr.Blocks():
        return settings(lambda: None)


def controls(**changed: object) -> dict[str, object]:
    return {name: SHOWN[name] for name in OPTIONS} | changed


# -- on the page


def test_every_option_has_a_control(column: Any) -> None:
    assert [*column.controls] == [*OPTIONS] == [*COMPOSE][:-2]
    assert len({id(one) for one in column.controls.values()}) == len(OPTIONS)


def test_changed_bars_take_what_holds_for_them(column: Any) -> None:
    assert [*column.reworking] == [*REWORK]


def test_controls_begin_with_the_usual_request(column: Any) -> None:
    begun = {name: control.value for name, control in column.controls.items()}
    request = Request.checked(**options_of(begun) | {"seed": 1})
    assert request == Request.checked(seed=1, bars=8, parts="AABB")


def test_control_values_become_options() -> None:
    request = Request.checked(**options_of(controls(seed=" 7 ")))
    assert (request.seed, request.parts, request.most_shared) == (7, "AABB", MOST_SHARED)
    assert Request.checked(**options_of(controls(parts="free"))).form is None


def test_without_grammar_controls_that_need_it_are_silent() -> None:
    request = Request.checked(**options_of(controls(grammar=False, instrument="whistle")))
    assert (request.grammar, request.form, request.most_shared, request.instrument) == (False, None, None, "any")


def test_controls_show_the_settings_of_a_link() -> None:
    request = Request.checked("K:D", 0.7, seed=5, bars=4, parts="AB", most_shared=MOST_SHARED, instrument="fiddle")
    shown = controls_of(asdict(request))
    assert Request.checked(**options_of(shown)) == request
    free = controls_of(asdict(Request.checked(seed=5)))
    assert (free["parts"], free["bars"], free["most_shared"]) == ("free", gr.skip(), False)


def test_handlers_take_controls_by_name() -> None:
    closed = []

    def handler(chosen: dict[str, Any], event: gr.EventData, more: int = 0) -> Iterator[Any]:
        try:
            yield chosen, event, more
            yield None
        finally:
            closed.append(True)

    stream = taking(["a", "b"], handler)
    assert [*inspect.signature(stream).parameters] == ["a", "b", "event", "more"]
    updates = stream(1, 2, "event", 3)
    assert next(updates) == ({"a": 1, "b": 2}, "event", 3)
    updates.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_handlers_give_controls_by_name() -> None:
    answer = giving(["a", "b"], lambda tune: (tune, {"b": 2}))
    assert answer("tune") == ("tune", gr.skip(), 2)


# -- for programs


def test_programs_pass_options_where_they_always_did() -> None:
    parameters = inspect.signature(Handlers(BackgroundModel("none")).generate).parameters
    assert [*parameters] == [*GOOD]  # as sent by position
    defaults = {name: each.default for name, each in parameters.items()}
    assert defaults == {**GOOD, "length": 600, "seed": None}


def test_programs_are_told_of_each_parameter() -> None:
    told = inspect.getdoc(Handlers.generate) or ""
    assert [name for name in GOOD if f"    {name}: " not in told] == []


def test_the_document_tells_of_every_option() -> None:
    table = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert [name for name in OPTIONS if f"| `{name}` |" not in table] == []


# -- links, log and command line


def test_a_link_and_the_log_hold_every_option() -> None:
    request = Request.checked("K:D", seed=5, bars=4, parts="AB", repetition=1)
    link, entry = decode(encode(JIG, asdict(request))), Entry("compose")
    assert link.settings == asdict(request)
    entry.about(request)
    logged = json.loads(entry.line)["options"]
    assert {name: logged[name] for name in OPTIONS if name != "seed_text"} == {
        name: value for name, value in asdict(request).items() if name != "seed_text"
    }
    assert "K:D" not in entry.line


def test_an_older_link_tells_what_it_meant() -> None:
    link = decode(encode(JIG, {"seed": 5}))
    assert link.settings == asdict(Request.checked(seed=5, tries=1))  # there was no other number of tries then


def test_every_option_has_a_flag() -> None:
    parser = argparse.ArgumentParser()
    add_composing(parser)
    assert Request.checked(**asked(parser.parse_args(["--seed", "5"]))) == Request.checked(seed=5)
    flags = "--seed-text K:D --temperature 1.1 --length 40 --seed 5 --bars 4 --parts AB --repetition 1"
    asks = parser.parse_args([*flags.split(), "--most-shared", "12", "--instrument", "fiddle"])
    assert Request.checked(**asked(asks)) == Request.checked("K:D", 1.1, 40, 5, True, 4, "AB", 1, 12, "fiddle")
    assert Request.checked(**asked(parser.parse_args(["--free"]))).grammar is False


def test_unknown_options_are_refused() -> None:
    with pytest.raises(TypeError, match="volume"):
        Request.checked(volume=11)
    with pytest.raises(OptionError, match="Repetition must be a number from -3 to 3, not 4"):
        Request.checked(repetition=4)


def test_the_players_menu_has_every_instrument() -> None:
    markup = with_instruments((STATIC / "score" / "score.html").read_text())
    menu = markup.partition('<select class="instrument">')[2].partition("</select>")[0]
    assert re.findall(r'value="(\w+)">(.*?)<', menu) == [(one.name, one.label) for one in INSTRUMENTS]


def test_the_script_has_a_meter_for_each_rhythm() -> None:
    meters = re.search(r"const METERS = \{(.*?)\};", (STATIC / "settings" / "header.js").read_text(), re.DOTALL)
    assert meters
    assert re.findall(r"(\w[\w ]*)\"?: \"", meters[1]) == RHYTHMS

"""The page's instrument: in links, in what is told of an edited tune, and in the fingerings that are drawn."""

from dataclasses import asdict

import pytest

from charrnn.errors import OptionError
from charrnn.notation.instruments.table import ANY, choices
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Place, Problem
from charrnn.sampling.options import Request
from charrnn.ui.answers.permalink import checked_settings, decode, encode
from charrnn.ui.answers.picture import picture
from charrnn.ui.answers.remarks import beyond_instrument
from charrnn.ui.answers.view import View
from charrnn.ui.controls import controls_of
from charrnn.ui.handlers.desk import Desk, checked_options, shown
from tests.support.tiny import JIG


def settings(instrument: str = "whistle") -> dict[str, object]:
    return asdict(Request.checked(seed=1, instrument=instrument))


def test_a_link_keeps_the_instrument() -> None:
    link = decode(encode(JIG, settings()))
    assert link.settings is not None
    assert link.settings["instrument"] == "whistle"
    assert controls_of(link.settings)["instrument"] == "whistle"


def test_a_link_from_before_instruments_opens() -> None:
    old = {name: value for name, value in settings(ANY).items() if name != "instrument"}
    assert checked_settings(old)["instrument"] == ANY
    with pytest.raises(OptionError, match="Instrument must be one of"):
        checked_settings(settings() | {"instrument": "tuba"})


def test_an_edit_beyond_the_instrument_is_only_reported() -> None:
    edited = JIG.replace("dfd ecA", "d^gd ecA", 1)
    answer = shown(edited, {"settings": settings()}, None)
    assert "Line 7, column 6: the note ^g (G#5) is not on this instrument: D whistle." in answer["note"]
    assert answer["abc"] == edited
    assert "instrument" not in shown(edited, {"settings": settings(ANY)}, None)["note"]
    assert "instrument" not in shown(edited, {}, None)["note"]


def test_a_tune_is_transposed_for_the_menus_instrument() -> None:
    transpose = next(one for one in Desk().functions() if one.__name__ == "transpose")
    tune = {"abc": "X:1\nM:4/4\nL:1/8\nK:Eb\nEFGA B4|\n", "instrument": "piano"}
    assert transpose({**tune, "for_instrument": "D whistle"}, None)["key"] == "D"
    assert transpose({**tune, "key": "F"}, None)["key"] == "F"
    assert "Choose an instrument" in transpose({**tune, "for_instrument": "Any"}, None)["error"]


def test_many_remarks_are_cut_short() -> None:
    found = [Problem(Place(1, place), "x") for place in range(1, 9)]
    assert beyond_instrument(found)[-1] == "And so it is in 3 more places."
    assert len(beyond_instrument(found[:2])) == 2


def test_the_view_draws_fingerings_of_the_menus_instrument() -> None:
    tune = parse(JIG)
    for label, name in choices():
        assert View.of({"fingering": label}).fingering == name
    for sent in (None, "", "tuba", 5, ["D whistle"]):
        assert View.of({"fingering": sent}).fingering == ANY
    plain, fingered = picture(tune, View()), picture(tune, View(fingering="whistle"))
    assert plain is not None
    assert fingered is not None
    assert "●" in fingered["svg"]
    assert "●" not in plain["svg"]
    assert fingered["notes"] == plain["notes"]


def test_the_view_counts_frets_from_a_capo() -> None:
    for sent, capo in ((2, 2), (0, 0), (8, 0), (-1, 0), ("2", 0), (True, 0), (2.0, 0), (None, 0)):
        assert View.of({"capo": sent}).capo == capo
    plain, raised = (shown(JIG, {"view": {"fingering": "Guitar", "capo": capo}}, None) for capo in (0, 2))
    assert plain["picture"]["strings"] == raised["picture"]["strings"] == 6
    assert plain["picture"].pop("svg") != raised["picture"].pop("svg")
    assert plain == raised  # the sound stays
    with pytest.raises(OptionError, match=r"^Capo must be a whole number from 0 to 7, not 8\.$"):
        checked_options({"view": {"capo": 8}})


def test_the_view_draws_a_part_whose_sound_stays() -> None:
    concert, part = (shown(JIG, {"view": {"part": name, "width": 700}}, None) for name in ("C", "Bb"))
    assert "Part in B flat" in part["picture"]["svg"]
    assert (part["picture"]["part"], part["picture"]["higher"]) == ("Bb", 2)
    for name in ("svg", "part", "higher"):
        assert part["picture"].pop(name) != concert["picture"].pop(name)
    assert part == concert


def test_a_part_that_cannot_be_written_says_so() -> None:
    answer = shown("X:1\nL:1/8\nK:C\n^^E8|\n", {"view": {"part": "Bb"}}, None)
    assert answer["picture"] is None
    assert answer["unseen"].startswith("The part in B flat cannot be written: the note E4 would need a triple sharp")

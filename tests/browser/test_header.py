"""The header that the page's menus read and write, in a browser, without any server."""

import json

import pytest

from charrnn import limits
from charrnn.notation.reading.parser import parse
from charrnn.ui.score import STATIC
from tests.support.browser import needs_chromium, page_with, run

pytestmark = needs_chromium
RANGE = [limits.MIN_TEMPO, limits.MAX_TEMPO]


@pytest.fixture(scope="module")
def header():
    """Calls a function of header.js."""
    with page_with({"static": STATIC}) as page:
        yield lambda name, *given: run(
            page, f'return (await import("/static/settings/header.js")).{name}(...{json.dumps(given)});'
        )


@pytest.mark.parametrize("before", ["", "\n", "\n\n", "% mine\n", "%%abc-2.1\n\n", "%%begintext\nK:A\n%%endtext\n"])
def test_comments_and_empty_lines_may_precede_the_header(header, before):
    text = f"{before}X:1\nT:One\n% between\n\nT:Two\nR:jig\nM:6/8\nK:Ador\n|:ABc|"
    assert header("follow", text) == ["jig", "A", "dorian", ""]
    assert header("chooseTonic", text, "G") == text.replace("K:Ador", "K:Gdor")
    assert header("chooseTempo", text, "90") == text.replace("K:Ador", "Q:3/8=90\nK:Ador")
    assert header("chooseTonic", text, "") == text.replace("K:Ador\n", "")


@pytest.mark.parametrize(
    ("key", "tonic", "mode"),
    [
        ("F Lydian", "F", "lydian"),
        ("EPhr", "E", "phrygian"),
        ("Bloc", "B", "locrian"),
        ("Bb", "Bb", "major"),
        ("A aeolian", "A", "minor"),
        ("C#m % sharp", "C#", "minor"),
        ("G clef=treble", "G", "major"),
        ("Dtreble", "D", "major"),
        ("Dmusic", "", "major"),
        ("HP", "", "major"),
    ],
)
def test_menus_and_server_read_a_key_alike(header, key, tonic, mode):
    text = f"K:{key}\nA|"
    assert header("follow", text)[1:3] == [tonic, mode]
    read = parse(text).key
    if tonic:
        assert (read.tonic, read.mode) == (tonic, mode[:3])


@pytest.mark.parametrize(
    ("key", "moved"),
    [
        ("F Lydian", "A Lydian"),
        ("EPhr", "APhr"),
        ("Dm clef=bass", "Am clef=bass"),
        ("D % home", "A % home"),
        ("HP", "A"),
    ],
)
def test_another_tonic_leaves_the_mode(header, key, moved):
    assert header("chooseTonic", f"K:{key}\nA|", "A") == f"K:{moved}\nA|"


@pytest.mark.parametrize(
    ("key", "changed"),
    [("F Lydian", "Fm"), ("Ador", "Am"), ("D clef=bass", "Dm clef=bass"), ("Dtreble", "Dm treble")],
)
def test_another_mode_leaves_the_tonic(header, key, changed):
    assert header("chooseMode", f"K:{key}\nA|", "minor") == f"K:{changed}\nA|"


@pytest.mark.parametrize(("mode", "key"), [("major", "G"), ("minor", "Em"), ("dorian", "Ador"), ("mixolydian", "Dmix")])
def test_a_mode_alone_gets_a_usual_tonic(header, mode, key):
    assert header("chooseMode", "R:jig\nABc|", mode) == f"R:jig\nK:{key}\nABc|"


def test_menus_add_the_key_that_the_text_has(header):
    menus = [[["any", ""], ["D", "D"]], [["major", "major"]]]
    for text, tonics, modes in (("K:Ablyd\n", ["", "D", "Ab"], ["major", "lydian"]), ("K:D\n", ["", "D"], ["major"])):
        _, tonic, mode, _ = header("shown", text, "", *menus, RANGE)
        assert [[value for _, value in menu["choices"]] for menu in (tonic, mode)] == [tonics, modes]
        assert (tonic["value"], mode["value"]) == (tonics[-1], modes[-1])


@pytest.mark.parametrize(
    ("before", "rhythm", "after"),
    [
        ("R:jig\nM:6/8\nQ:3/8=90\nK:D\n", "reel", "R:reel\nM:4/4\nQ:1/4=90\nK:D\n"),
        ("R:reel\nM:4/4\nQ:1/4=90\nK:D\n", "slip jig", "R:slip jig\nM:9/8\nQ:3/8=90\nK:D\n"),
        ("R:jig\nM:6/8\nQ:3/8=90\nK:D\n", "", "Q:1/4=90\nK:D\n"),
        ("R:jig\nM:6/8\nQ:1/8=240\nK:D\n", "reel", "R:reel\nM:4/4\nQ:1/8=240\nK:D\n"),  # the person's own spelling
        ("R:jig\nM:12/8\nK:D\n", "jig", "R:jig\nM:12/8\nK:D\n"),
    ],
)
def test_the_beat_of_the_tempo_follows_the_meter(header, before, rhythm, after):
    assert header("chooseRhythm", before, rhythm) == after


def test_an_unchanged_tempo_keeps_its_words(header):
    text = 'Q:1/4=90 "lively"\nK:D\n'
    assert header("follow", text)[3] == "90"
    assert header("chooseTempo", text, "90") == text


@pytest.mark.parametrize("tempo", ["1000", "120.5", "5", "0", "abc", "-60", "1e2", "401"])
def test_an_unplayable_tempo_is_reported_but_not_written(header, tempo):
    text = "Q:1/4=90\nK:D\n"
    came = f"'{tempo}'" if set(tempo) & set("abce") else tempo
    sentence = f"Tempo must be a whole number from 20 to 400, not {came}."
    written, at_the_control = header("typedTempo", text, tempo, RANGE)
    assert (written, at_the_control["info"]) == ("K:D\n", sentence)
    *_, shown = header("shown", "K:D\n", tempo, [["any", ""]], [["major", "major"]], RANGE)
    assert "value" not in shown  # it stays to be mended


@pytest.mark.parametrize(("text", "tempo"), [("K:D\n", ""), ("Q:1/4=120\nK:D\n", "120")])
def test_an_unchanged_tempo_field_is_not_overwritten(header, text, tempo):
    *_, shown = header("shown", text, tempo, [["any", ""]], [["major", "major"]], RANGE)
    assert shown == {"__type__": "update", "info": ""}  # or what is typed meanwhile would be undone
    *_, shown = header("shown", text, "90", [["any", ""]], [["major", "major"]], RANGE)
    assert shown["value"] == tempo


@pytest.mark.parametrize(("meter", "least", "most"), [("6/8", 14, 266), ("4/4", 20, 400), ("2/2", 10, 200)])
def test_the_tempo_range_counts_beats_of_the_meter(header, meter, least, most):
    text = f"M:{meter}\nK:D\nA|"
    for tempo, is_good in ((least - 1, False), (least, True), (most, True), (most + 1, False)):
        _, told = header("typedTempo", text, str(tempo), RANGE)
        assert (told["info"] == "") == is_good
        forced = header("chooseTempo", text, str(tempo))
        assert (parse(forced).tempo is not None) == is_good  # the server draws the line in the same place


def test_a_meter_change_reports_a_too_fast_tempo(header):
    text = header("chooseRhythm", "R:reel\nM:4/4\nQ:1/4=300\nK:D\n", "jig")
    *_, tempo = header("shown", text, "", [["any", ""]], [["major", "major"]], RANGE)
    assert (tempo["value"], tempo["info"]) == ("300", "Tempo must be a whole number from 14 to 266, not 300.")

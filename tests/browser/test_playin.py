"""What was played as ABC: spelling, note values, bars and quantising, in a browser, without any server."""

from fractions import Fraction

import pytest

from charrnn.notation.bars import bar_problems
from charrnn.notation.reading.parser import parse
from charrnn.render.playing.performance import perform
from charrnn.ui.score import STATIC
from tests.support.browser import needs_chromium, page_with, run

pytestmark = needs_chromium
WHOLE = 1536  # ticks, as durations.js has it


@pytest.fixture(scope="module")
def module():
    """Calls a function of a module of playin/."""
    with page_with({"static": STATIC}) as page:

        def call(name, function, *given):
            script = f'return (await import("/static/playin/{name}.js")).{function}(...given);'
            return run(page, script, list(given))

        yield call


def note(pitch, value=Fraction(1, 8), tie=False, triplet=False):
    return {"pitch": pitch, "ticks": int(value * WHOLE), "tie": tie, "triplet": triplet}


def notes(*pitches, value=Fraction(1, 8), triplet=False):
    return [note(pitch, value, triplet=triplet) for pitch in pitches]


def written(module, seed, events):
    found = module("setting", "settingOf", seed)
    return found["head"] + found["music"] + module("writing", "abcOf", events, found["setting"])


KEYS = ["C", "G", "D", "A", "E", "B", "F#", "C#", "F", "Bb", "Eb", "Ab", "Am", "Em", "Bm", "Dm", "Gm", "Cm", "Ador",
        "Edor", "Dmix", "Amix", "Gmix", "Flyd", "Ephr"]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_every_spelled_pitch_reads_back_the_same(module, key):
    pitches = [*range(48, 97), *reversed(range(48, 97))]
    abc = written(module, f"M:4/4\nL:1/8\nK:{key}\n", notes(*pitches))
    assert [one.pitch for one in perform(parse(abc)).notes] == pitches


@pytest.mark.parametrize(
    ("key", "pitches", "music"),
    [
        ("D", [62, 66, 69, 74, 73, 71], "DFAd cB"),
        ("D", [65, 66, 70], "=F^F^A"),
        ("F", [65, 70, 71, 66], "FB=B^F"),
        ("Am", [69, 68, 69], "A^GA"),  # the leading note
        ("Eb", [63, 68, 70, 66], "EAB_G"),
        ("C", [60, 72, 84, 48, 36], "CcC'C,C,,".replace("C'", "c'")),
        ("C", [66, 78, 77, 65], "^F^f=f=F"),
    ],
)
def test_notes_are_spelled_in_the_key(module, key, pitches, music):
    written_music = written(module, f"M:4/4\nL:1/8\nK:{key}\n", notes(*pitches)).splitlines()[-1]
    assert written_music.replace(" ", "") == music.replace(" ", "")


@pytest.mark.parametrize(
    ("meter", "music"),
    [
        ("6/8", "ABc def|gab ABc|"),
        ("9/8", "ABc def gab|ABc"),
        ("4/4", "ABcd efga|bABc"),
        ("2/4", "AB cd|ef ga|bA Bc|"),
        ("3/4", "AB cd ef|ga bA Bc|"),
        ("C|", "ABcd efga|bABc"),
        ("(2+3)/8", "AB cd e|fg ab A|Bc"),
        ("none", "ABcdefgabABc"),
    ],
)
def test_beams_and_bar_lines_follow_the_meter(module, meter, music):
    scale = [69, 71, 72, 74, 76, 77, 79, 81, 83]
    abc = written(module, f"M:{meter}\nL:1/8\nK:C\n", notes(*scale, 69, 71, 72))
    assert abc.splitlines()[-1] == music


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("1/8", Fraction(1, 8), "A"),
        ("1/8", Fraction(1, 4), "A2"),
        ("1/8", Fraction(1, 16), "A/"),
        ("1/8", Fraction(3, 16), "A3/"),
        ("1/8", Fraction(3, 8), "A3"),
        ("1/8", Fraction(7, 16), "A7/"),
        ("1/16", Fraction(1, 8), "A2"),
        ("1/4", Fraction(1, 16), "A/4"),
        ("1/4", Fraction(7, 16), "A7/4"),
    ],
)
def test_note_values_are_written_in_unit_lengths(module, unit, value, text):
    assert written(module, f"M:4/4\nL:{unit}\nK:C\n", [note(69, value)]).splitlines()[-1] == text


def test_a_note_over_a_bar_line_is_tied(module):
    abc = written(module, "M:3/4\nL:1/8\nK:D\n", [note(69, Fraction(1, 2)), note(66, Fraction(1, 2)), note(69)])
    assert abc.splitlines()[-1] == "A4 F2-|F2 A"
    abc = written(module, "M:4/4\nL:1/8\nK:C\n", [note(60, Fraction(7, 8)), note(66, Fraction(9, 8))])
    assert abc.endswith("C7^F-|^F8|")
    assert bar_problems(parse(abc)) == []


def test_ties_triplets_rests_and_pick_ups_are_written(module):
    header = "M:4/4\nL:1/8\nK:G\n"
    pick_up = [*notes(62, 67), {"bar": True}]
    assert written(module, header, [*pick_up, *notes(71)]).splitlines()[-1] == "DG|B"
    tied = [note(67, Fraction(1, 4), tie=True), note(67), note(None)]
    assert written(module, header, tied).splitlines()[-1] == "G2-Gz"
    assert written(module, header, [note(67, tie=True), note(69)]).splitlines()[-1] == "GA"  # another pitch
    triplets = notes(67, 69, 71, 72, triplet=True)
    assert written(module, header, triplets).splitlines()[-1] == "(3GAB(3:2:1c"
    assert written(module, header, [*triplets[:3], note(74)]).splitlines()[-1] == "(3GABd"


@pytest.mark.parametrize(
    ("typed", "position", "altered"),
    [
        ("|:A|d2f afd|", 0, []),
        ("d2f a", 4, []),
        ("|:A|d/e/f>g", 3, []),
        ("(3abc d", 3, []),
        ("[FA]2 {g}a \"Am\"^c", 4, ["C"]),
        ("z4 x", 5, []),
    ],
)  # fmt: skip
def test_notes_go_on_where_the_typed_bar_ends(module, typed, position, altered):
    setting = module("setting", "settingOf", f"M:6/8\nL:1/8\nK:D\n{typed}")["setting"]
    assert setting["position"] == position * WHOLE // 8
    assert setting["altered"] == altered


@pytest.mark.parametrize(
    ("seed", "head"),
    [
        ("", "M:4/4\nL:1/8\nK:C\n"),
        ("R:jig\nM:6/8\n", "R:jig\nM:6/8\nK:C\n"),
        ("K:D\nABc", "M:4/4\nL:1/8\nK:D\n"),
        ("R:polka\nM:2/4\nL:1/16\nK:G\n", "R:polka\nM:2/4\nL:1/16\nK:G\n"),
        ("T:Mine\n", "T:Mine\nM:4/4\nL:1/8\nK:C\n"),
    ],
)
def test_an_incomplete_header_is_completed_before_notes(module, seed, head):
    assert module("setting", "settingOf", seed)["head"] == head


@pytest.mark.parametrize(
    ("pitches", "key"),
    [
        ([], "C"),
        ([60, 62, 64, 65, 67], "C"),
        ([69, 74, 78, 81], "D"),
        ([67, 71, 74, 79], "G"),
        ([64, 67, 71, 76], "Em"),
        ([69, 72, 76, 69, 68, 69], "Am"),
        ([65, 69, 72, 70, 69, 67, 65], "F"),
        ([62, 65, 69, 74, 70, 69], "Dm"),
    ],
)
def test_played_notes_decide_a_missing_key(module, pitches, key):
    assert module("spelling", "likelyKey", pitches) == key
    assert module("setting", "settingOf", "R:jig\nM:6/8\n", pitches)["head"] == f"R:jig\nM:6/8\nK:{key}\n"


def test_the_default_unit_length_matches_the_server(module):
    for meter in ("2/4", "3/4", "6/8", "3/8", "4/4"):
        unit = module("setting", "settingOf", f"M:{meter}\nK:C\n")["setting"]["unit"]
        assert parse(f"X:1\nM:{meter}\nK:C\nA|").notes[0].duration == Fraction(unit, WHOLE)


BEAT = WHOLE // 4
PLAYED = [(60, 0.02, 0.47), (62, 0.52, 0.70), (64, 0.74, 0.97), (65, 1.01, 1.9), (67, 2.48, 2.95)]


def test_playing_is_quantised_to_the_nearest_sixteenth(module):
    played = [{"pitch": pitch, "from": start, "to": end} for pitch, start, end in PLAYED]
    events = module("quantising", "quantise", played, {"seconds": 0.5, "beat": BEAT})
    sixteenths = [(event["pitch"], event["ticks"] * 16 // WHOLE) for event in events]
    assert sixteenths == [(60, 4), (62, 2), (64, 2), (65, 8), (None, 4), (67, 4)]


def test_quantising_merges_simultaneous_notes_and_ends_overlaps(module):
    times = [(60, 0.0, 0.2), (64, 0.01, 1.2), (67, 0.5, 1.0)]
    played = [{"pitch": pitch, "from": start, "to": end} for pitch, start, end in times]
    events = module("quantising", "quantise", played, {"seconds": 0.5, "beat": BEAT})
    assert [(event["pitch"], event["ticks"]) for event in events] == [(64, BEAT), (67, BEAT)]
    assert module("quantising", "quantise", [], {"seconds": 0.5, "beat": BEAT}) == []

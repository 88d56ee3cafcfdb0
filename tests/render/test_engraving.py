"""What stands on paper: our MEI, what Verovio draws of it, and what it would play."""

import base64
import threading
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import pytest
import verovio
from hypothesis import given

from charrnn import limits
from charrnn.corpus.sources import read_tunes
from charrnn.errors import AbcError, RenderError
from charrnn.evaluation.abc2midi import read_midi_notes
from charrnn.notation.bars import bars
from charrnn.notation.decorations import DYNAMICS, FINGERS, OVER_CHORDS, OVER_NOTES
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import BarLine, Element, Ending, Note, Rest, Tune
from charrnn.render.playing.performance import perform, spans
from charrnn.render.score.engraving import engrave
from charrnn.render.score.layout import up_to_last_bar_line, written
from charrnn.render.score.mei import mei
from charrnn.render.score.values import spelled
from charrnn.render.signs import VELOCITIES, sign_of
from tests.fuzz import search as fuzz
from tests.notation.test_evil import EVIL
from tests.support.tunes import ANY_TEXT, KEYS, MUSIC, abc, tune_of

F = Fraction
MEI = "{http://www.music-encoding.org/ns/mei}"
ID = "{http://www.w3.org/XML/1998/namespace}id"


def document(tune: Tune) -> ElementTree.Element:
    return ElementTree.fromstring(mei(tune))


def found(tune: Tune, name: str) -> list[dict[str, str]]:
    """The attributes of each element of that name."""
    return [dict(element.attrib) for element in document(tune).iter(MEI + name)]


def accidentals(music: str, **header: str) -> list[str]:
    """Of each note: what is drawn, in brackets what only sounds."""
    signs = []
    for note in document(tune_of(music, **header)).iter(MEI + "note"):
        accid = note.find(MEI + "accid")
        sounds = accid.get("accid.ges") if accid is not None else None
        signs.append("" if accid is None else f"({sounds})" if sounds else accid.get("accid", ""))
    return signs


def beams(music: str, as_typed: bool = False, **header: str) -> list[int]:
    """How many notes each beam joins."""
    tune = tune_of(music, **header)
    root = ElementTree.fromstring(mei(tune, segments=written(tune, as_typed)))
    return [len(list(beam.iter(MEI + "note"))) for beam in root.iter(MEI + "beam")]


# -- values


@pytest.mark.parametrize(
    ("duration", "parts"),
    [
        (F(1, 4), "1/4"), (F(3, 8), "1/4."), (F(7, 8), "1/2.."), (F(5, 8), "1/2 1/8"), (F(9, 8), "1 1/8"),
        (F(16), "4.. 4.. 2"), (F(1, 256), "1/256"),
    ],
)  # fmt: skip
def test_a_duration_is_spelled_with_fewest_note_values(duration: Fraction, parts: str) -> None:
    division = spelled(duration)
    assert " ".join(str(value.base) + "." * value.dots for value in division.values) == parts
    assert (division.number, division.base) == (1, 1)


def test_an_offbeat_note_begins_with_its_short_part() -> None:
    assert [value.base for value in spelled(F(5, 8), F(1, 8)).values] == [F(1, 8), F(1, 2)]


@pytest.mark.parametrize("duration", [F(1, 12), F(1, 3), F(5, 28), F(1, 32_768), F(12_800), F(17, 9 * 64)])
def test_every_duration_is_spelled_exactly(duration: Fraction) -> None:
    division = spelled(duration)
    assert sum(value.duration for value in division.values) * division.base / division.number == duration


# -- ids


def test_note_bar_and_rest_ids_give_their_position() -> None:
    tune = tune_of("A5 z3|[CE]8|{g}A4 B4|")
    names = [element.get(ID) for element in document(tune).iter() if element.get(ID)]
    assert names == ["m0", "n0", "n0-2", "r1", "m1", "n1", "n1.0", "n1.1", "m2", "n2.g0", "n2", "n3"]


def test_events_name_their_notes_in_every_repeat_pass() -> None:
    tune = tune_of("|:A2-|A2 B4:|")
    events = perform(tune).notes
    assert [event.notes for event in events] == [(0, 1), (2,), (0, 1), (2,)]
    assert spans(events[2], tune) == [(F(1), 0), (F(5, 4), 1)]
    assert engrave(tune, 600).note_ids() == [["n0"], ["n1"], ["n2"]]


def test_a_grace_note_event_names_its_main_note() -> None:
    events = perform(tune_of("{g}A2")).notes
    assert [(event.notes, event.is_grace) for event in events] == [((0,), True), ((0,), False)]


def test_svg_ids_carry_the_callers_prefix() -> None:
    engraving = engrave(tune_of("A5 B3|[CE]8|"), 600, prefix="c3-")
    names = {element.get("id") for element in ElementTree.fromstring(engraving.svg).iter()}
    assert {"c3-m0", "c3-m1", "c3-n0", "c3-n0-2", "c3-n1", "c3-n2", "c3-n2.1"} <= names
    assert engraving.note_ids() == [["c3-n0", "c3-n0-2"], ["c3-n1"], ["c3-n2"]]


# -- accidentals


def test_the_signature_is_not_drawn_again() -> None:
    assert accidentals("F f C G", key="D") == ["(s)", "(s)", "(s)", ""]


def test_an_accidental_is_drawn_once_in_each_bar() -> None:
    assert accidentals("^F F|^F F|F") == ["s", "(s)", "s", "(s)", ""]


def test_each_octave_has_an_accidental_of_its_own() -> None:
    assert accidentals("^F f F|") == ["s", "s", "(s)"]
    assert accidentals("^F =f F|") == ["s", "n", "n"]


def test_a_written_courtesy_accidental_is_drawn() -> None:
    assert accidentals("=F2|^F2|", key="D") == ["n", "s"]


def test_only_tied_notes_keep_accidentals_over_bar_lines() -> None:
    assert accidentals("^F4-|F2 F2 ^F|") == ["s", "(s)", "n", "s"]


def test_graces_take_part_in_accidentals() -> None:
    assert accidentals("{^f}f2 f|") == ["s", "(s)", "(s)"]


def test_the_bagpipe_key_sounds_sharps_without_showing_them() -> None:
    tune = tune_of("f c g", key="HP")
    assert found(tune, "keySig") == [{"sig": "0"}]
    assert accidentals("f c g", key="HP") == ["(s)", "(s)", ""]


def test_a_custom_key_signature_draws_flats_first() -> None:
    signs = found(tune_of("f", key="D Phr ^f"), "keyAccid")
    assert [(sign["pname"], sign["accid"]) for sign in signs] == [("b", "f"), ("e", "f"), ("f", "s")]


# -- bars


def lines(music: str, **header: str) -> list[str]:
    signs = {"rptstart": "|:", "rptend": ":|", "single": "|", "dbl": "||", "end": "|]", "invis": ""}
    return [
        (signs[measure["left"]] if "left" in measure else "") + measure[ID] + signs[measure["right"]]
        for measure in found(tune_of(music, **header), "measure")
    ]


def test_bar_lines_are_drawn_as_they_are_written() -> None:
    assert lines("A8|B8||c8|]d8") == ["m0|", "m1||", "m2|]", "m3"]
    assert lines("|:A8::B8:|") == ["|:m0:|", "|:m1:|"]


def test_a_double_bar_becomes_the_missing_repeat_start() -> None:
    assert lines("A8||B8|c8:|") == ["m0||", "|:m1|", "m2:|"]


def test_no_repeat_sign_is_added_at_the_start() -> None:
    assert lines("A8|B8:|") == ["m0|", "m1:|"]


def test_an_unclosed_repeat_is_closed_before_the_next() -> None:
    assert lines("|:A8|:B8:|") == ["|:m0:|", "|:m1:|"]


def test_behind_the_last_ending_nothing_is_repeated() -> None:
    assert lines("|:A8|1B8:|2c8:|") == ["|:m0|", "m1:|", "m2|]"]


def test_endings_hold_their_bars_and_their_numbers() -> None:
    root = document(tune_of("|:A8|1,3B8|c8:|2d8|e8||f8|"))
    endings = [
        (ending.get("n"), [measure.get(ID) for measure in ending.iter(MEI + "measure")])
        for ending in root.iter(MEI + "ending")
    ]
    assert endings == [("1, 3", ["m1", "m2"]), ("2", ["m3", "m4"])]


def test_an_unclosed_last_ending_has_the_previous_length() -> None:
    root = document(tune_of("|:A8|1B8:|2c8|d8|e8|"))
    assert [len(list(ending.iter(MEI + "measure"))) for ending in root.iter(MEI + "ending")] == [1, 1]


def test_pickups_and_growing_bars_are_marked_incomplete() -> None:
    measures = found(tune_of("AB|c8|d2"), "measure")
    assert [measure.get("metcon") for measure in measures] == ["false", None, "false"]
    assert measures[-1]["right"] == "invis"


def test_key_and_meter_change_between_two_measures() -> None:
    tune = tune_of("A8|[K:D][M:3/4]A6|")
    change = document(tune).findall(f".//{MEI}section/{MEI}scoreDef")
    assert [element.attrib for element in change] == [{"meter.count": "3", "meter.unit": "4"}]
    assert [sign.get("sig") for sign in change[0].iter(MEI + "keySig")] == ["2s"]


def test_a_change_inside_a_bar_splits_the_bar() -> None:
    assert lines("A4[K:D]A4|") == ["m0", "m0-2|"]


def test_a_redundant_key_or_meter_is_not_drawn() -> None:
    assert lines("A4[K:C][M:4/4]A4|") == ["m0", "m0-2|"]
    assert len(found(tune_of("A4[K:C][M:4/4]A4|"), "keySig")) == 1


def test_rests_of_whole_bars_are_drawn_as_such() -> None:
    tune = tune_of("Z|Z4|X|z8|x8|")
    assert len(found(tune, "mRest")) == 1
    assert [rest["num"] for rest in found(tune, "multiRest")] == ["4"]
    assert len(found(tune, "mSpace")) == 1
    assert (len(found(tune, "rest")), len(found(tune, "space"))) == (1, 1)


def test_music_without_bar_lines_goes_on_in_pieces() -> None:
    assert lines("ABcdefga" * 3) == ["m0", "m0-2", "m0-3"]


def test_segments_tell_which_bar_they_are() -> None:
    tune = tune_of("|:AB|[K:D]c4 [K:G]d4|[K:C]|e8:|1f8:|2g8|]")
    assert [segment.bar for segment in written(tune)] == [0, 1, 1, 2, 3, 4]
    assert len(bars(tune)) == 5


def test_a_growing_tune_has_its_whole_bars() -> None:
    tune = tune_of("AB|c8|d2")
    assert up_to_last_bar_line(tune) == tune.elements[:5]
    assert up_to_last_bar_line(tune_of("AB")) == ()


# -- words above the music


def drawn_text(tune: Tune, has_heading: bool = True) -> str:
    return "".join(ElementTree.fromstring(engrave(tune, 800, has_heading=has_heading).svg).itertext())


def test_the_heading_shows_the_tunes_header_fields() -> None:
    tune = parse("T:The Cat & Co\nC:A. Fiddler\nO:Ireland\nR:jig\nM:6/8\nL:1/8\nQ:3/8=110\nK:G\nGBd gdB|]")
    for words in ("The Cat & Co", "A. Fiddler (Ireland)", "jig", "\u2669. = 110"):
        assert words in drawn_text(tune)
    assert "The Cat" not in drawn_text(tune, has_heading=False)


def test_words_stand_under_their_notes() -> None:
    root = document(tune_of("CD[EG]F|\nw:Hap-py day_\nw:* la--la", unit="1/4"))
    verses = [
        [
            (verse.get("n"), syl.text, syl.get("wordpos"), syl.get("con"))
            for verse in note.iter(MEI + "verse")
            for syl in verse
        ]
        for note in root.find(f".//{MEI}layer") or ()
    ]
    assert verses == [
        [("1", "Hap", "i", "d")],
        [("1", "py", "t", None), ("2", "la", "i", "d")],
        [("1", "day", None, "u")],
        [("2", "la", "t", None)],
    ]


def test_tempo_words_and_annotations_are_drawn() -> None:
    root = document(parse('Q:"Allegro" 1/4=120\nK:C\n"^up""_down"A4 [Q:"slower"]B4|[Q:"<Fast>" 1/3=90]z8|'))
    assert [tempo.text for tempo in root.iter(MEI + "tempo")] == ["Allegro \u2669 = 120", "<Fast> 1/3 = 90"]
    texts = [(one.text, one.get("place"), one.get("startid")) for one in root.iter(MEI + "dir")]
    assert texts == [("up", "above", "#n0"), ("down", "below", "#n0"), ("slower", "above", "#n1")]
    (andante,) = document(parse('Q:"Andante"\nK:C\nA8|')).iter(MEI + "tempo")
    assert andante.text == "Andante"


def test_words_after_the_tune_are_drawn_below_it() -> None:
    assert "Then the next verse" in drawn_text(tune_of("A8|\nW:Then the next verse"), has_heading=False)


def test_part_labels_stand_where_their_parts_begin() -> None:
    root = document(parse("K:C\nP:A\n|:A8|B8:|\nP:<B>\n|:c8|d8:|"))
    labels = [(label.text, label.get("startid")) for label in root.iter(MEI + "reh")]
    assert labels == [("A", "#n0"), ("<B>", "#n2")]


def test_jumps_are_drawn_as_they_are_played() -> None:
    root = document(tune_of("c8|!segno!d8|e4!fine!e4|f8!D.S.!|!segno!g8|]"))
    marks = [(mark.get("func"), mark.get("startid"), mark.text) for mark in root.iter(MEI + "repeatMark")]
    assert marks == [
        ("segno", "#n1", None),
        ("fine", "#n3", "Fine"),
        ("dalSegno", "#n4", "D.S. al Fine"),
        ("segno", "#n5", None),
    ]


def test_coda_and_to_coda_marks_are_drawn() -> None:
    root = document(tune_of("c8|d2Od2 d4|e8!D.C.!|Og8|]"))
    marks = [(mark.get("func"), mark.get("startid"), mark.text) for mark in root.iter(MEI + "repeatMark")]
    assert marks == [("coda", "#n2", "To Coda"), ("daCapo", "#n4", "D.C. al Coda"), ("coda", "#n5", None)]
    assert [segment.id for segment in written(tune_of("c8|d2Od2 d4|e8!D.C.!|Og8|]"))] == [
        "m0",
        "m1",
        "m1-2",
        "m2",
        "m3",
    ]


@pytest.mark.parametrize(("order", "drawn"), [("ABA", ["ABA"]), ("ABC", [])])
def test_the_order_of_parts_stands_at_the_start(order: str, drawn: list[str]) -> None:
    root = document(parse(f"P:{order}\nK:C\nP:A\nA8|\nP:B\nB8|"))
    assert [text.text for text in root.iter(MEI + "dir")] == drawn


def test_voices_become_staves_and_overlays_become_layers() -> None:
    music = "V:1\nAB c2 d4 & A4 F4|Z2|e8|]\nV:2\n[K:D]!p!A,8|B,4 C,4|D,8|E8|]\nV:3\nz8|Z3|]\n"
    root = document(tune_of(music))
    staffs = [staff.get("clef.shape") for staff in root.iter(MEI + "staffDef") if staff.get("clef.shape")]
    assert staffs == ["G", "F", "G"]
    measures = list(root.iter(MEI + "measure"))
    layers = [[len(staff.findall(MEI + "layer")) for staff in measure.iter(MEI + "staff")] for measure in measures]
    assert layers == [[2, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]]
    of_second = f"{MEI}staff[@n='2']//{MEI}note"
    assert [[note.get("pname") for note in measure.findall(of_second)] for measure in measures] == [
        ["a"],
        ["b", "c"],
        ["d"],
        ["e"],
    ]
    assert [(sign.text, sign.get("staff")) for sign in root.iter(MEI + "dynam")] == [("p", "2")]


def test_all_voices_are_drawn_and_the_first_tracked() -> None:
    engraving = engrave(tune_of("V:1\nAB c2 d4|\nV:2\nC8|"), 600)
    assert engraving.note_ids() == [["n0"], ["n1"], ["n2"], ["n3"]]
    assert 'id="v1-n0"' in engraving.svg


def test_a_tune_without_names_has_no_heading() -> None:
    tune = tune_of("A8|")
    assert engrave(tune, 800, has_heading=True).svg == engrave(tune, 800).svg


def test_a_long_title_goes_on_in_another_line() -> None:
    title = "a long title " * 15
    text = drawn_text(replace(tune_of("A8|"), title=title))
    assert text.count("a long title") > 3
    assert "\u2026" in text


def test_a_tempo_change_is_drawn_at_its_place() -> None:
    tune = tune_of("A4[Q:1/8=90]B4|")
    (tempo,) = document(tune).iter(MEI + "tempo")
    assert (tempo.get("startid"), tempo.text) == ("#n1", "\u266a = 90")


# -- notes


def test_beams_follow_the_meter() -> None:
    assert beams("ABcdefga|") == [4, 4]
    assert beams("ABcdef|", meter="6/8") == [3, 3]
    assert beams("A2 Bc z d ef|") == [2, 3]


def test_beams_end_at_the_writers_blanks() -> None:
    assert beams("DEFG ABc|", as_typed=True, meter="7/8") == [4, 3]
    assert beams("ABc de fga|", as_typed=True) == [3, 2, 3]
    assert beams("AB``cd (3efg a|", as_typed=True, meter="3/4") == [4, 3]
    assert beams("{a b}AB cd [c e][d f]|", as_typed=True, meter="3/4") == [2, 2, 2, 4]  # the graces have one


def test_lines_without_spaces_are_beamed_by_meter() -> None:
    assert beams("ABcdef|\nABc def|", as_typed=True, meter="3/4") == [2, 2, 2, 3, 3]
    assert beams("ABcdef | ABcdef|", as_typed=True, meter="6/8") == [3, 3, 3, 3]


def test_a_line_end_inside_a_bar_ends_beams() -> None:
    assert beams("AB cd\nef ga|", as_typed=True) == [2, 2, 2, 2]
    assert beams("A Bcd\\\nef ga|", as_typed=True) == [5, 2]


def line_ends(music: str) -> list[str]:
    """The ids of the measures that end a line."""
    return [segment.id for segment in written(tune_of(music), as_typed=True) if segment.ends_line]


def test_lines_end_where_the_writer_ended_them() -> None:
    assert line_ends("A8|B8|c8|\nd8|\n|:e8|f8|\ng8:|") == ["m2", "m3", "m5"]
    assert line_ends("A8|\\\nB8|$c8|") == ["m1"]
    assert line_ends("A8|B4\nc4|d8|") == []
    tune = tune_of("A8|B8|\nc8|")
    systems = [engrave(tune, 800, as_typed=as_typed).svg.count('class="system"') for as_typed in (True, False)]
    assert systems == [2, 1]


def test_a_line_too_long_for_the_page_wraps() -> None:
    tune = tune_of("ABcd efga|" * 12 + "\nA8|")
    assert engrave(tune, 600, as_typed=True).svg.count('class="system"') > 3


def test_tuplets_have_beams_of_their_own() -> None:
    assert beams("(3ABc de f4|") == [3, 2]


def test_a_tuplet_is_drawn_as_one() -> None:
    assert [(t["num"], t["numbase"]) for t in found(tune_of("(3A2B2c2 (5ABcde|"), "tuplet")] == [("3", "2"), ("5", "2")]


def test_thirds_of_a_unit_become_a_tuplet() -> None:
    tune = tune_of("A2/3B2/3c2/3 A2|")
    assert [(t["num"], t["numbase"]) for t in found(tune, "tuplet")] == [("3", "2")]


def test_ties_join_the_pitches_that_sound_on() -> None:
    ties = found(tune_of("[CE]4-|[CG]4 A-B|c-|:c"), "tie")
    assert [(tie["startid"], tie["endid"]) for tie in ties] == [("#n0.0", "#n1.0"), ("#n4", "#n5")]


@pytest.mark.parametrize(
    "music",
    ["|:cA|B^c-|1 c2:|2 cd|]", "|:cA|[G^c-]2|1 [Gc]2:|2 [Ac]d|]", "V:1\n|:cA|B2|1 c2:|2 cd|]\nV:2\nCA,|C2-|C2|C2|]"],
)
def test_a_tie_is_drawn_into_every_ending(music: str) -> None:
    tune = tune_of(music, meter="2/4", unit="1/4")
    first, second = found(tune, "tie")
    assert "startid" in first
    assert second["tstamp"] == "0"  # from the start of its bar
    assert second["endid"] != first["endid"]
    assert engrave(tune, 800).svg.count('class="tie"') == 2


def test_slurs_join_their_notes() -> None:
    drawn = found(tune_of("(A(B)c5)|{(g}A) (B) (z c8-|c2) d6|"), "slur")
    assert [(slur["startid"], slur["endid"]) for slur in drawn] == [("#n0", "#n2-2"), ("#n5", "#n6")]


def test_lines_over_several_notes_join_them() -> None:
    tune = tune_of("!<(!AB!<)!c!trill(!d!trill)!e !>(!fg!>)!|")
    marks = [
        (name, line.get("form"), line["startid"], line["endid"])
        for name in ("hairpin", "trill")
        for line in found(tune, name)
    ]
    assert marks == [
        ("hairpin", "cres", "#n0", "#n2"),
        ("hairpin", "dim", "#n5", "#n6"),
        ("trill", None, "#n3", "#n4"),
    ]


def test_every_known_sign_is_drawn_and_exported() -> None:
    for name in OVER_NOTES - FINGERS:
        sign = sign_of(name)
        assert sign is not None, name
        assert bool(sign.artic) is not bool(sign.element), name
    for name in OVER_CHORDS:
        assert sign_of(name) is None
        assert sign_of(name, is_chord=True) is not None
    assert set(VELOCITIES) == DYNAMICS


def test_decorations_are_drawn_where_mei_has_them() -> None:
    tune = tune_of("~A .B !trill!c uHd !f!e !5!f !nonsense!g")
    assert [note.get("artic") for note in found(tune, "note")] == [None, "stacc", None, "upbow", None, None, None]
    for name in ("turn", "trill", "fermata", "dynam", "fing"):
        assert len(found(tune, name)) == 1, name


def test_graces_stand_before_their_note() -> None:
    graces = [note.get("grace") for note in found(tune_of("{/g}A {fg}B"), "note")]
    assert graces == ["unacc", None, "acc", "acc", None]


def test_graces_that_lead_a_beam_stand_before_it() -> None:
    layer = document(tune_of("{a}GBd {gf}edB|", meter="6/8")).find(f".//{MEI}layer")
    assert layer is not None
    assert [child.tag.removeprefix(MEI) for child in layer] == ["graceGrp", "beam", "graceGrp", "beam"]
    assert [note.get(ID) for note in layer.iter(MEI + "note")] == [
        *("n0.g0", "n0", "n1", "n2"),
        *("n3.g0", "n3.g1", "n3", "n4", "n5"),
    ]


def test_graces_that_lead_a_tuplet_stand_before_it() -> None:
    layer = document(tune_of("(3{a}GBd e2|")).find(f".//{MEI}layer")
    assert layer is not None
    assert [child.tag.removeprefix(MEI) for child in layer] == ["graceGrp", "tuplet", "note"]


def test_graces_inside_a_beam_stay_before_their_note() -> None:
    beam = document(tune_of("G{a}Bd|", meter="6/8")).find(f".//{MEI}beam")
    assert beam is not None
    assert [child.tag.removeprefix(MEI) for child in beam] == ["note", "graceGrp", "note", "note"]


# -- a person's text


def test_markup_stays_text() -> None:
    text = abc('"A<script>alert(1)</script>"A4 "&amp;]]>"B4|').replace("X:1\n", "X:1\nT:<b onload='x'>&\n")
    svg = engrave(parse(text), 900).svg
    root = ElementTree.fromstring(svg)
    assert "".join(root.itertext()).count("A<script>alert(1)</script>") == 1
    assert "<script" not in svg
    assert "onload" not in svg
    assert not any(element.tag.endswith(("script", "foreignObject", "image", "a")) for element in root.iter())


def test_the_svg_refers_to_nothing_outside_it() -> None:
    root = ElementTree.fromstring(engrave(tune_of('|:"Am"{g}A2 ~B2 (3cde f2:|'), 900).svg)
    references = [
        value for element in root.iter() for name, value in element.attrib.items() if name.endswith(("href", "src"))
    ]
    assert references
    assert all(reference.startswith("#") for reference in references)


def test_characters_that_xml_forbids_are_left_out() -> None:
    tune = parse(abc('"A\x01m\ufffe"A8|').replace("X:1\n", "X:1\nT:a\x00b\n"))
    assert [harm.text for harm in document(tune).iter(MEI + "harm")] == ["Am"]


def test_a_long_chord_symbol_is_cut() -> None:
    (harm,) = document(tune_of(f'"{"x" * 150}"A8|')).iter(MEI + "harm")
    assert harm.text == "x" * 31 + "…"


# -- the picture


def test_the_picture_takes_the_pages_colour_and_width() -> None:
    engraving = engrave(tune_of("ABcd efga|" * 8), 390)
    root = ElementTree.fromstring(engraving.svg)
    assert root.get("viewBox") == f"0 0 390 {engraving.height}"
    assert 'fill="currentColor"' in engraving.svg
    assert "black" not in engraving.svg
    assert engraving.height > engrave(tune_of("ABcd efga|" * 8), 900).height


def test_the_same_tune_is_the_same_picture() -> None:
    tune = tune_of("|:ABcd efga:|")
    assert engrave(tune, 500).svg == engrave(tune, 500).svg


def test_two_pictures_of_a_page_share_no_ids() -> None:
    one, two = (
        {
            element.get("id")
            for element in ElementTree.fromstring(engrave(tune_of("ABcd"), 500, prefix=prefix).svg).iter()
        }
        for prefix in ("a-", "b-")
    )
    assert one & two == {None}


def test_threads_draw_their_own_tunes() -> None:
    tunes = [tune_of(letter * 8 + "|") for letter in "ABcd"]
    alone = [engrave(tune, 500).svg for tune in tunes]
    drawn: dict[int, set[str]] = {}

    def draw(number: int) -> None:
        drawn[number] = {engrave(tunes[number], 500).svg for _ in range(10)}

    threads = [threading.Thread(target=draw, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == {number: {svg} for number, svg in enumerate(alone)}


@pytest.mark.parametrize(("width", "scale", "prefix"), [(50, 45, ""), (900, 5, ""), (900, 45, "1"), (900, 45, '"')])
def test_a_wrong_setting_is_refused_with_a_sentence(width: int, scale: int, prefix: str) -> None:
    with pytest.raises(RenderError, match=r"^the (score|prefix)"):
        engrave(tune_of("A"), width, scale, prefix)


def test_an_overlong_tune_is_drawn_to_the_limit() -> None:
    engraving = engrave(tune_of("A8|" * 3_000), 900)
    assert not engraving.is_whole
    assert len(engraving.segments) == limits.MAX_ENGRAVED_NOTES


def test_a_tune_without_notes_is_an_empty_picture() -> None:
    engraving = engrave(tune_of("|:|"), 500)
    assert engraving.segments == ()
    assert ElementTree.fromstring(engraving.svg).tag.endswith("svg")


# -- any text


def assert_is_written(tune: Tune) -> None:
    """Well-formed, every id once, and the same time in every bar."""
    measures = written(tune)
    names = [name for element in ElementTree.fromstring(mei(tune, "", measures)).iter() if (name := element.get(ID))]
    assert len(names) == len(set(names))
    for measure in measures:
        assert sum(map(taken, measure.symbols), F(0)) == measure.duration
    assert sum((measure.duration for measure in measures), F(0)) == sum(map(length, tune.elements), F(0))
    numbers = [number for measure in measures for number in measure.notes]
    assert sorted(set(numbers)) == list(range(len(tune.notes)))


def taken(symbol: Any) -> Fraction:
    return symbol.duration * (symbol.whole_bars or 1)


def length(element: Element) -> Fraction:
    return element.duration if isinstance(element, Note | Rest) else F(0)


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_an_evil_file_is_written_and_drawn(text: str) -> None:
    try:
        tune = parse(text)
    except AbcError:
        return
    assert_is_written(tune)
    first = replace(tune, elements=tune.elements[:300])  # the engraver's time is not ours
    assert ElementTree.fromstring(engrave(first, 900).svg).tag.endswith("svg")


@given(ANY_TEXT)
def test_any_text_is_written(text: str) -> None:
    assert_is_written(parse(text))


def test_damaged_tunes_are_written_and_drawn() -> None:
    for number, text in enumerate(islice(fuzz.texts(2), 40)):
        try:
            tune = parse(text)
        except AbcError:
            continue
        assert_is_written(tune)
        if number % 8 == 0:
            assert engrave(replace(tune, elements=tune.elements[:300]), 390).height


# -- Verovio's own reading


def heard_by_verovio(tune: Tune) -> list[tuple[Fraction, Fraction, int]]:
    """What Verovio would play of the music as it stands, in quarter notes."""
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(mei(tune))
    with TemporaryDirectory() as folder:
        file = Path(folder, "tune.mid")
        file.write_bytes(base64.b64decode(toolkit.renderToMIDI()))
        return list(read_midi_notes(file))


def once_through(tune: Tune) -> Tune:
    """Without repeats, which Verovio does not play, and graces, which it plays in its own way."""
    return replace(tune, elements=tuple(map(_plain, (e for e in tune.elements if not isinstance(e, Ending)))))


def _plain(element: Element) -> Element:
    if isinstance(element, BarLine):
        return replace(element, closes_repeat=False, opens_repeat=False)
    return replace(element, graces=(), decorations=()) if isinstance(element, Note) else element


def assert_heard_alike(tune: Tune) -> None:
    tune = once_through(tune)
    ours = [(4 * event.onset, 4 * event.duration, event.pitch) for event in perform(tune).notes]
    theirs = heard_by_verovio(tune)
    assert [pitch for *_, pitch in theirs] == [pitch for *_, pitch in ours]
    tolerance = F(3, 120)  # its ticks, of which a quarter has 120
    for (onset, duration, _), (their_onset, their_duration, _) in zip(ours, theirs, strict=True):
        assert abs(onset - their_onset) <= tolerance
        assert abs(duration - their_duration) <= tolerance


@pytest.mark.parametrize(
    "music",
    [
        "V:1\nAB cd e4|Z2|f8|]\nV:2\nC6-C4 D6|F8|[K:D]F8|]",
        "V:1\n^AB cd e4 & F8|(3ABc d6|f8 & A8|]\nV:2\n[CE]8|_B,4 B,4|z8|]",
    ],
)
def test_verovio_hears_all_voices(music: str) -> None:
    tune = tune_of(music)
    ours = sorted((4 * event.onset, event.pitch) for event in perform(tune).sounding)
    theirs = sorted((round(onset, 2), pitch) for onset, _, pitch in heard_by_verovio(tune))
    assert [pitch for _, pitch in theirs] == [pitch for _, pitch in ours]
    assert all(abs(our - their) <= F(3, 120) for (our, _), (their, _) in zip(ours, theirs, strict=True))


def test_verovio_plays_the_training_music_as_we_do() -> None:
    for raw in islice(read_tunes(), 0, None, 200):
        assert_heard_alike(parse(raw.text))


@given(MUSIC, KEYS)
def test_verovio_plays_any_tune_as_we_do(music: str, key: str) -> None:
    assert_heard_alike(tune_of(music, key=key))


def test_no_bar_numbers_are_drawn() -> None:
    bars = "dfa afd|" * 12
    tune = parse(f"M:6/8\nL:1/8\nK:D\n|:A|{bars}[K:G]{bars}[M:9/8]dfa afd dfa|]\n")
    picture = ElementTree.fromstring(engrave(tune, 300).svg)
    assert len(picture.findall(".//*[@class='system']")) > 8
    assert [group for group in picture.iter() if "mNum" in group.get("class", "").split()] == []

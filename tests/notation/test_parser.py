"""ABC text to tunes: what is read, what is reported with its place, and what is never raised."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn import limits
from charrnn.corpus.sources import decode, read_tunes
from charrnn.errors import AbcError
from charrnn.notation.keys import Key
from charrnn.notation.reading.book import split_book
from charrnn.notation.reading.parser import parse, parse_open
from charrnn.notation.tune import BarLine, Change, Ending, Meter, Note, OpenPlace, Pitch, Rest, Tempo
from tests.support.tunes import ANY_TEXT, MUSIC, SIGNS, abc, lengths, messages, tune_of

F = Fraction

# -- the header


def test_the_header_is_read() -> None:
    tune = parse("X:7\nT:The Cat\nT:The Other Cat\nR:jig\nM:6/8\nL:1/16\nQ:3/8=110\nK:Ador\nA|")
    assert (tune.number, tune.title, tune.rhythm) == ("7", "The Cat", "jig")
    assert (tune.meter, tune.unit) == (Meter(6, 8), F(1, 16))
    assert (tune.key, tune.tempo) == (Key("A", "dor"), Tempo(F(3, 8), 110))
    assert not tune.problems


def test_headerless_music_is_in_c_and_common_time() -> None:
    tune = parse("CDEF")
    assert (tune.key, tune.meter, tune.unit, len(tune.notes)) == (Key("C"), Meter(4, 4), F(1, 8), 4)


@pytest.mark.parametrize(("meter", "unit"), [("2/4", F(1, 16)), ("3/4", F(1, 8))])
def test_the_meter_gives_the_default_unit_length(meter: str, unit: Fraction) -> None:
    assert parse(f"M:{meter}\nK:C\nA").notes[0].duration == unit


def test_an_old_tempo_uses_a_later_unit_length() -> None:
    assert parse("Q:240\nL:1/8\nK:C\nA").tempo == Tempo(F(1, 8), 240)


def test_text_fields_are_cut() -> None:
    tune = parse(f'T:{"t" * 5_000}\nR:{"r" * 5_000}\nK:C\n"{"c" * 5_000}"A')
    assert {len(text) for text in (tune.title, tune.rhythm, tune.notes[0].chord_symbol)} == {
        limits.MAX_FIELD_CHARACTERS
    }


@pytest.mark.parametrize(
    "field", ["M:1" + " " * 5_000 + "x", "K:C" + " ^c" * 2_000, "L:" + "1" * 5_000, "Q:" + "1/4 " * 1_000 + "=40"]
)
def test_an_overlong_header_or_inline_field_is_refused(field: str) -> None:
    for tune in (parse(f"{field}\nK:C\nA"), parse(f"K:C\nA[{field}]B")):
        assert "at most 200 characters" in str(tune.problems[0])
        assert tune.notes


def test_body_changes_take_effect_without_altering_the_header() -> None:
    tune = tune_of("A[K:D][M:3/4][L:1/4]A[Q:1/4=90]\nM:6/8\nA")
    assert [element.value for element in tune.elements if isinstance(element, Change)] == [
        Key("D"), Meter(3, 4), F(1, 4), Tempo(F(1, 4), 90), Meter(6, 8),
    ]  # fmt: skip
    assert [note.duration for note in tune.notes] == [F(1, 8), F(1, 4), F(1, 4)]
    assert (tune.key, tune.meter, tune.unit) == (Key("C"), Meter(4, 4), F(1, 8))


def test_a_tempo_may_be_in_words_alone() -> None:
    tune = parse('Q:"Andante"\nK:C\nA[Q:"Allegro"]B')
    assert (tune.tempo, tune.problems, len(tune.elements)) == (None, (), 2)


def test_a_percent_sign_is_written_with_a_backslash() -> None:
    assert parse(r"T:100\% wool % a jig").title == "100% wool"


def test_the_first_non_empty_title_is_used() -> None:
    assert parse("T:\nT:The Cat\nT:Another\nK:C\nA").title == "The Cat"


@pytest.mark.parametrize("clef", ["clef=bass", "bass", "treble", "octave=-1", "middle=d"])
def test_a_clef_alone_leaves_the_key_unchanged(clef: str) -> None:
    assert parse(f"K:D\nF[K:{clef}]F\nK:{clef}\nF").elements == parse("K:D\nFF\nF").elements


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("G", False),
        ("G clef=treble", False),
        ("Gtreble", False),
        ("G bass", True),
        ("G treble-8", True),
        ("G octave=-1", True),
        ("G transpose=2", True),
    ],
)
def test_a_clef_that_is_left_out_is_told(key: str, said: bool) -> None:
    tune = parse(f"K:{key}\nA")
    assert (tune.key, tune.problems) == (Key("G"), ())
    assert bool(tune.remarks) == said


def test_a_tune_may_name_its_only_voice() -> None:
    tune = parse("V:1 clef=treble\nK:C\nV:1\nAB[V:1]c")
    assert (len(tune.notes), tune.problems, len(tune.remarks)) == (3, (), 1)


def test_second_voices_and_overlays_are_no_problems() -> None:
    tune = parse("K:C\nV:1\nA\nV:2\nA\nV:1\nA&B*")
    assert [problem.message for problem in tune.problems] == ["'*' means nothing in ABC here"]
    assert tune.has_several_voices


def test_a_second_tune_is_a_problem() -> None:
    assert list(map(str, parse("X:1\nK:C\nA|\nX:2\nK:D\nB|").problems)) == [
        "line 4, column 1: a second tune begins here (X:); it is read as part of the first"
    ]


LEFT_OUT = {
    "symbol lines": "s:!trill!",
    "macros": "m:~A=BAB",
    "instructions to other programs": "%%pagewidth 12cm\nI:linebreak $",
    "signs among grace notes": "{.g}A",
    "of several chords": '"Am""G"A',
    "the sign !segno! is drawn": "!segno!A",
    "clefs": "K:C bass",
}


@pytest.mark.parametrize(
    ("music", "remarks"),
    [
        ("!slide!AB!slide!c", ["the sign !slide! is left out"]),
        (
            "!shortphrase!AJBpc",
            ["the sign !shortphrase! is left out", "the sign J is left out", "the sign p is left out"],
        ),
        ("!arpeggio!A!arpeggio![CE]", ["a sign !arpeggio! at a single note is left out"]),
        (".zHz!f!z!trill(!z", ["a sign !staccato! at a rest is left out", "a sign !trill(! at a rest is left out"]),
        ("A!fermata!|B", ["a sign !fermata! above a bar line is left out"]),
        ("!<(!A!<(!B!<)!c", ["a sign !crescendo(! without its end !crescendo)! is left out"]),
        ("!<(!A", ["a sign !crescendo(! without its end !crescendo)! is left out"]),
        ("A!>)!B", ["a sign !diminuendo)! without its start !diminuendo(! is left out"]),
        ("!<(!AB!<)!|", []),
        ('AB"C"|', ["signs, texts and chords after the last note are left out"]),
        ("U:J slide", ["the sign 'J slide' is not of the form T = !trill!; it is left out"]),
    ],
)
def test_each_omitted_sign_gets_one_remark(music: str, remarks: list[str]) -> None:
    tune = tune_of(music)
    assert [remark.message for remark in tune.remarks] == remarks
    assert not tune.problems


def test_a_second_title_is_told() -> None:
    tune = parse("T:The Cat\nT:The Other Cat\nK:C\nA")
    assert [remark.message for remark in tune.remarks] == ["titles (T:) after the first are left out"]


def test_no_more_remarks_are_kept_than_problems() -> None:
    names = (f"!x{number}!A" for number in range(2 * limits.MAX_REPORTED_PROBLEMS))
    assert len(tune_of("".join(names)).remarks) == limits.MAX_REPORTED_PROBLEMS


@pytest.mark.parametrize(
    ("sign", "decorations", "texts"),
    [
        ("U:k = !trill!", ("trill",), ()),
        ("U:k=+fermata+", ("fermata",), ()),
        ("U: k = roll", ("roll",), ()),
        ('U:k="^here"', (), ("^here",)),
        ('U:k="here"', (), ("^here",)),
        ("U:k=!roll!\nU:k=!nil!", (), ()),
    ],
)
def test_a_sign_of_the_writers_own_is_read(sign: str, decorations: tuple[str, ...], texts: tuple[str, ...]) -> None:
    (note,) = parse(f"{sign}\nK:C\nkA").notes
    assert (note.decorations, note.texts) == (decorations, texts)


@pytest.mark.parametrize(("what", "text"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_a_harmless_omission_gets_one_remark(what: str, text: str) -> None:
    tune = tune_of(f"A\n{text}\n{text}")
    assert tune.problems == ()
    assert [remark.message.startswith(what) for remark in tune.remarks] == [True]
    assert tune.remarks[0].place.line == 6


@pytest.mark.parametrize("field", ["A:x", "N:x", "r:x", "R:jig", "Z:x", "+:x", "T:x", "% x", "[r:x]"])
def test_body_fields_irrelevant_to_the_music_are_skipped(field: str) -> None:
    tune = tune_of(f"A\n{field}\nB")
    assert tune.elements == tune_of("AB").elements
    assert (tune.problems, tune.remarks) == ((), ())


@pytest.mark.parametrize("field", ["P:B", "[P:B]"])
def test_a_part_begins_where_it_is_marked(field: str) -> None:
    tune = tune_of(f"A|\n{field}\n|:B:|")
    assert [type(element).__name__ for element in tune.elements] == ["Note", "BarLine", "PartStart", "Note", "BarLine"]
    assert [str(element) for element in tune.elements if isinstance(element, BarLine)] == ["|:", ":|"]
    assert (tune.problems, tune.remarks) == ((), ())


def test_an_unmarked_part_in_the_order_is_reported() -> None:
    assert parse("P:AA\nK:C\nP:A\nA|").remarks == ()
    (remark,) = parse("P:AAB\nK:C\nP:A\nA|").remarks
    assert "is left out, for no part is marked P:B" in remark.message


@pytest.mark.parametrize("order", ["AB)", "(AB", "A-B", "(3AB)", "A64B", "((A9)9)", "A99999", "Modern Version"])
def test_an_invalid_order_of_parts_is_reported(order: str) -> None:
    tune = parse(f"P:{order}\nK:C\nP:A\nA|")
    assert (tune.part_order, tune.problems) == ("", ())
    assert "the order of parts" in tune.remarks[0].message


def test_text_for_other_programs_is_no_music() -> None:
    assert len(tune_of("A\n%%begintext\nABC\n%%endps\nDEF\n%%endtext\nB").notes) == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_newlines_of_every_system_are_read_alike(newline: str) -> None:
    text = "\ufeffX:1\nT:T\nM:6/8\nK:D\nABc|\\\ndef|]\n"
    assert parse(text.replace("\n", newline)) == parse(text)
    assert parse(text.replace("\n", newline)).problems == ()


def test_files_of_an_older_encoding_are_read() -> None:
    text = 'T:Caf\u00e9 \u201cNoir\u201d\nK:C\n"Am"A'
    assert parse(decode(text.encode("cp1252"))) == parse(decode(text.encode("utf-8"))) == parse(text)


def test_text_pasted_from_a_web_page_parses_cleanly() -> None:
    tune = parse("X:1\nM:2/4\nK:D\u00a0mix\n\u201cD\u201dD2\u00a0F2|\u2009A2 d\u20192|]\u00a0")
    assert (tune.key, tune.notes[0].chord_symbol, tune.notes[3].pitches[0].octave) == (Key("D", "mix"), "D", 6)
    assert (tune.problems, tune.remarks) == ((), ())


# -- notes


@pytest.mark.parametrize(
    ("text", "pitch"),
    [
        ("C", Pitch("C", 4)),
        ("c", Pitch("C", 5)),
        ("c'", Pitch("C", 6)),
        ("C,,", Pitch("C", 2)),
        ("^f", Pitch("F", 5, 1)),
        ("__B", Pitch("B", 4, -2)),
        ("=e", Pitch("E", 5, 0)),
    ],
)
def test_a_written_pitch_is_read(text: str, pitch: Pitch) -> None:
    assert tune_of(text).notes[0].pitches == (pitch,)


def test_lengths_multiply_the_unit_length() -> None:
    assert lengths("A A2 A/ A/2 A// A3/2 A/3") == [1, 2, F(1, 2), F(1, 2), F(1, 4), F(3, 2), F(1, 3)]


def test_broken_rhythm_moves_the_dot() -> None:
    assert lengths("A>B c<d e>>f g<<a b>>>c") == [
        F(3, 2), F(1, 2), F(1, 2), F(3, 2), F(7, 4), F(1, 4), F(1, 4), F(7, 4), F(15, 8), F(1, 8),
    ]  # fmt: skip


def test_broken_rhythm_reaches_over_blanks_graces_and_fields() -> None:
    assert lengths("A > B c>{d}e f>[K:G]g") == [F(3, 2), F(1, 2)] * 3


def test_broken_rhythm_takes_in_rests_and_chords() -> None:
    tune = tune_of("[CE]>[DF] z<A")
    assert [8 * e.duration for e in tune.elements if isinstance(e, Note | Rest)] == [F(3, 2), F(1, 2), F(1, 2), F(3, 2)]


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("(2AB", [F(3, 2)] * 2),
        ("(3ABc", [F(2, 3)] * 3),
        ("(4ABcd", [F(3, 4)] * 4),
        ("(5ABcde", [F(2, 5)] * 5),
        ("(6ABcdef", [F(1, 3)] * 6),
        ("(7ABcdefg", [F(2, 7)] * 7),
        ("(8ABcdefga", [F(3, 8)] * 8),
        ("(9ABcdefgab", [F(2, 9)] * 9),
        ("(3:2ABc", [F(2, 3)] * 3),
        ("(3:2:ABc", [F(2, 3)] * 3),
        ("(3::ABc", [F(2, 3)] * 3),
        ("(3:4:ABc", [F(4, 3)] * 3),
        ("(3:2:2A2B c", [F(4, 3), F(2, 3), 1]),
        ("(3:4ABc", [F(4, 3)] * 3),
        ("(3::4ABcd", [F(2, 3)] * 4),
        ("(3A>Bc", [1, F(1, 3), F(2, 3)]),
        ("(10:8:10CDEFGABcde", [F(8, 10)] * 10),
        ("(11:8CDEFGABcdef", [F(8, 11)] * 11),
        ("(12:8:12CDEFGABcdefg", [F(2, 3)] * 12),
    ],
)
def test_tuplets_play_p_notes_in_time_of_q(music: str, expected: list[Fraction]) -> None:
    assert lengths(music) == expected


def test_ten_sixteenths_last_a_half_note() -> None:
    tune = tune_of("(10:8:10CDEFGABcde", unit="1/16")
    assert (len(tune.notes), sum(note.duration for note in tune.notes), tune.problems) == (10, F(1, 2), ())


@pytest.mark.parametrize(("p", "total"), [(5, 3), (7, 3), (9, 3), (2, 3), (3, 2)])
def test_odd_tuplets_last_three_units_in_compound_time(p: int, total: int) -> None:
    assert sum(lengths(f"({p}" + "A" * p, meter="6/8")) == total


def test_a_chord_length_multiplies_its_first_note() -> None:
    tune = tune_of("[C2E4G]3/2")
    assert [pitch.letter for pitch in tune.notes[0].pitches] == ["C", "E", "G"]
    assert tune.notes[0].duration == F(3, 8)


@pytest.mark.parametrize("chord", ["[C/64E/64]/63", "[C4999E]4999"])
def test_a_chord_of_impossible_length_is_refused(chord: str) -> None:
    assert "the lengths inside and after this chord" in messages(f"{chord}A", unit="1/64")[0]
    assert lengths(f"{chord}A") == [1]


def test_a_tie_holds_one_note_or_whole_chord() -> None:
    ties = [[pitch.tied for pitch in note.pitches] for note in tune_of("A- A [C-E]A [CE]- [CE]").notes]
    assert ties == [[True], [False], [True, False], [False], [True, True], [False, False]]


def test_what_stands_before_a_note_goes_with_it() -> None:
    note = tune_of('"Am"{gf}.~!trill!A').notes[0]
    assert (note.chord_symbol, note.decorations) == ("Am", (".", "~", "trill"))
    assert [grace.letter for grace in note.graces] == ["G", "F"]


def test_old_decorations_stand_between_plus_signs() -> None:
    tune = tune_of("+trill+A +invertedturnx+B")
    assert [note.decorations for note in tune.notes] == [("trill",), ("invertedturnx",)]
    assert not tune.problems
    assert tune_of("+ceg+").problems


def test_a_rest_takes_preceding_symbols_except_graces() -> None:
    tune = tune_of('"Am"!fermata!{g}z A "G"Z')
    rest, note, bar_rest = tune.elements
    assert isinstance(rest, Rest)
    assert isinstance(note, Note)
    assert isinstance(bar_rest, Rest)
    assert (rest.chord_symbol, rest.decorations, bar_rest.chord_symbol) == ("Am", ("fermata",), "G")
    assert (note.chord_symbol, note.decorations, len(note.graces)) == ("", (), 1)


def test_a_bar_line_decoration_skips_the_next_note() -> None:
    assert [note.decorations for note in tune_of("A!segno!|B|.c").notes] == [(), (), (".",)]


def test_a_grace_note_decoration_skips_the_main_note() -> None:
    assert tune_of("{.g}.A").notes[0].decorations == (".",)


def test_an_acciaccatura_is_told_from_other_graces() -> None:
    assert [note.slashed for note in tune_of("{/g}A {g}A {/}A A").notes] == [True, False, False, False]


def test_annotations_are_no_chord_symbols() -> None:
    assert [note.chord_symbol for note in tune_of('"^slowly"A "G"B').notes] == ["", "G"]


def test_all_notes_in_braces_are_grace_notes() -> None:
    tune = tune_of("A {a}{b}c {(3def}g {[ce]}d {a>b}e f")
    assert [len(note.graces) for note in tune.notes] == [0, 2, 3, 2, 2, 0]
    assert {note.duration for note in tune.notes} == {F(1, 8)}
    assert not tune.problems


def test_visible_invisible_and_whole_bar_rests_are_read() -> None:
    rests = [element for element in tune_of("z2 x|Z|[M:3/4]Z2").elements if isinstance(element, Rest)]
    assert [(rest.duration, rest.visible, rest.whole_bars) for rest in rests] == [
        (F(1, 4), True, 0), (F(1, 8), False, 0), (F(1), True, 1), (F(3, 2), True, 2),
    ]  # fmt: skip


def test_beams_decorative_line_breaks_and_continuations_change_nothing() -> None:
    plain = tune_of("ABcd|efga|").elements
    assert tune_of("A B`c!d|\\\ne$f g \\ % on we go\na|").elements == plain


# -- bars


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|", "|"), ("||", "||"), ("|]", "|]"), ("[|", "||"), ("[|]", "|"), ("|:", "|:"), (":|", ":|"), ("::", "::"),
        (":|:", "::"), (":||:", "::"), ("||:", "|:"), (":|]", ":|"), (".|", "|"), ("|||", "||"), ("||]", "|]"),
        ("|::", "|::"), ("::|", "::|"), ("::|::", "::|::"), (":|::", ":|::"), ("::::", "::|::"), ("|:::", "|:::"),
        (":|\n||", ":|"),
        ("|\n|:", "|:"), (":|\n|:", "::"), ("| ||", "||"),
    ],
)  # fmt: skip
def test_bar_lines_are_read_and_adjacent_ones_merged(text: str, expected: str) -> None:
    lines = [element for element in tune_of(f"A{text}A").elements if isinstance(element, BarLine)]
    assert list(map(str, lines)) == [expected]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("|1", (1,)),
        (":|2", (2,)),
        ("| [1", (1,)),
        ("[2", (2,)),
        ("[1,3", (1, 3)),
        ("[1-3", (1, 2, 3)),
        ("|1,1,1", (1,)),
    ],
)
def test_endings_are_read(text: str, numbers: tuple[int, ...]) -> None:
    assert [element.numbers for element in tune_of(f"A{text}A").elements if isinstance(element, Ending)] == [numbers]


# -- what is not good ABC


@pytest.mark.parametrize(
    ("music", "said"),
    [
        ("AB*", "line 5, column 3: '*' means nothing in ABC here"),
        ("A\nB(99c", "line 6, column 2: a tuplet has 2 to 9 notes, not 99"),
        ("(3AB|", "line 5, column 5: a tuplet ends 1 notes early"),
        ("(3AB", "line 5, column 5: a tuplet ends 1 notes early"),
        ("A>|", "line 5, column 2: broken rhythm needs a note on either side"),
        (">A", "line 5, column 1: > needs a note on either side"),
        ("Z>A", "line 5, column 2: > needs a note on either side"),
        ("A>>>>B", "line 5, column 2: broken rhythm has at most three > or <"),
        ("A>B2", "line 5, column 3: broken rhythm between notes of unequal length is undefined; it is left out"),
        ("A>(3BcdA", "line 5, column 5: broken rhythm between notes of unequal length is undefined; it is left out"),
        ("A(33:8B", "line 5, column 2: a tuplet has 2 to 32 notes, not 33"),
        ("A(10::8B", "line 5, column 2: a tuplet has 2 to 9 notes, not 10; one of 10 is written (10:q"),
        ("A(3:2:33B", "line 5, column 2: in a tuplet (p:q:r, q and r are at most 32"),
        ("-A", "line 5, column 1: a tie - follows no note"),
        (
            "CDEF|-FGAB|",
            "line 5, column 6: the tie - stands before its note; it belongs after the note that it holds, so the next"
            " one is struck again",
        ),
        ("[CE", "line 5, column 1: a chord [ is not closed"),
        ("A]", "line 5, column 2: a chord ] ends but holds no note"),
        ("[A|B", "line 5, column 3: a bar line stands inside a chord"),
        ("{a|B", "line 5, column 3: a bar line stands among grace notes"),
        ("{{a}B", "line 5, column 2: grace notes { open inside grace notes"),
        ("a}B", "line 5, column 2: grace notes end with } but did not start"),
        ("[CzE]", "line 5, column 3: a rest cannot stand inside a chord or among grace notes"),
        ("[CZE]", "line 5, column 3: a rest cannot stand inside a chord or among grace notes"),
        ("[A>B]", "line 5, column 3: broken rhythm > stands inside a chord"),
        ("V:1\nA|\nV:2\nB&c", "line 8, column 2: an overlay & in another voice than the first is left out"),
        ("&AB|", "line 5, column 1: an overlay & needs notes before it"),
        ("A&B&c&d&e&f|", "line 5, column 10: a bar has at most 4 overlays &"),
        ("A\nk:D", "line 6, column 2: ':' means nothing in ABC here"),
        ("[1-12A", "line 5, column 1: endings are numbered 1 to 9, not '1-12'"),
        ("Z500", "line 5, column 1: Z500 needs a meter and 1 to 400 bars"),
        ("^^^A", "line 5, column 1: the accidental '^^^' is none of _ __ = ^ ^^"),
        ("A[K:G\nB", "line 5, column 2: an inline field [ is not closed"),
        ("A[M:6/", "line 5, column 2: an inline field [ is not closed"),
        ('A"Am\nB', 'line 5, column 2: a chord symbol or a text " is not closed'),
        ("A^\nB", "line 5, column 2: '^' means nothing in ABC here"),
        ("A/65", "line 5, column 1: a note length is divided by at most 64, not 65"),
    ],
)
def test_a_fault_names_its_line_and_column(music: str, said: str) -> None:
    assert said in messages(music)


def test_what_is_good_around_a_fault_is_kept() -> None:
    tune = tune_of("A{b|c[D|E(0F>|G")
    assert [note.pitches[0].letter for note in tune.notes] == ["A", "C", "E", "F", "G"]


def test_at_most_fifty_problems_come_in_text_order() -> None:
    problems = tune_of("*A|" * 400).problems
    assert len(problems) == limits.MAX_REPORTED_PROBLEMS
    assert [problem.place.column for problem in problems[:3]] == [1, 4, 7]


def test_overlong_text_is_refused_before_parsing() -> None:
    with pytest.raises(AbcError, match="at most 20,000 characters, this one has 5,000,000"):
        parse("A" * 5_000_000)
    with pytest.raises(AbcError, match="at most 400 lines, this one has 401"):
        parse("\r" * 400)


def test_text_without_music_is_a_tune_without_notes() -> None:
    for text in ("", " \n\n", "X:1\nT:Nothing\nK:C\n", "% only a remark"):
        assert parse(text).notes == ()


def test_letters_of_an_unclosed_field_are_no_notes() -> None:
    assert [note.pitches[0].letter for note in tune_of("A[K:G\nB[r:abc").notes] == ["A", "B"]


# -- text that is not finished


def open_place(music: str, **header: str) -> OpenPlace:
    """Where a seed stops that is nothing worse than unfinished."""
    tune, place = parse_open(abc(music, **header).rstrip("\n"))
    assert tune.problems == ()
    return place


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("AB|c", {}),
        ("(3AB", {"tuplet_left": 1, "tuplet_ratio": F(2, 3)}),
        ("(3ABc", {}),
        ("(5:4:3", {"tuplet_left": 3, "tuplet_ratio": F(4, 5)}),
        ("A>", {"broken": True}),
        ("A<<", {"broken": True}),
        ("A>B", {}),
        ("[", {"chord": ()}),
        ("[C2^e", {"chord": (Pitch("C", 4), Pitch("E", 5, 1)), "chord_length": F(2)}),
        ("[CE]", {}),
        ("{gf", {"in_graces": True}),
        ('{gf} "Am"', {"has_graces": True}),
        ("(3A>[C", {"tuplet_left": 2, "tuplet_ratio": F(2, 3), "broken": True, "chord": (Pitch("C", 4),)}),
        ("[M:6/8][L:1/16]A", {"meter": Meter(6, 8), "unit": F(1, 16)}),
        ("A[K:G", {}),
        ("A[M:6/", {}),
        ('A"Am', {}),
        ("A^", {}),
        ("A__", {}),
        ("A:", {}),
        ("A-", {}),
        ("A(", {}),
        ("A|\nM:3/", {}),
    ],
)  # fmt: skip
def test_unfinished_text_gives_its_open_place_without_problems(music: str, expected: dict[str, object]) -> None:
    assert open_place(music) == OpenPlace(**{"meter": Meter(4, 4), "unit": F(1, 8), **expected})  # type: ignore[arg-type]


def test_an_unfinished_broken_rhythm_keeps_the_written_length() -> None:
    tune, _ = parse_open("L:1/8\nK:C\nB2A>")
    assert [note.duration for note in tune.notes] == [F(1, 4), F(1, 8)]


@pytest.mark.parametrize("text", ["", "M:6/8", "M:6/8\nL:1/", "X:1\nM:6/8\nK:"])
def test_text_that_stops_in_its_header_parses_cleanly(text: str) -> None:
    tune, place = parse_open(text)
    assert tune.problems == ()
    assert place == OpenPlace(tune.meter, tune.unit)


@pytest.mark.parametrize("music", ["(3AB|", "A>|", "[CE|", "{g|", "A[K:G\n", "A^\n", 'A"Am\n', "A[K:G\nB"])
def test_symbols_cut_off_by_a_line_are_problems(music: str) -> None:
    assert len(parse_open(abc("") + music)[0].problems) == 1


def test_unfinished_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(AbcError, match="at most 20,000 characters"):
        parse_open("A" * 20_001)


@given(MUSIC, st.floats(0, 1))
def test_a_tune_cut_off_anywhere_is_still_read(music: str, place: float) -> None:
    whole, text = tune_of(music), abc(music)
    opened, _ = parse_open(text[: int(place * len(text))])
    assert len(opened.notes) <= len(whole.notes)
    assert {str(problem) for problem in opened.problems} <= {str(problem) for problem in whole.problems}


@given(ANY_TEXT)
def test_any_text_parses_within_the_limits(text: str) -> None:
    check_limits(text)


@given(MUSIC, st.lists(st.tuples(st.floats(0, 1), st.sampled_from([*SIGNS, ""])), min_size=1, max_size=6))
def test_damaged_abc_does_not_raise(music: str, damage: list[tuple[float, str]]) -> None:
    text = abc(music)
    for place, sign in damage:
        index = int(place * len(text))
        text = text[:index] + sign + text[index + 1 :]
    check_limits(text)


def test_damaged_training_tunes_do_not_raise() -> None:
    for number, raw in enumerate(read_tunes(("airdsAirs",))):
        if number % 40 == 0:
            for cut in range(0, len(raw.text), 97):
                check_limits(raw.text[:cut] + SIGNS[cut % len(SIGNS)] + raw.text[cut + 2 :])


def check_limits(text: str) -> None:
    try:
        tune = parse(text)
    except AbcError:
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert len(tune.problems) <= limits.MAX_REPORTED_PROBLEMS
    assert all(1 <= problem.place.line <= len(lines) for problem in tune.problems)
    for element in tune.elements:
        if isinstance(element, Note):
            assert 0 < element.duration < 2 * limits.MAX_NOTE_LENGTH
            assert 1 <= len(element.pitches) <= limits.MAX_CHORD_NOTES
        elif isinstance(element, Rest):
            assert element.duration > 0
        elif isinstance(element, Ending):
            assert 1 <= len(element.numbers) <= limits.MAX_ENDING


# -- books


def test_a_book_splits_into_tunes_without_its_preface() -> None:
    assert list(split_book("% a book\nX:1\nK:C\nA\n\nX:2\r\nK:D\rB")) == ["X:1\nK:C\nA\n\n", "X:2\nK:D\nB"]


def test_a_text_without_a_number_is_one_tune() -> None:
    assert list(split_book("K:C\nA")) == ["K:C\nA"]

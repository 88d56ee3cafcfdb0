"""Tunes written as ABC: for people, for the model, and canonical music in lines."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn import limits
from charrnn.corpus.collection import Corpus
from charrnn.corpus.sources import read_tunes
from charrnn.notation.reading.book import split_book
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Note, Pitch, Place, Tempo, Tune
from charrnn.notation.writing.layout import is_typed
from charrnn.notation.writing.spelling import spell_tempo
from charrnn.notation.writing.writer import canonical, readable, with_layout
from tests.fuzz.targets import check_canonical, check_readable
from tests.support.tunes import ANY_TEXT, KEYS, MUSIC, SIGNS, abc, tune_of


def music(text: str, **header: str) -> str:
    """Readable music, without its header."""
    return readable(tune_of(text, **header)).partition("K:")[2].partition("\n")[2]


# -- for people


def test_a_jig_is_written_as_people_write_it() -> None:
    text = "X:7\nT:The Cat\nR:jig\nM:6/8\nL:1/8\nQ:3/8=110\nK:Ador\n"
    jig = "E|ABc def|g2f e2d|cBA GAB|A3 A2E|\nABc def|g2f e2d|cBA GAB|A3 A2:|\n"
    second = "|:e|aba g2e|dBG GBd|1 cBA GAB|A3 A2:|2 cBA GAB|A3 A2|]"
    assert readable(parse(text + (jig + second).replace(" ", "").replace("\n", ""))) == text + jig + second


def test_slurs_are_kept() -> None:
    text = '("Am"(A)B>c)[EG]|((3(ABc)d-|d)'
    tune = tune_of(text)
    assert [(note.slurs_begin, note.slurs_end) for note in tune.notes] == [
        *((2, 1), (0, 0), (0, 1), (0, 0), (2, 0), (0, 0), (0, 1), (0, 0), (0, 1)),
    ]
    assert music(text) == '(("Am"A)B>c)[EG]|(3((ABc)d-|d)'
    assert parse(readable(tune)) == tune


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("A)B", "a slur that ends, ), but did not begin is left out"),
        ("(AB", "a slur that is not closed, (, is left out"),
        ("{(gf)}A", "slurs from one grace note to another are left out"),
        ("(((((AB)))))", "more than 4 slurs that begin at one note are left out"),
    ],
)
def test_a_slur_that_is_not_read_is_told(text: str, remark: str) -> None:
    tune = tune_of(text)
    assert remark in [one.message for one in tune.remarks]
    assert not tune.problems


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("CDE|\nw:a b-c", "CDE|\nw:a b- c"),
        ("CDE|\nw:a--b", "CDE|\nw:a- - b"),
        ("CDE|\nw:a_*", "CDE|\nw:a _"),
        ("CzD|E|\nw:a|b", "CzD|E|\nw:a * b"),
        ("CD|E|\nw:*\nw:* * a~b\\-c", "CD|E|\nw:\nw:* * a~b\\-c"),
        ("C-C[CE]|\nw: :a \\_ b", "C-C[CE]|\nw: :a \\_ b"),
        ("CD\\\nE|\nw:a b c", "CDE|\nw:a b c"),
        ("CD|\nW:Then|\nW:\nW:100% more", "CD|\nW:Then|\nW:\nW:100"),
    ],
)
def test_words_are_kept(text: str, written: str) -> None:
    tune = tune_of(text, meter="3/8")
    assert music(text, meter="3/8") == written
    assert parse(readable(tune)) == tune
    assert not tune.remarks


def test_words_stand_under_the_notes_of_their_line() -> None:
    tune = tune_of("CDEF|\nw:a b c d\nGABc|\nw:e f g h\nw:i j k l")
    assert [[one.text for one in note.words] for note in tune.notes] == [
        *(["a"], ["b"], ["c"], ["d"], ["e", "i"], ["f", "j"], ["g", "k"], ["h", "l"]),
    ]


@pytest.mark.parametrize("text", ["w:la\nCD|", "CD|\nw:la la la"])
def test_words_without_notes_are_told(text: str) -> None:
    remarks = [remark.message for remark in tune_of(text).remarks]
    assert remarks == ["words (w:) that go beyond the notes of their line are left out"]


@pytest.mark.parametrize(
    ("tempo", "written"),
    [
        ('"Allegro" 1/4=120', '"Allegro" 1/4=120'),
        ('1/4=120 "con  brio"', '"con brio" 1/4=120'),
        ('"Andante"', '"Andante"'),
        ('"50\\% [x]" 120', '"50 x" 1/8=120'),
    ],
)
def test_words_of_the_tempo_are_kept(tempo: str, written: str) -> None:
    tune = parse(f"Q:{tempo}\nK:C\nA8|[Q:{written}]B8|")
    assert f"\nQ:{written}\n" in readable(tune)
    assert parse(readable(tune)) == tune


def test_texts_beside_notes_are_kept() -> None:
    text = '"Am""^up""_down"A4 "@3,2 here"z4|'
    assert music(text) == text
    assert parse(readable(tune_of(text))) == tune_of(text)


def test_part_labels_are_kept() -> None:
    tune = parse("K:C\nP:A\nA8|B8||\nP:B (again)\nc8|[P:]d8|]")
    assert readable(tune).partition("K:C\n")[2] == "[P:A]A8|B8||\n[P:B (again)]c8|[P:]d8|]"
    assert parse(readable(tune)) == tune


def test_composer_and_origin_are_kept() -> None:
    tune = parse("T:The Cat\nC:A. Fiddler\nC:arr. B. Piper\nO:Ireland\nK:C\nA8|]")
    assert (tune.composer, tune.origin) == ("A. Fiddler; arr. B. Piper", "Ireland")
    assert readable(tune).startswith("X:1\nT:The Cat\nC:A. Fiddler; arr. B. Piper\nO:Ireland\nM:4/4\n")
    assert parse(readable(tune)) == tune


def test_only_header_fields_with_values_are_written() -> None:
    assert readable(parse("K:C\nA")) == "X:1\nM:4/4\nL:1/8\nK:C\nA"


@pytest.mark.parametrize(
    ("meter", "written"),
    [
        ("6/8", "ABc def|A2B c2d|A3 A3|A4AB|"),
        ("9/8", "ABc def gab|A2B c2d e3|"),
        ("12/8", "ABc def gab ABc|"),
        ("2/4", "AB cd|A/B/c/d/ e>f|(3ABc d2|"),
        ("3/4", "AB cd ef|A2 B2 c2|A4 B2|A>B cd ef|A3B cd|"),
        ("4/4", "ABcd efga|A2Bc d4|A>B cd efga|A/B/c de fgab|(3ABc de fgab|A2Bc d2ef|"),
        ("2/2", "ABcd efga|"),
        ("3/8", "ABc|A2B|"),
    ],
)
def test_notes_are_grouped_by_the_meter(meter: str, written: str) -> None:
    lines = [f"{bar}|" for bar in written.rstrip("|").split("|")]
    for line in lines:
        assert music(line.replace(" ", ""), meter=meter) == line


def test_a_pick_up_is_grouped_towards_its_bar() -> None:
    assert music("ABc|defg abcd|") == "ABc|defg abcd|"
    assert music("AGABc|defg abcd|") == "A GABc|defg abcd|"
    assert music("A/c3/d/|B8|") == "A/ c>d|B8|"
    assert music("B8|A/c3/d/|") == music("B8|A/c3/d/|]").replace("|]", "|") == "B8|A<c d/|"


def test_a_change_of_meter_changes_the_groups() -> None:
    assert music("ABcdef|[M:6/8]ABcdef|", meter="3/4") == "AB cd ef|[M:6/8]ABc def|"


def test_groups_never_split_tuplets_or_broken_rhythm() -> None:
    assert music("A2(5Bcdefg|", meter="6/8") == "A2(5Bcdefg|"
    assert music("AB>cd|", meter="2/4") == "AB>cd|"


def test_lines_hold_four_bars_of_one_section() -> None:
    eight = "A8|B8|c8|d8|e8|f8|g8|"
    assert music(f"|:{eight}a8:|{eight}a8|]") == ("|:A8|B8|c8|d8|\ne8|f8|g8|a8:|\nA8|B8|c8|d8|\ne8|f8|g8|a8|]")
    assert music("|:A8|B8::c8|d8:|") == "|:A8|B8:|\n|:c8|d8:|"
    assert music("A8|B8|:c8|d8:|") == "A8|B8|\n|:c8|d8:|"
    assert music("A8|B8||c8|d8|]") == "A8|B8||\nc8|d8|]"


def test_pick_ups_and_endings_stay_with_their_bars() -> None:
    assert music("A|:B8|c7A:|") == "A|:B8|c7A:|"
    assert music("|:A8|B8|c8|1d8:|2e8||f8|]") == "|:A8|B8|c8|1 d8:|2 e8||\nf8|]"
    assert music("A8|:[1B8:|[2c8|]") == "A8|:[1 B8:|2 c8|]"


def test_graces_chords_and_decorations_precede_their_note() -> None:
    text = '{/gf}"Am"~!trill!.A4 "G"!fermata!z4|'
    assert music('!trill!"x"A4|') == '"x"!trill!A4|'
    assert music(text) == text
    assert music("+trill+A4 TB4|") == "!trill!A4 TB4|"


@pytest.mark.parametrize(
    ("written", "shortest"),
    [
        ("A3/2B1/2", "A>B"),
        ("A/B3/", "A<B"),
        ("A7/4B/4", "A>>B"),
        ("A15/8B/8", "A>>>B"),
        ("A2>B2", "A3B"),
        ("A4>B4", "A6B2"),
        ("A/>B/", "A/>B/"),
        ("A3/4B/4", "A/>B/"),
        ("[CE]3/2z/", "[CE]>z"),
        ("A3/2-A/", "A->A"),
        ("A/B/c3/2d/", "A/B/c>d"),
        ("A/B/c/d/e/f3/g/a/", "A/B/c/d/e<fg/a/"),
        ("A/|B8|", "A/|B8|"),
        ("A/c3/d/e3/d/|B8|", "A/c>de>d|B8|"),
        ("A3/[K:G]B/", "A3/[K:G]B/"),
        ("(3A3/B/c", "(3A>Bc"),
        ("(3ABc", "(3ABc"),
        ("(3:2:3ABc", "(3ABc"),
        ("(3:2:4ABcd", "(3::4ABcd"),
        ("(3:4:3ABc", "(3:4ABc"),
        ("(3:4:2AB", "(3:4:2AB"),
        ("(10:2:10" + "A" * 10, "(10:2" + "A" * 10),
        ("(12:8:2AB", "(12:8:2AB"),
        ("(5:2:5ABcde", "(5ABcde"),
        ("[C2E2]2[CE]4", "[CE]4[CE]4"),
        ("[C-E-]2[C-E]2", "[CE]2-[C-E]2"),
        ("A//B/4c1d2/4e4/2", "A/4B/4cd/e2"),
        ("A,'B,,c''", "AB,,c''"),
        ("Z1Z3X1X3x2", "ZZ3XX3x2"),
        ("[K:D Mixolydian][M:C|][L:2/32][Q:2/8 1/4=60]A", "[K:Dmix][M:C|][L:1/16][Q:1/2=60]A"),
        ("!.!A!T!B+trill+c", ".ATB!trill!c"),
    ],
)
def test_each_element_is_written_in_its_shortest_way(written: str, shortest: str) -> None:
    assert music(written).replace(" ", "") == shortest.replace(" ", "")


@pytest.mark.parametrize(
    "written",
    ["A/64>>>B/64", "A/64>>>B/64>c/512", "(3[L:1/64]A/64>>>(9:1:2B/64c", "A128>B128", "(3:|A", "[C/8E/8]/8-[CE]"],
)
def test_durations_without_a_plain_spelling_round_trip(written: str) -> None:
    tune = tune_of(written)
    assert tune.elements
    assert parse(readable(tune)) == tune


@pytest.mark.parametrize(
    "title",
    ["|:A", ":|", "100% wool", "\\%", "%", "\\", "T:x", "X:2", "a\nK:D", "a\r\nB", '"', "\u2028\x0b\x85", "t" * 300],
)
def test_any_title_stays_on_its_line(title: str) -> None:
    tune = replace(tune_of("AB|"), title=title, rhythm=title, number=title)
    again = parse(readable(tune))
    assert again.title == again.rhythm == re.sub(r"[\r\n]", " ", title)[: limits.MAX_FIELD_CHARACTERS].strip()
    assert again.elements == tune.elements
    assert not again.problems


@pytest.mark.parametrize("symbol", ['"', 'A"B', "a\nb", "%", "|", "[K:D]", "!", "\r"])
def test_any_chord_symbol_or_decoration_stays_enclosed(symbol: str) -> None:
    note = Note((Pitch("A", 4),), Fraction(1, 8), Place(1, 1), chord_symbol=symbol, decorations=(symbol,))
    again = parse(readable(Tune((note,))))
    assert [element.pitches for element in again.elements if isinstance(element, Note)] == [note.pitches]
    assert not again.problems


def test_a_layout_beyond_the_limits_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ABC_CHARACTERS", limits.MAX_ABC_CHARACTERS // 10)  # the same with less work
    monkeypatch.setattr(limits, "MAX_ABC_LINES", limits.MAX_ABC_LINES // 10)
    for text in ("A|" * 980, "A" * 1_970, "A:|" * 600):
        tune = parse(text)
        written = readable(tune)
        assert " " not in written.split("\n")[-2]
        assert written.count("\n") < limits.MAX_ABC_LINES
        assert parse(written) == tune


def test_music_starting_a_line_is_no_field() -> None:
    tune = tune_of("|:A8|B8:|\nX:|c8|]")
    assert "\nX:|" in readable(tune)
    assert list(split_book(readable(tune))) == [readable(tune)]
    assert parse(readable(tune)) == tune


@given(MUSIC, KEYS)
def test_a_written_tune_reads_back_unchanged(written: str, key: str) -> None:
    check_readable(tune_of(written, key))


@given(MUSIC, st.lists(st.tuples(st.floats(0, 1), st.sampled_from([*SIGNS, ""])), min_size=1, max_size=6))
def test_a_damaged_tune_reads_back_unchanged(written: str, damage: list[tuple[float, str]]) -> None:
    text = abc(written)
    for place, sign in damage:
        index = int(place * len(text))
        text = text[:index] + sign + text[index + 1 :]
    check_readable(parse(text))
    check_canonical(parse(text))


@given(ANY_TEXT)
def test_any_parsed_text_reads_back_unchanged(text: str) -> None:
    check_readable(parse(text))
    check_canonical(parse(text))


def test_tunes_of_the_training_music_are_read_back() -> None:
    for raw in [raw for number, raw in enumerate(read_tunes()) if number % 100 == 0]:
        check_readable(parse(raw.text))


FULL = r"""X:1
T:Caf\'e
C:B\'ela
Q:"Tr\`es vite & br&auml;v" 1/4=100
U:T=!trill!
U:u="_a&eacute;"
M:4/4
L:1/8
P:AB
K:C
P:A
|::"^na&quot; \\x""C"(Tu[DG]EFG) GABc|"_x\%y"d2 !f!c2 B2 A2::|
w: a b~c \'e-\~n * _ d|e&eacute; x\-y
w: zwei
P:B
|:!D.C.!G8|1A8|2B8|]
W:Am\'en 100\%
W: more
V:2
|::C8|TC8::|
|:C8|1C8|2C8|]
w:one two
"""


def test_all_that_a_tune_holds_is_written_back() -> None:
    tune = parse(FULL)
    assert parse(readable(tune)) == tune
    assert (tune.title, tune.composer, tune.words) == ("Café", "Béla", ("Amén 100%", "more"))
    assert spell_tempo(tune.tempo or Tempo(Fraction(1), 1)) == '"Très vite & bräv" 1/4=100'
    assert tune.notes[0].texts == ('^na" \\x', "_aé")
    sung = [note.words[0].text for note in tune.notes if note.words]
    assert sung == ["a", "b c", "é", "ñ", "", "d", "eé", "x-y"]
    assert [note.decorations for note in tune.voices[0].elements if isinstance(note, Note)][1] == ("trill",)


def test_words_stand_under_each_voice() -> None:
    tune = tune_of("V:1\nCD|\nw:a b\nV:2\nEF|\nw:c d\nV:1\nGA|]\nw:e f\nV:2\nGG|]", meter="2/4", unit="1/4")
    assert [note.words[0].text for note in tune.notes] == list("abef")
    assert parse(readable(tune)) == tune


def test_completing_endings_keeps_blanks_and_lines() -> None:
    tune = tune_of("|:AB cd|1 ef ga|2 AB cd|]\nef|")
    read = tune_of("|:AB cd|1 ef ga:|2 AB cd|]\nef|")
    assert tune.elements == read.elements
    assert tune.layout == read.layout


# -- for the model


@given(MUSIC, KEYS)
def test_canonical_abc_is_a_faithful_fixed_point(written: str, key: str) -> None:
    check_canonical(tune_of(written, key))


# -- music that is written already


def laid_out(music: str, seed: str = "", header: str = "M:2/4\nL:1/8\nK:C\n") -> str:
    start = header + seed
    return with_layout(start + music, len(start)).removeprefix(header)


def test_groups_of_notes_have_blanks_between_them() -> None:
    assert laid_out("GA|cdef|g2(3agf|e/d/c/B/A>B|]") == "GA|cd ef|g2 (3agf|e/d/c/B/ A>B|]"


def test_four_full_bars_stand_on_a_line() -> None:
    assert laid_out("A|c2d2|e2f2|g2a2|A2B2|c2d2|e3|]") == "A|c2 d2|e2 f2|g2 a2|A2 B2|\nc2 d2|e3|]"


def test_a_section_starts_a_line_of_its_own() -> None:
    assert laid_out("|:A4|c4:|e4|f4|]") == "|:A4|c4:|\ne4|f4|]"
    assert laid_out("|:A4|c4::e4|f4:|") == "|:A4|c4:|\n|:e4|f4:|"


def test_an_ending_stays_beside_its_bar_line() -> None:
    assert laid_out("|:A4|c4|e4|1g2a2:|2A4|]") == "|:A4|c4|e4|1 g2 a2:|2 A4|]"


def test_a_seed_stays_as_it_was_typed() -> None:
    assert laid_out("ef|gagf|e4|]", seed="|:c d") == "|:c d ef|ga gf|e4|]"
    assert laid_out("A4|B4|c4|d4|]", seed="c4|d4|e4|\nf4|") == "c4|d4|e4|\nf4|A4|B4|c4|\nd4|]"


def test_music_that_has_not_begun_has_no_layout() -> None:
    assert laid_out("") == ""


@given(MUSIC, KEYS)
def test_what_is_laid_out_is_what_people_read(written: str, key: str) -> None:
    text = canonical(tune_of(written, key)).rstrip("\n")
    begin = len(text.rpartition("\n")[0]) + 1
    assert parse(with_layout(text, begin)).elements == parse(text).elements


def test_tunes_are_laid_out_as_readable_writes_them(corpus: Corpus) -> None:
    for tune in corpus.tunes:
        laid_out = with_layout(tune.text.rstrip("\n"), len(tune.header))
        assert laid_out.removeprefix(tune.header) == readable(tune.parsed).rpartition("\nK:")[2].partition("\n")[2]
        assert not is_typed(parse(laid_out))

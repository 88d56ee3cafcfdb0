"""Transposition along the circle of fifths: by ear, an interval; on paper, exact spelling."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from charrnn.notation.keys import Key, parse_key
from charrnn.notation.reading.parser import parse
from charrnn.notation.transpose import transpose_key, transpose_music, transpose_text
from charrnn.notation.writing.writer import canonical_music, readable
from charrnn.render.playing.performance import perform, sounding_pitches
from tests.support.tunes import KEYS, MUSIC, abc

FIFTHS = st.integers(-5, 5)
WHOLE = """X:1
T:The Cat
C:A. Fiddler
O:Ireland
M:C|
L:1/8
Q:"Allegro" 1/2=90
U:k=!trill!
K:G
(G2 B>d) !<(!kg2!<)! dB|"^slow"c4- c4|]
w:A cat_ went * out-side
w:2.~And in
W:And home
"""
# Semitones by the nearer way round, as counted on a keyboard: C to G is five down, C to D two up ...
INTERVALS = {-5: 1, -4: -4, -3: 3, -2: -2, -1: 5, 0: 0, 1: -5, 2: 2, 3: -3, 4: 4, 5: -1}


@pytest.mark.parametrize(
    ("music", "key", "fifths", "expected"),
    [
        ("CDEF|", "C", 2, "DEFG|"),
        ("CDEF|", "C", 1, "G,A,B,C|"),
        ("^F_B=c", "C", 2, "^G=c=d"),
        ("=c", "D", -2, "_B"),
        ("b'2", "G", 2, "c''2"),
        ("C,>E,", "C", -1, "F,>A,"),
        ("[CE]2(3ABc|1z:|2Z|]", "C", 2, "[DF]2(3Bcd|1z:|2Z|]"),
        ("C[K:Am]C[M:3/4]", "C", 2, "D[K:Bm]D[M:3/4]"),
    ],
)
def test_music_is_moved(music: str, key: str, fifths: int, expected: str) -> None:
    assert transpose_music(music, parse_key(key), fifths) == expected


@pytest.mark.parametrize(
    ("key", "fifths", "expected"),
    [
        ("C", 1, "G"),
        ("Ador", -2, "Gdor"),
        ("F#m", 3, "D#m"),
        ("Bb", -5, "Cb"),
        ("Fmix", 1, "Cmix"),
        ("Dphr ^f", 7, "D#phr ^^f"),
        ("Dphr ^f", -1, "Gphr =b"),
        ("Dphr ^f", 5, "C#phr ^e"),
        ("D ^g", 1, "A ^d"),
        ("C ^F _B", 2, "D ^G =C"),
        ("D exp _b _e ^f", 2, "E exp ^g"),
        ("D exp _b _e ^f", -2, "C exp _a _d _b"),
        ("HP", 0, "HP"),
    ],
)
def test_a_key_keeps_its_mode(key: str, fifths: int, expected: str) -> None:
    assert str(transpose_key(parse_key(key), fifths)) == expected


@pytest.mark.parametrize(
    ("key", "fifths", "said"), [("A", 5, "more than 7"), ("HP", 1, "no transposition"), ("C ^^f", 7, "triple")]
)
def test_a_key_that_cannot_be_moved_says_so(key: str, fifths: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        transpose_key(parse_key(key), fifths)


@pytest.mark.parametrize(
    ("music", "fifths", "said"),
    [
        ("__F", -5, "triple"),
        ("^^^F", 1, "accidental"),
        ("^C,,,,,2", 1, r"the note \^C,,,,, would be too low to be written; a note has at most 5 octave marks"),
        ("b'''''", 2, "the note b''''' would be too high to be written"),
    ],
)
def test_a_note_that_cannot_be_spelled_says_so(music: str, fifths: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        transpose_music(music, Key("C"), fifths)


@pytest.mark.parametrize(
    ("symbol", "moved"),
    [
        ("Dm(Gm)", "Em(Am)"),
        ("F/a", "G/b"),
        ("D7/f#", "E7/g#"),
        ("B♭", "C"),
        ("A♭m", "B♭m"),
        ("C-7", "D-7"),
        ("A7sus4/E", "B7sus4/F#"),
        ("C7alt", "D7alt"),
        ("G D", "A E"),
        (" Am ", " Bm "),
        ("N.C.", "N.C."),
        ("Fine", "Fine"),
        ("Bridge", "Bridge"),
        ("Coda", "Coda"),
        ("A part", "A part"),
        ("^Am", "^Am"),
    ],
)
def test_chord_symbols_move_and_words_stay(symbol: str, moved: str) -> None:
    assert transpose_music(f'"{symbol}"D', parse_key("Dm"), 2) == f'"{moved}"E'


@pytest.mark.parametrize("text", ["D exp _b _e ^f", "Dphr ^f", "C ^F _B", "Am ^g", "G exp", "A exp =c __b"])
def test_keys_move_there_and_back(text: str) -> None:
    key = parse_key(text)
    for fifths in range(-3, 4):
        back = transpose_key(transpose_key(key, fifths), -fifths)
        assert (back.tonic, back.mode) == (key.tonic, key.mode)
        assert [back.alteration(letter) for letter in "ABCDEFG"] == [key.alteration(letter) for letter in "ABCDEFG"]


@given(MUSIC, KEYS | st.sampled_from(["Dphr ^f", "D exp _b _e ^f", "C ^F _B"]), FIFTHS)
def test_transposing_moves_every_note_there_and_back(written: str, key_text: str, fifths: int) -> None:
    tune = parse(abc(written, key_text))
    assume(not tune.problems)
    music, key = canonical_music(tune), tune.key
    try:
        moved_key, moved = transpose_key(key, fifths), transpose_music(music, key, fifths)
    except ValueError:
        assume(False)
    assert heard(moved, moved_key) == [pitch + INTERVALS[fifths] for pitch in heard(music, key)]
    back = transpose_key(moved_key, -fifths)
    assert (back.tonic, back.mode) == (key.tonic, key.mode)
    assert transpose_music(moved, moved_key, -fifths) == music


def heard(music: str, key: Key) -> list[int]:
    found = sounding_pitches(parse(f"K:{key}\n{music}"))
    return [pitch for index in sorted(found) for pitch in found[index]]


def test_transposing_changes_only_the_pitches() -> None:
    moved = transpose_text(WHOLE, 2)
    assert transpose_text(moved, -2) == WHOLE
    before, after = parse(WHOLE), parse(moved)
    for name in ("title", "composer", "origin", "meter", "tempo", "words", "layout", "remarks"):
        assert getattr(after, name) == getattr(before, name), name
    assert [(n.decorations, n.slurs_begin, n.slurs_end, n.words, n.texts) for n in after.notes] == [
        (n.decorations, n.slurs_begin, n.slurs_end, n.words, n.texts) for n in before.notes
    ]
    assert parse(readable(after)) == after


def test_voices_parts_and_jumps_move_along() -> None:
    text = (
        'X:1\nM:4/4\nL:1/8\nP:ABA\nK:G\nV:1\nP:A\n|:"G""slow"GABc d4 & B8|1c8:|2!fine!B8|\nP:B\n[K:Em]e8|!D.C.!f8|]\n'
        "V:2\nG8|F8|D8|[K:Em]E8|^D8|]\n"
    )
    moved = transpose_text(text, 2)
    assert transpose_text(moved, -2) == text
    before, after = perform(parse(text)), perform(parse(moved))
    assert len(before.beside) > 5
    assert before.problems == after.problems == ()
    for name in ("notes", "beside"):
        events = zip(getattr(before, name), getattr(after, name), strict=True)
        assert all(new.pitch == old.pitch + INTERVALS[2] and new.onset == old.onset for old, new in events)
    assert parse(readable(parse(moved))) == parse(moved)

"""Chord symbols: what they are read as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn import limits
from charrnn.notation.chord_symbols import read_chord, transposed_chord
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.notation.writing.writer import readable
from charrnn.render.harmony.chord import Chord, is_harmony, parse_chord
from tests.support.tunes import tune_of


def symbols(tune: Tune) -> list[str]:
    """The chord symbol of each note, in the order of the text."""
    return [note.chord_symbol for note in tune.notes]


# Semitones above the root, as chord books spell them.
TYPES = {
    "": "0 4 7", "m": "0 3 7", "-": "0 3 7", "min": "0 3 7", "maj": "0 4 7", "M": "0 4 7",
    "5": "0 7", "6": "0 4 7 9", "m6": "0 3 7 9", "6/9": "0 4 7 9 14", "69": "0 4 7 9 14",
    "7": "0 4 7 10", "m7": "0 3 7 10", "-7": "0 3 7 10", "maj7": "0 4 7 11", "M7": "0 4 7 11", "7M": "0 4 7 11",
    "Δ": "0 4 7 11", "m(maj7)": "0 3 7 11", "mM7": "0 3 7 11", "9": "0 4 7 10 14", "maj9": "0 4 7 11 14",
    "m9": "0 3 7 10 14", "11": "0 4 7 10 14 17", "13": "0 4 7 10 14 17 21",
    "dim": "0 3 6", "o": "0 3 6", "°": "0 3 6", "dim7": "0 3 6 9", "°7": "0 3 6 9", "m7b5": "0 3 6 10",
    "m7♭5": "0 3 6 10", "ø": "0 3 6 10", "m7(b5)": "0 3 6 10", "aug": "0 4 8", "+": "0 4 8", "+7": "0 4 8 10",
    "7#5": "0 4 8 10", "7+": "0 4 8 10", "-5": "0 4 6", "sus": "0 5 7", "sus4": "0 5 7", "sus2": "0 2 7",
    "7sus4": "0 5 7 10", "9sus4": "0 5 7 10 14", "add9": "0 4 7 14", "m(add9)": "0 3 7 14", "add2": "0 2 4 7",
    "7b9": "0 4 7 10 13", "7(b9,#11)": "0 4 7 10 13 18", "7#9": "0 4 7 10 15", "7no3": "0 7 10",
}  # fmt: skip


@pytest.mark.parametrize(("suffix", "intervals"), TYPES.items(), ids=TYPES)
def test_every_type_has_its_tones(suffix: str, intervals: str) -> None:
    symbol = read_chord(f"Eb{suffix}")
    assert symbol is not None
    assert (symbol.root, sorted(semitones for _, semitones in symbol.tones)) == ("Eb", [*map(int, intervals.split())])
    assert symbol.tones[0] == (1, 0)


@pytest.mark.parametrize(
    ("symbol", "chord"),
    [
        ("C", Chord(0, (0, 4, 7), 0, 7)),
        ("F#m", Chord(6, (6, 9, 1), 6, 1)),
        ("F♯m", Chord(6, (6, 9, 1), 6, 1)),
        ("Bb7", Chord(10, (10, 2, 5, 8), 10, 5)),
        ("B♭7", Chord(10, (10, 2, 5, 8), 10, 5)),
        ("Bdim", Chord(11, (11, 2, 5), 11, 5)),
        ("Asus4", Chord(9, (9, 2, 4), 9, 4)),
        ("D/F#", Chord(2, (2, 6, 9), 6, 9)),
        ("D/f#", Chord(2, (2, 6, 9), 6, 9)),
        ("C6/9/e", Chord(0, (0, 4, 7, 9, 2), 4, 7)),
        ("G(Em)", Chord(7, (7, 11, 2), 7, 2)),
        ("G7/B (Em)", Chord(7, (7, 11, 2, 5), 11, 2)),
        ("A5", Chord(9, (9, 4), 9, 4)),
        ("C7(omit5)", Chord(0, (0, 4, 10), 0, 0)),
    ],
)
def test_a_symbol_is_a_chord(symbol: str, chord: Chord) -> None:
    assert parse_chord(symbol) == chord


WORDS = ["", "slowly", "H", "Fine", "Bridge", "Coda", "Dance", "Chorus", "D.C.", "D.S. al Fine", "A<script>", "A part"]
WORDS += ["Coda 2", "Bb clarinet", "C" * 100, "G" + 50 * " " + "(", "a", "6", "Add"]


@pytest.mark.parametrize("words", WORDS)
def test_words_are_no_chord(words: str) -> None:
    assert not is_harmony(words)
    assert parse_chord(words) is None
    assert transposed_chord(words, 2) == words


UNKNOWN = ["C7alt", "Am7x", "A1", "C/x", "Gm/h", "Bbb7", "em", "d7", "Hm", "G D", "G, D7/F#", "Am slowly", "Em(hold)"]


@pytest.mark.parametrize("symbol", UNKNOWN)
def test_a_chord_of_no_known_type_is_told(symbol: str) -> None:
    tune = tune_of(f'"C"c4 "{symbol}"d4|')
    assert [str(remark.message) for remark in tune.remarks] == [
        f'the chord "{symbol}" is not known, and no chord sounds from there to the next'
    ]
    assert not tune.problems


@pytest.mark.parametrize("symbol", [*(f"C{suffix}" for suffix in TYPES), *WORDS, "N.C."])
def test_known_chords_and_words_need_no_remark(symbol: str) -> None:
    assert tune_of(f'"{symbol}"c4|').remarks == ()


@pytest.mark.parametrize("texts", ['"G""Fine"', '"Fine""G"'])
def test_a_note_keeps_both_chord_and_words(texts: str) -> None:
    tune = tune_of(f"{texts}G8|")
    assert symbols(tune) == ["G"]
    assert [note.texts for note in tune.notes] == [("^Fine",)]
    assert tune.remarks == ()
    assert parse(readable(tune)) == tune


def test_a_note_keeps_its_last_chord_symbol() -> None:
    tune = tune_of('"G""slow""Am""Coda"G8|')
    assert (symbols(tune), tune.notes[0].texts) == (["Am"], ("^slow", "^Coda"))
    assert [remark.message for remark in tune.remarks] == ["of several chords before a note, the last is kept"]


def test_remarks_on_chords_do_not_grow_without_end() -> None:
    music = "".join(f'"C{number}x"c' for number in range(100, 900))
    assert len(tune_of(music).remarks) == limits.MAX_REPORTED_PROBLEMS


@given(st.text("ABCDEFGHabcdefgmMajdinusor0123456789#b♯♭°øΔ+-(),/ .", max_size=24), st.integers(-11, 11))
def test_any_quoted_text_transposes_there_and_back(text: str, fifths: int) -> None:
    assert transposed_chord(text, 0) == text
    moved = transposed_chord(text, fifths)
    before, after = read_chord(text), read_chord(moved)
    assert (before is None) == (after is None)
    chord, moved_chord = parse_chord(text), parse_chord(moved)
    if chord and moved_chord:
        assert [(pitch - 7 * fifths) % 12 for pitch in moved_chord.pitch_classes] == list(chord.pitch_classes)
        assert (moved_chord.bass - 7 * fifths) % 12 == chord.bass
        back = parse_chord(transposed_chord(moved, -fifths))
        assert back == chord

"""What is told of one tune, by values that can be counted on the page. Bars are in 2/4 with eighths unless said."""

from fractions import Fraction

import pytest

from charrnn.evaluation import music
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from tests.support.tiny import JIG
from tests.support.tunes import tune_of

EIGHTH = Fraction(1, 8)
A, B = "CDEF|" * 7, "GABc|" * 7  # seven bars of a part, for an eighth one of one's choice


def in_two_four(text: str, key: str = "C") -> Tune:
    return tune_of(text, key=key, meter="2/4")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (f"|:{A}CDEF:||:{B}GABc:|", "AABB"),
        (f"{A}CDEF||{B}GABc|]", "AB"),
        (f"{A}CDEF|{A}CDEF|{B}GABc|{A}CDEF|]", "AABA"),
        (f"|:G|{A}CDE:||:c|{B}GAB:|", "AABB"),  # pick-ups and what complements them
        (f"G|:{A}CDE:||:{B}GAB:|", "AABB"),
        (f"|:{A}|1CDEF:|2C4:|", "AA"),  # another close is no other part
        (f"|:{A}CD|1EF:|2ED||", "AA"),  # the endings divide a bar
        (f"|:{A}CDEF|{B}GABc:|", "ABAB"),
        ("CDEF|" * 12 + "GABc|" * 4, "AB"),  # half of the bars are the same: another part
        ("CDEF|" * 11 + "GABc|" * 5, "AB"),
        ("CDEF|" * 13 + "GABc|" * 3, "AA"),
        (A, None),
        ("", None),
    ],
)
def test_the_form_has_one_letter_per_eight_bars(text: str, form: str | None) -> None:
    assert music.form(in_two_four(text)) == form


def test_pick_ups_do_not_disturb_form_or_bars() -> None:
    jig = parse(JIG)
    assert music.form(jig) == "AABB"
    assert len(music.written_bars(jig)) == 16
    assert len(music.played_bars(jig)) == 32
    assert music.ends_on_tonic(jig)


def test_repetition_counts_bars_identical_to_earlier_ones() -> None:
    assert music.repetition(in_two_four("CDEF|GABc|CDEF|CDEF|]")) == Fraction(2, 4)
    assert music.repetition(in_two_four("CDEF|CDEz|CDE2|C2EF|]")) == 0
    assert music.repetition(in_two_four("E|CDEF|EFGA|CDEF|]")) == Fraction(1, 3)  # the pick-up is no bar
    assert music.repetition(in_two_four("^CDEF|CDEF|^CDEF|]")) == Fraction(1, 3)  # as it sounds, not as it is spelt
    assert music.repetition(in_two_four("")) == 0


def test_a_rhythm_includes_rests_and_meter_type() -> None:
    waltz, jig = (tune_of("C2EzGc|", meter=meter) for meter in ("3/4", "6/8"))
    durations = (2 * EIGHTH, EIGHTH, -EIGHTH, EIGHTH, EIGHTH)
    assert [bar.pattern for bar in music.written_bars(waltz)] == [(False, durations)]
    assert [bar.pattern for bar in music.written_bars(jig)] == [(True, durations)]


def test_the_current_meter_decides_a_full_bar() -> None:
    bars = music.written_bars(in_two_four("CDEF|[M:3/4]CDEFGA|CDEF|]"))
    assert [bar.is_full for bar in bars] == [True, True, False]


def test_intervals_follow_the_highest_notes() -> None:
    assert music.intervals(in_two_four("C[EG]zG|E4|]")) == [7, 0, -3]


def test_tied_notes_are_one_note() -> None:
    tune = in_two_four("C2D2-|D2C2|]")
    assert music.intervals(tune) == [2, -2]
    assert music.durations(tune) == [2 * EIGHTH, 4 * EIGHTH, 2 * EIGHTH]


def test_the_compass_includes_chords_and_needs_notes() -> None:
    assert music.compass(in_two_four("C2[Ec]2|D4|]")) == (60, 72)
    assert music.compass(in_two_four("z4|]")) is None


@pytest.mark.parametrize(
    ("text", "key", "share"),
    [
        ("GFAG|]", "G", Fraction(0)),
        ("G=FAG|]", "G", Fraction(1, 4)),
        ("G=FFG|^F4|]", "G", Fraction(2, 5)),  # the natural holds to the end of its bar
        ("A^GAB|]", "Am", Fraction(1, 4)),
        ("CDEF|[K:D]CDEF|]", "C", Fraction(0)),
        ("[Gd]2[G=f]2|]", "G", Fraction(1, 2)),  # one note of a chord is enough
        ("z4|]", "G", Fraction(0)),
    ],
)
def test_notes_missing_from_the_signature_are_outside_mode(text: str, key: str, share: Fraction) -> None:
    assert music.share_outside_mode(in_two_four(text, key)) == share


@pytest.mark.parametrize(
    ("text", "key", "on_tonic", "on_chord"),
    [
        ("A4|]", "Ador", True, True),
        ("c4|]", "Am", False, True),  # the minor third
        ("=c4|]", "A", False, False),  # not the third of A major
        ("f4|]", "Bb", False, True),
        ("B4|]", "Bb", True, True),
        ("[DFA]4|]", "D", True, True),
        ("G4|[K:D]D2z2|]", "G", True, True),  # the last note, in the key that it has come to
        ("G4|1A4:|2G4:|3A4|]", "G", False, False),
        ("C4|]", "none", False, False),
        ("z4|]", "C", False, False),
    ],
)
def test_the_last_notes_key_decides_the_close(text: str, key: str, on_tonic: bool, on_chord: bool) -> None:
    tune = in_two_four(text, key)
    assert (music.ends_on_tonic(tune), music.ends_on_tonic_chord(tune)) == (on_tonic, on_chord)

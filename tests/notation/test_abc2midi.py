"""The reference reader on short tunes: abc2midi must hear the same notes as we do.

Where we differ on purpose is listed at the end, with the reason.
"""

import pytest

from charrnn.evaluation.abc2midi import ask, difference, is_available, our_notes
from charrnn.notation.bars import bar_problems
from charrnn.notation.reading.parser import parse
from tests.notation.test_bars import RIGHT
from tests.support.tunes import abc

pytestmark = pytest.mark.skipif(not is_available(), reason="abc2midi is not installed (Debian package abcmidi)")

SAME = {
    "plain": "CDEF GABc|]",
    "lengths": "C3/2 D/ E// F/4 G/ A3/4 B/4 c2 C2|]",
    "octaves": "C,,D,EF g'a''C'c,|]",
    # accidentals
    "accidental to the end of the bar": "^F F G F | F8|]",
    "accidental in every octave": "^F f F, f'|F f F, f'|]",
    "flats, naturals and doubles": "_B B =B B|__B ^^C B C|]",
    "accidental over a tie": "^F8-|F8|F8|]",
    "accidental over a tie, then another octave": "^F8-|F4 f4|]",
    "accidental lost over a rest": "^F8|z4 F4|]",
    # ties
    "tie in a bar": "C2-C2 D4|]",
    "tie across bars": "C8-|C8-|C4 D4|]",
    "tie of chords": "[CEG]8-|[CEG]8|]",
    "tie of one note of a chord": "[C-E]4C4|]",
    # rhythm
    "broken": "C>D E<F G>>A B<<c|C>>>D E<<<F c4|]",
    "broken with blanks": "C > D E < F G4|]",
    "broken with rests and chords": "C>z z<D [CE]>[DF] G2|]",
    "tuplets": "(3CDE (3FGA B4|(5CDEFG c6|(2CD (4CDEF E2|(6CDEFGA B4|(7CDEFGAB C6|(9CDEFGABcd C6|]",
    "tuplets with numbers": "(3:2:2C2D C6|(3:2:4CCDD E4|(5:4CDEFG A4|(3::2 C2D C6|]",
    "tuplet with broken rhythm": "(3C>DE F2 G4|]",
    "tuplet with rest and chord": "(3CzE (3[CE][DF]E G4|]",
    "tuplet across beams": "(3 C D E F2 G4|]",
    "tuplets with numbers left out": "(3:2:CDE F6|(3::CDE F6|(5:4:CDEFG C4|]",
    "broken with ties, graces and chord symbols": 'C>-C D-<D {e}F>{g}"Am"G A2|]',
    "broken in a chain": "C>D>E/ F4 G4|]",
    # chords
    "chord": "[CEG]2 [C2E2G2] [CE]/[CE]/ [CE]3/2 [CE]/ z|]",
    # repeats
    "repeat": "|:CDEF GABc:|",
    "repeat without a start": "CDEF GABc:|c8|]",
    "two repeats": "|:C8::D8:|",
    "two repeats, written apart": "|:C8:||:D8:|",
    "repeat not closed": "|:C8|:D8:|",
    "last repeat not closed": "|:C8|D8|]",
    "endings": "|:C8|1 D8:|2 E8|]",
    "endings in brackets": "|:C8|[1 D8:|[2 E8|F8|]",
    "endings without a start": "C8|1 D8:|2 E8||F8|]",
    "ending for three turns": "|:C8|1-3 D8:|4 E8|]",
    "endings of two bars": "|:C8|1 D8|E8:|2 F8|G8|]",
    "endings away from their bar line": "|:C8 | [1 D8 :| [2 E8|]",
    "repeats of every spelling": "C8:|:D8:||:E8::F8:|]",
    "pick-up": "C|:D8|E7C:|",
    "pick-up inside": "|:C|D8|E7:|",
    "double bars": "[|C8||D8|]E8|]",
    # rests
    "bar rests": "Z|Z2|C8|]",
    "invisible rest": "x4C4|]",
    # changes
    "key changes": "FFFF [K:D]FFFF|FFFF [K:F]BBBB|]",
    "clef alone": "F4[K:clef=bass]F4|\nK:bass\nF8|]",
    "key line": "F8|\nK:D\nF8|]",
    "key change after an accidental": "^FF[K:G]F F4|]",
    "meter changes": "C8|[M:3/4]C6|[M:C|]C8|]",
    "unit changes": "C4 C4|[L:1/16]C8 C8|]",
    "tempo change": "[Q:1/4=90]C8|]",
    # what is not sounded
    "chord symbols and annotations": '"Am"A4 "^text"B4|]',
    "slurs and fields": "(C[r:remark]D)(EF) [I:foo]G4|]",
    "continuation": "C4\\\nD4|]",
    "continuation with a remark": "C4\\ % hi\nD4|]",
    "lines for other programs": "C8|\n%%begintext\nDEF\n%%endtext\nw:la la\nC8|]",
    "parts": "P:A\nC8|\nP:B\nD8|]",
    "spacer and dotted bar": "C4y.|D4|]",
    # graces
    "graces": "{d}C4 {de}D4|]",
    "acciaccatura": "{/d}C4 D4|]",
    "grace after an accidental": "^d2 {d}C2 {^f}G2 f2|]",
}  # fmt: skip


def difference_of(text: str) -> str:
    return difference(our_notes(parse(text)), ask(text).notes)


@pytest.mark.parametrize("music", SAME.values(), ids=SAME)
def test_we_hear_the_same_notes(music: str) -> None:
    assert difference_of(abc(music)) == ""


@pytest.mark.parametrize(
    "key",
    [
        "G",
        "F#",
        "Cb",
        "Am",
        "F#m",
        "D dor",
        "E phr",
        "F lyd",
        "A Mixolydian",
        "B loc",
        "Bb",
        "none",
        "HP",
        "Hp",
        "D Phr ^f",
        "D ^g_b",
        "D exp _b ^f",
        "G clef=treble",
        "G treble",
    ],
)
def test_we_hear_the_same_notes_in_every_key(key: str) -> None:
    assert difference_of(abc("CDEF GABc|cBAG FEDC|]", key=key)) == ""


@pytest.mark.parametrize("meter", ["2/4", "C", "C|", "6/8", "9/8", "2+3/8"])
def test_we_hear_the_same_notes_in_every_meter(meter: str) -> None:
    assert difference_of(f"X:1\nM:{meter}\nK:C\nCD (2EF (3GAB (5CDEFG c|Z|c|]\n") == ""


@pytest.mark.parametrize("music", RIGHT.values(), ids=RIGHT)
def test_abc2midi_accepts_the_bars_that_we_accept(music: str) -> None:
    text = abc(music, meter="2/4")
    assert bar_problems(parse(text)) == []
    assert ask(text).is_bar_clean


@pytest.mark.parametrize(
    ("music", "how", "ours"),
    [
        # A repeat without |: goes back to the double bar, as transcribers mean it; abc2midi goes to the start.
        ("C8||D8:|]", "number of notes", 3),
        # The standard: [CE]2 doubles the chord's own lengths; abc2midi takes the outer length only.
        ("[C2E2]2 z4|C8|]", "onset", 3),
        # The last of four endings needs no :| behind it; abc2midi stops after two turns.
        ("|:C8|1,3 D8:|2,4 E8|]", "number of notes", 8),
        # A tie before both endings is meant for both; abc2midi holds it over the first and strikes the second again.
        ("|:C8-|1 C8:|2 C8|]", "number of notes", 2),
        # Two heads on one key are one stroke of it; abc2midi writes two.
        ("[CC]8|]", "number of notes", 1),
        # A third of a unit length is a length; abc2midi refuses it.
        ("C/3D/3E/3 F7|]", "number of notes", 4),
    ],
)
def test_differences_from_abc2midi_are_deliberate(music: str, how: str, ours: int) -> None:
    assert len(our_notes(parse(abc(music)))) == ours
    assert difference_of(abc(music)) == how


def test_a_quintuplet_in_three_four_lasts_two_eighths() -> None:
    """As the standard says, which counts 3/4 as simple time; abc2midi gives it three."""
    text = abc("(5CDEFG A4|]", meter="3/4")
    assert [note[0] for note in our_notes(parse(text))][-1] == 1
    assert difference_of(text) == "onset"

"""Little tunes for the tests of notation and sound: one line of music with its header, and what to look at in it."""

from fractions import Fraction
from pathlib import Path

from hypothesis import strategies as st

from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.playing.performance import perform

# Texts made to break a reader; the files are named for what they hold.
EVIL = {
    path.stem: path.read_bytes().decode()
    for path in sorted((Path(__file__).resolve().parents[1] / "evil").glob("*.abc"))
}

# Every sign of the notation, and what damaged text is made of.
SIGNS = (
    *"ABCDEFGabcdefgzxyZX", *"0123456789", *"|:[](){}<>-^_=,'/\"!&%~.$\\`+*\t\n ",
    "|:", ":|", "::", "|1", ":|2", "[1", "[2", "|]", "||", "(3", "(9:", "[K:G]", "[M:3/4]", "[L:1/16]", "[Q:1/4=90]",
    "K:D\n", "M:6/8\n", "L:1/0\n", "V:2\n", "w:la\n", "{g}", "[CEG]2", "A>B", "c-c", "\"Am\"", "!trill!",
    "%%x", "\ufeff", "\u00e9",
)  # fmt: skip
ANY_TEXT = st.text(max_size=80) | st.lists(st.sampled_from(SIGNS), max_size=60).map("".join)


def abc(music: str, key: str = "C", meter: str = "4/4", unit: str = "1/8") -> str:
    """A tune's text; the music is its fifth line."""
    return f"X:1\nM:{meter}\nL:{unit}\nK:{key}\n{music}\n"


def tune_of(music: str, key: str = "C", meter: str = "4/4", unit: str = "1/8") -> Tune:
    return parse(abc(music, key, meter, unit))


def lengths(music: str, **header: str) -> list[Fraction]:
    """Durations of the notes as they stand, in unit lengths of an eighth."""
    return [8 * note.duration for note in tune_of(music, **header).notes]


def pitches(music: str, **header: str) -> list[int]:
    """MIDI numbers in the order in which they sound."""
    return [event.pitch for event in perform(tune_of(music, **header)).notes]


def played(music: str, **header: str) -> list[tuple[Fraction, Fraction, int]]:
    """Onset and duration in eighths, and MIDI number, of each sounding note."""
    return sounding(tune_of(music, **header))


def sounding(tune: Tune) -> list[tuple[Fraction, Fraction, int]]:
    return [(8 * event.onset, 8 * event.duration, event.pitch) for event in perform(tune).notes]


def messages(music: str, **header: str) -> list[str]:
    """The problems of a tune, as a person reads them."""
    return [str(problem) for problem in tune_of(music, **header).problems]


_NOTE = st.tuples(
    st.sampled_from(["", "", "", "^", "_", "="]), st.sampled_from("CDEFGABcdefgab"), st.sampled_from(["", "2"])
).map("".join)
_FIGURES = ["A>B", "c<d", "E>>F", "(3ABc", "(5cdefg", "[CEG]", "[Ac]/", "z", "z2", "d3/2", "e/f/", "Z", '"Am"a', "~f"]
_GROUP = st.one_of(_NOTE, _NOTE.map(lambda note: f"{note}-{note.lstrip('^_=')}"), st.sampled_from(_FIGURES))
_BAR = st.lists(_GROUP, min_size=1, max_size=5).map(" ".join)
_PLAIN = st.lists(_BAR, min_size=1, max_size=3).map("|".join)
_SECTION = st.one_of(
    _PLAIN.map(lambda bars: f"{bars}||"),
    _PLAIN.map(lambda bars: f"|:{bars}:|"),
    st.builds("|:{}|1{}:|2{}||".format, _PLAIN, _BAR, _BAR),
    st.builds("[K:{}]{}|".format, st.sampled_from(["D", "Am", "Bb", "Edor"]), _BAR),
)
MUSIC = st.lists(_SECTION, min_size=1, max_size=4).map("\n".join)
KEYS = st.sampled_from(["C", "G", "D", "F", "Bb", "Am", "Em", "Ador", "Dmix", "Ephr", "Flyd", "Bloc"])
JUMPS = st.builds(
    str.format,
    st.sampled_from(
        [
            "{0}|{1}!D.C.!|]",
            "{0}!fine!|{1}!D.C.!|{2}|]",
            "{0}|!segno!{1}|{2}!D.S.!|]",
            "{0}|!segno!{1}!fine!|{2}!D.S.!|]",
            "{0}!dacoda!|{1}!D.C.alcoda!|!coda!{2}|]",
            "{0}|!segno!{1}|{2}O {0}|{1}!D.S.!|O{2}|]",
            "|:{0}:|{1}!D.C.!|]",
            "|:{0}:||:{1}!fine!:|{2}!D.C.!|]",
        ]
    ),
    _PLAIN,
    _BAR,
    _PLAIN,
)
# A bar of 4/4 in eighths, for two voices; some notes reach over the middle of the bar.
_FULL = ["c8", "A4 B4", "AB cd e4", "(3ABc d2 z4", "^f6 f2", "[CE]4 G4-", "G2>A2 B4", "e3 c5", "z8", "_B8-", "Z"]
VOICED_BARS = st.tuples(st.sampled_from([*_FULL, "A4 & C8", "A4[K:D]c4"]), st.sampled_from(_FULL))

"""What decorations are on paper and in MusicXML, in one table, so that a sign that is drawn is exported, too.

MEI's names are those of its guidelines (att.articulation, and elements beside the note), MusicXML's those of music21's
classes. A roll is drawn as a turn, as printed collections do.
"""

from dataclasses import dataclass

from charrnn.notation.decorations import decoration_name


@dataclass(frozen=True, slots=True)
class Sign:
    """One of ``artic`` and ``element`` is given, unless MusicXML has it in the notes alone."""

    musicxml: str  # a class of music21.articulations or music21.expressions
    artic: str = ""  # a value of MEI's attribute
    element: str = ""  # an element of MEI, with its attributes


_SIGNS = {
    "staccato": Sign("Staccato", artic="stacc"),
    "wedge": Sign("Staccatissimo", artic="stacciss"),
    "tenuto": Sign("Tenuto", artic="ten"),
    "accent": Sign("Accent", artic="acc"),
    "marcato": Sign("StrongAccent", artic="marc"),
    "upbow": Sign("UpBow", artic="upbow"),
    "downbow": Sign("DownBow", artic="dnbow"),
    "open": Sign("OpenString", artic="open"),
    "snap": Sign("SnapPizzicato", artic="snap"),
    "plus": Sign("Stopped", artic="stop"),
    "breath": Sign("BreathMark", element="breath"),
    "roll": Sign("Turn", element="turn"),
    "turn": Sign("Turn", element="turn"),
    "invertedturn": Sign("InvertedTurn", element='turn form="lower"'),
    "trill": Sign("Trill", element="trill"),
    "lowermordent": Sign("Mordent", element='mordent form="lower"'),
    "uppermordent": Sign("InvertedMordent", element='mordent form="upper"'),
    "fermata": Sign("Fermata", element='fermata place="above"'),
    "invertedfermata": Sign("Fermata", element='fermata place="below"'),
}
_ON_CHORDS = {"arpeggio": Sign("ArpeggioMark", element="arpeg")}
# MIDI velocities: steps of 15, as abc2midi has them; without a sign the music is played mf.
VELOCITIES = {
    "pppp": 15, "ppp": 30, "pp": 45, "p": 60, "mp": 75, "mf": 90, "f": 105, "ff": 120, "fff": 127, "ffff": 127,
    "sfz": 120,
}  # fmt: skip


def sign_of(decoration: str, is_chord: bool = False) -> Sign | None:
    """The sign for a decoration as it was written; None where none is drawn."""
    name = decoration_name(decoration)
    return _SIGNS.get(name) or (_ON_CHORDS.get(name) if is_chord else None)


def decoration_of(musicxml: str) -> str:
    """The decoration that music21's class stands for; "" where none does.

    >>> decoration_of("Turn"), decoration_of("Glissando")
    ('turn', '')
    """
    return _DECORATIONS.get(musicxml, "")


# Of two that look the same, the one whose sign it is: a roll is drawn as a turn.
_ALL = {**_ON_CHORDS, **_SIGNS}
_DECORATIONS = {sign.musicxml: name for name, sign in reversed(_ALL.items())} | {"Turn": "turn"}

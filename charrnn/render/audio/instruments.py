"""The instruments that can play a tune, and what the soundfont calls them.

What a tune can be written for is another table: ``notation/instruments/table.py``.
"""

from dataclasses import dataclass

from charrnn.errors import OptionError


@dataclass(frozen=True, slots=True)
class Instrument:
    name: str  # in files, addresses and options
    label: str  # for a person
    program: int  # General MIDI, counted from 0
    sustained: bool  # sounds until it is let go; otherwise struck or plucked, and dies away
    retuned: bool = False  # its layers are out of tune with each other: see soundfont.retuned


# Measured in the font (TimGM6mb). Its tin whistle is 63 to 93 cents flat, so the piccolo's notes stand in for it; its
# accordion has two reeds to a note, which are up to 68 cents out of tune, each in its own way; its bagpipe has two
# layers whose beating swells and fades by 7 dB.
INSTRUMENTS = (
    Instrument("piano", "Piano", 0, sustained=False),
    Instrument("fiddle", "Fiddle", 110, sustained=True),
    Instrument("flute", "Flute", 73, sustained=True),
    Instrument("whistle", "Whistle", 72, sustained=True),
    Instrument("accordion", "Accordion", 21, sustained=True, retuned=True),
    Instrument("bagpipe", "Bagpipe", 109, sustained=True, retuned=True),
    Instrument("harp", "Harp", 46, sustained=False),
    Instrument("guitar", "Guitar", 25, sustained=False),
    Instrument("banjo", "Banjo", 105, sustained=False),
)
DEFAULT = "piano"


def instrument_named(name: str) -> Instrument:
    """Raises OptionError listing the names."""
    for instrument in INSTRUMENTS:
        if instrument.name == name:
            return instrument
    names = ", ".join(instrument.name for instrument in INSTRUMENTS)
    raise OptionError(f"the instrument must be one of {names}, not {name!r}")

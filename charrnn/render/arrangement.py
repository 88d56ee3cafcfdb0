"""A tune as it is played here: swung where its dance is, and with an accompaniment."""

from dataclasses import dataclass
from fractions import Fraction

from charrnn.notation.tune import Tune
from charrnn.render.accompaniment import accompaniment
from charrnn.render.chords import with_chords
from charrnn.render.performance import NoteEvent, Performance, perform
from charrnn.render.swing import Pairs, bend, even_pairs, swung

_NO_ELEMENT = -1  # an accompaniment's note stands nowhere in the tune


@dataclass(frozen=True, slots=True)
class Arrangement:
    performance: Performance
    accompaniment: tuple[NoteEvent, ...]  # at the performance's tempo


def arranged(tune: Tune, swing: Fraction | None = None) -> Arrangement:
    """Melody and accompaniment; ``swing`` is a ratio for ``render.swing``, straight where None. Never raises."""
    performance = perform(tune)
    strums = accompaniment(with_chords(tune), performance)
    chords = tuple(NoteEvent(strum.onset, strum.duration, strum.pitch, _NO_ELEMENT) for strum in strums)
    if swing is None:
        return Arrangement(performance, chords)
    pairs = even_pairs(performance, tune)
    return Arrangement(swung(performance, tune, swing), tuple(_bent(event, pairs, swing) for event in chords))


def _bent(event: NoteEvent, pairs: Pairs, swing: Fraction) -> NoteEvent:
    onset, end = bend(event.onset, pairs, swing), bend(event.onset + event.duration, pairs, swing)
    return NoteEvent(onset, end - onset, event.pitch, event.element)

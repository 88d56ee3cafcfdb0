"""A tune as it is played here: with expression, swung where its dance is, and with an accompaniment."""

from dataclasses import dataclass
from fractions import Fraction

from charrnn.notation.tune import Tune
from charrnn.render.harmony.accompaniment import accompaniment
from charrnn.render.harmony.chords import with_chords
from charrnn.render.playing.bending import bent, bent_events
from charrnn.render.playing.expression import expressed
from charrnn.render.playing.performance import NO_ELEMENT, NoteEvent, Performance, perform
from charrnn.render.playing.swing import even_pairs


@dataclass(frozen=True, slots=True)
class Arrangement:
    performance: Performance
    accompaniment: tuple[NoteEvent, ...]  # at the performance's tempo
    end: Fraction  # whole notes: where the tune comes round again; the last note may sound on


def arranged(tune: Tune, swing: Fraction | None = None, is_straight: bool = False) -> Arrangement:
    """Melody and accompaniment; ``swing`` is a ratio for ``render.playing.swing``, as written where None.
    ``is_straight`` leaves out what ``render.playing.expression`` adds. Never raises."""
    performance = perform(tune)
    end = performance.duration
    pairs = even_pairs(performance, tune, swing) if swing is not None else []
    strums = accompaniment(with_chords(tune), performance, is_plain=is_straight)
    chords = tuple(NoteEvent(strum.onset, strum.duration, strum.pitch, NO_ELEMENT) for strum in strums)
    if not is_straight:
        performance, chords = expressed(performance, chords, tune)
    return Arrangement(bent(performance, pairs), bent_events(chords, pairs), end)

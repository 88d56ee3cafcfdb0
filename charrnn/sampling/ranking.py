"""Which of several tunes to look at first: the weighted mean of five parts, each 0 to 1, none of which knows what is
beautiful. A tune that copies, or that a fiddle cannot play, has half of it.

- *likeness*: the probability, by a judge that was trained on both, that the tune is people's and not the model's;
- *likelihood*: bits a note that the music cost the model when it wrote it, at temperature 1. They should be about as
  many as for tunes of people: too few is a tune that goes round in circles, too many one that wanders;
- *originality*: how short the longest passage is that the tune shares with the training music;
- *range*: a compass as people sing and play it, and a fiddle can;
- *cadence*: it comes home to the tonic.

The bounds are those of the 211 tunes of people on the validation side of the corpus, which the model has not seen: full
marks in the middle half, none beyond what all but one in a hundred have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from charrnn.corpus.originality.index import Originality, OriginalityIndex
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.training_index import index_or_none
from charrnn.notation.instruments.table import ANY
from charrnn.notation.keys import Key
from charrnn.notation.tune import Change, Tune
from charrnn.render.harmony.chord import pitch_class
from charrnn.render.playing.performance import sounding_pitches
from charrnn.sampling.compose import Composition

# What it is made of. The judge counts most, for its marks alone make the chosen tunes more like people's: the more the
# others count, the sooner they are told apart, and the more of them come home than of people's (docs/experiments.md).
WEIGHTS = {"likeness": 0.65, "likelihood": 0.1, "originality": 0.05, "cadence": 0.15, "range": 0.05}
FAULTY = 0.5  # factor for the score of a tune that copies, or that a fiddle cannot play

Bounds = tuple[
    float, float, float, float
]  # no marks up to the first, full from the second to the third, none from the last
BITS_PER_NOTE: Bounds = (0.9, 1.4, 2.3, 3.7)
COMPASS: Bounds = (10, 16, 21, 26)  # semitones from the lowest to the highest note
FIDDLE = (55, 86)  # MIDI pitches, g to d''' in the third position: 99 in a hundred of people's tunes stay within
SHARED_NOTES: Bounds = (-1, 0, 11, 32)  # half of people's tunes share 11 notes or fewer; 32 are four bars of a reel
_FIFTH_AND_THIRDS = (3, 4, 7)  # semitones above the tonic: an end on them is open, but not lost
_OPEN_END = 0.5


@dataclass(frozen=True, slots=True)
class Ranked:
    """A tune with its score, 0 to 1, and the parts that it is made of."""

    composition: Composition
    score: float
    parts: dict[str, float]  # as in WEIGHTS; without likeness where the checkpoint has no judge, without originality
    # where nothing is known of the training music
    originality: Originality | None


def ranked(checkpoint: Checkpoint, compositions: Sequence[Composition]) -> list[Ranked]:
    """The tunes, best first. Originality counts where there is an index of what the model was trained on."""
    return rank(checkpoint, compositions, index_or_none(checkpoint))


def rank(
    checkpoint: Checkpoint, compositions: Sequence[Composition], index: OriginalityIndex | None = None
) -> list[Ranked]:
    """The tunes, best first; of equally good ones the first given first."""
    ranked = [_marked(checkpoint, composition, index) for composition in compositions]
    return sorted(ranked, key=lambda each: -each.score)


def _marked(checkpoint: Checkpoint, composition: Composition, index: OriginalityIndex | None) -> Ranked:
    tune = composition.plain
    parts = {"likeness": checkpoint.judge.score(tune)} if checkpoint.judge else {}
    parts |= {"likelihood": likelihood(composition.bits_per_note), "range": compass(tune)}
    parts["cadence"] = cadence(tune, composition.ended)
    found = index.compare(tune) if index is not None else None
    if found is not None:
        parts["originality"] = originality(found)
    # An instrument that was chosen has all the notes of the tune, whether a fiddle has them or not.
    is_faulty = parts.get("originality") == 0 or (composition.request.instrument == ANY and is_beyond_fiddle(tune))
    return Ranked(composition, weighted(parts) * (FAULTY if is_faulty else 1), parts, found)


def weighted(parts: dict[str, float]) -> float:
    """The mean by the weights of those parts that are given."""
    return sum(WEIGHTS[name] * part for name, part in parts.items()) / sum(WEIGHTS[name] for name in parts)


def likelihood(bits_per_note: float | None) -> float:
    return _within(bits_per_note, BITS_PER_NOTE) if bits_per_note is not None else 0.0


def originality(found: Originality) -> float:
    return _within(found.longest.notes if found.longest else 0, SHARED_NOTES)


def compass(tune: Tune) -> float:
    """No marks for what no fiddle can play."""
    pitches = _pitches(tune)
    if not pitches or is_beyond_fiddle(tune):
        return 0.0
    return _within(max(pitches) - min(pitches), COMPASS)


def is_beyond_fiddle(tune: Tune) -> bool:
    return any(not FIDDLE[0] <= pitch <= FIDDLE[1] for pitch in _pitches(tune))


def _pitches(tune: Tune) -> list[int]:
    return [pitch for chord in sounding_pitches(tune).values() for pitch in chord]


def cadence(tune: Tune, ended: bool = True) -> float:
    """1 where the last note is the tonic, a half on its third or fifth; 0 elsewhere, and where the tune breaks off."""
    sounding = sounding_pitches(tune)
    if not sounding or not ended:
        return 0.0
    tonic = _last_key(tune).tonic
    if not tonic:
        return 1.0  # no tonic to come home to
    above = (max(sounding[max(sounding)]) - pitch_class(tonic)) % 12
    return 1.0 if above == 0 else _OPEN_END if above in _FIFTH_AND_THIRDS else 0.0


def _last_key(tune: Tune) -> Key:
    keys = [
        element.value for element in tune.elements if isinstance(element, Change) and isinstance(element.value, Key)
    ]
    return keys[-1] if keys else tune.key


def _within(value: float, bounds: Bounds) -> float:
    """1 between the inner bounds, 0 beyond the outer ones, and a straight line between."""
    none_under, low, high, none_over = bounds
    rising, falling = (value - none_under) / (low - none_under), (none_over - value) / (none_over - high)
    return max(0.0, min(1.0, rising, falling))

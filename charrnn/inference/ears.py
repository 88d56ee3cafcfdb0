"""What the kernel's rows have heard of their tunes, and the judges that it hears them for (``kernel.hearing``)."""

import numpy as np

from charrnn.inference.kernel.arrays import Ears, Judges
from charrnn.inference.kernel.hearing import BUCKET_BITS, state_of
from charrnn.inference.kernel.registers import DEGREES, HEARD, LAST_PITCH, NO_PITCH, OF_BAR, STEPS, WORDS
from charrnn.inference.tries import divided
from charrnn.model.likeness.judge import Judge
from charrnn.model.likeness.phrases import begin

_BUCKETS = 1 << BUCKET_BITS


def empty(slots: int, room: int) -> Ears:
    """Ears with room for so many characters of each tune."""
    return Ears(
        heard=np.zeros((slots, 2, HEARD), np.int64),
        lines=np.zeros((slots, 2, room), np.uint8),
        degrees=np.zeros((slots, 2 * room), np.uint8),
        steps=np.zeros((slots, 2 * room), np.uint8),
        rhythms=np.zeros((slots, room), np.uint8),
        bars=np.zeros((slots, room, OF_BAR), np.int64),
        ends=np.zeros((slots, room), np.int64),
        before=np.zeros((slots, room), np.int64),
        words=np.zeros((slots, WORDS), np.uint32),
        tonics=np.zeros((slots, 2), np.int64),
        full=np.zeros(slots),
    )


def with_room(ears: Ears, characters: int) -> Ears:
    """The same with room for so many characters of each tune, and for what a call of the kernel may add."""
    slots, room = ears.rhythms.shape
    if room > characters + 1:  # the degrees have a "#" before them
        return ears
    found = empty(slots, 2 * (characters + 1))
    for wide, narrow in zip(found, ears, strict=True):
        wide[tuple(slice(size) for size in narrow.shape)] = narrow
    return found


def listen(ears: Ears, slot: int, header: str, before: list[int]) -> None:
    """Begin a tune; ``before`` are the characters of its music that stand already."""
    heard = begin(header)
    ears.heard[slot] = 0
    ears.heard[slot, :, LAST_PITCH] = NO_PITCH
    ears.heard[slot, :, (DEGREES, STEPS)] = 1
    ears.degrees[slot, 0] = ears.steps[slot, 0] = ord("#")
    ears.before[slot, : len(before)] = before
    ears.tonics[slot] = heard.tonic, heard.is_minor
    ears.full[slot] = heard.full
    starts = f"R{heard.meter}:", f"R{heard.rhythm}:", f"RR{heard.meter}:", f"nn{heard.meter}:"
    pick_ups = (f"pick-up {is_pick_up} {heard.rhythm} {heard.meter}" for is_pick_up in (False, True))
    ears.words[slot] = [state_of(text) for text in (*starts, *pick_ups)]


def lengths(prefix: str) -> tuple[int, int]:
    """How many characters of the music that stands already are of whole bars, and how many of one that goes on."""
    whole, begun = divided(prefix)
    return len(whole), len(begun)


class KnownJudges:
    """Judges by number. A model has one; where it is exchanged, those before stay as long as the batch does."""

    def __init__(self) -> None:
        self._known: list[Judge] = []
        self.arrays = _tables([])

    def number(self, judge: Judge) -> int:
        for number, known in enumerate(self._known):
            if known is judge:
                return number
        self._known.append(judge)
        self.arrays = _tables(self._known)
        return len(self._known) - 1


def _tables(judges: list[Judge]) -> Judges:
    edges = np.arange(_BUCKETS + 1, dtype=np.uint64) << np.uint64(32 - BUCKET_BITS)
    starts, first = np.zeros((len(judges), _BUCKETS + 1), np.int32), 0
    for row, judge in zip(starts, judges, strict=True):
        row[:] = first + np.searchsorted(judge.hashes.astype(np.uint64), edges)
        first += len(judge.hashes)
    hashes = np.concatenate([judge.hashes for judge in judges] or [np.zeros(0, np.uint32)])
    weights = np.concatenate([judge.weights for judge in judges] or [np.zeros(0, np.float32)])
    return Judges(starts, hashes, weights)

"""Key and meter of a melody whose file does not say them."""

from collections.abc import Sequence
from fractions import Fraction

from charrnn.importing.barring import Event
from charrnn.notation.keys import MODE_FIFTHS, Key, tonic_at
from charrnn.notation.tune import Meter

# How well each pitch class fits a key, from its tonic on: Krumhansl & Kessler, Tracing the dynamic changes in perceived
# tonal organization (Psychological Review 89, 1982), as Krumhansl and Schmuckler find keys with them.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_SHARPEST, _FLATTEST = 6, -5  # keys that are tried: F# to Db, and their relative minors

_METERS = (Meter(4, 4), Meter(6, 8), Meter(3, 4), Meter(2, 4), Meter(9, 8))
_GRID = Fraction(1, 16)


def estimated_key(events: Sequence[Event]) -> Key:
    """The major or minor key whose profile correlates best with how long each pitch class sounds."""
    sounded = [0.0] * 12
    for event in events:
        sounded[event.pitch % 12] += float(event.end - event.onset)
    signatures = range(_FLATTEST, _SHARPEST + 1)
    keys = [Key(tonic_at(fifths - MODE_FIFTHS[mode]), mode) for fifths in signatures for mode in ("maj", "min")]
    return max(keys, key=lambda key: _correlation(sounded, _profile(key)))


def _profile(key: Key) -> list[float]:
    tonic = (7 * (key.fifths - MODE_FIFTHS[key.mode])) % 12  # a fifth is seven semitones
    profile = _MAJOR if key.mode == "maj" else _MINOR
    return [profile[(pitch - tonic) % 12] for pitch in range(12)]


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Pearson's; 0 where one of them does not vary."""
    mean, others = sum(one) / len(one), sum(other) / len(other)
    products = sum((a - mean) * (b - others) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean) ** 2 for a in one) * sum((b - others) ** 2 for b in other)
    return float(products / spread**0.5) if spread else 0.0


def estimated_meter(events: Sequence[Event]) -> Meter:
    """The meter at whose bars and beats the melody's accents repeat best: the autocorrelation of the notes' lengths at
    their onsets (Brown, Determination of the meter of musical scores by autocorrelation, JASA 94, 1993)."""
    start = events[0].onset
    accents: dict[int, float] = {}
    for event in events:
        place = round((event.onset - start) / _GRID)
        accents[place] = max(accents.get(place, 0.0), min(float(event.end - event.onset), 0.5))
    best = max(_METERS, key=lambda meter: (_fit(accents, meter), -_METERS.index(meter)))
    return best if _fit(accents, best) > _fit(accents, _METERS[0]) * 1.02 else _METERS[0]


def _fit(accents: dict[int, float], meter: Meter) -> float:
    """Mean autocorrelation at the lags of a bar and of a beat, in sixteenths, over that at no lag."""
    assert meter.bar
    beat = Fraction(3 if meter.compound else 2, 8)
    lags = (round(meter.bar / _GRID), round(beat / _GRID))
    whole = sum(accent * accent for accent in accents.values())
    return sum(_at_lag(accents, lag) for lag in lags) / (len(lags) * whole)


def _at_lag(accents: dict[int, float], lag: int) -> float:
    return sum(accent * accents.get(place + lag, 0.0) for place, accent in accents.items())

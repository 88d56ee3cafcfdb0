"""What the page's player is sent of a tune: a dict that becomes JSON. This is the one description of it.

    {
      "length": 8.0,                    whole notes, final rests included
      "end": 7.75,                      where the tune comes round again, if its last note sounds on
      "tempo": [[0, 1.4286], ...],      from where on, how many seconds a whole note takes; the first from 0
      "meter": [[0.125, 0.375, 2], ...] the place of a first beat, whole notes in a beat, beats in a bar
      "bars": [[0, 0], [0.125, 1], ...] when each bar begins, each time that it is played, and its number in the text
      "notes": [{"at": 0, "duration": 0.125, "pitch": 69, "id": 3, "notes": [2]}, ...],
      "voices": [...]                   the same, of other voices; their ids are below 0
      "accompaniment": [...]            the same, played along; it has a level of its own and can be muted
    }

Every place and duration is in whole notes from the start, repeats played out, so that the tempo can change while it
plays. ``pitch`` is a MIDI number, ``id`` the index of the written note in ``Tune.elements``, ``notes`` those in
``Tune.notes`` of it and of what is tied to it: what to highlight. A note that is louder or softer than mf has a
``gain``. Notes come by ``at``, then pitch. Swing and lilt are in these numbers. ``static/player/player.js`` plays it.
"""

from bisect import bisect_left
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from charrnn.notation.bars import bars
from charrnn.notation.fields import quarters_per_minute
from charrnn.notation.tune import Meter, Tempo, Tune
from charrnn.render.playing.dynamics import DEFAULT_VELOCITY
from charrnn.render.playing.meters import beat
from charrnn.render.playing.performance import NoteEvent, Performance
from charrnn.render.playing.played_bars import played_bars

_DIGITS = 6  # after the decimal point: a microsecond, in text that stays short


def sound_of(
    tune: Tune, performance: Performance, accompaniment: Iterable[NoteEvent] = (), end: Fraction | None = None
) -> dict[str, Any]:
    """The tune as it sounds, to be played in the page. ``end`` is where it comes round, by default where it ends."""
    return {
        "length": _number(performance.duration),
        "end": _number(performance.duration if end is None else end),
        "tempo": [
            [_number(onset), _number(240 / quarters_per_minute(value))]
            for onset, value in performance.changes
            if isinstance(value, Tempo)
        ],
        "meter": _beats(tune, performance),
        "bars": _bars(tune, performance),
        "notes": [_note(event) for event in performance.notes],
        "voices": [_note(event) for event in performance.beside],
        "accompaniment": [_note(event) for event in accompaniment],
    }


def _bars(tune: Tune, performance: Performance) -> list[list[float]]:
    return [[_number(bar.onset), bar.number] for bar in played_bars(tune, performance)]


def _beats(tune: Tune, performance: Performance) -> list[list[float]]:
    meters = [(onset, value) for onset, value in performance.changes if isinstance(value, Meter)]
    pickups = {index: bar.duration for bar in bars(tune) if bar.begins_at for index in range(bar.first, bar.end)}
    onsets = [onset for onset, _ in performance.played]
    found: list[list[float]] = []
    for onset, meter in meters:
        place = bisect_left(onsets, onset)
        element = performance.played[place][1] if place < len(onsets) else -1
        length, beats = _beat(meter)
        found.append([_number(onset + pickups.get(element, 0)), _number(length), beats])
    return found


def _beat(meter: Meter) -> tuple[Fraction, int]:
    """A beat in whole notes, and how many make a bar; four quarters in free meter.

    >>> _beat(Meter(6, 8)), _beat(Meter(3, 4))
    ((Fraction(3, 8), 2), (Fraction(1, 4), 3))
    """
    length = beat(meter)
    return length, int(meter.bar / length) if meter.bar else 4


def _note(event: NoteEvent) -> dict[str, Any]:
    note = {
        "at": _number(event.onset),
        "duration": _number(event.duration),
        "pitch": event.pitch,
        "id": event.element,
        "notes": list(event.notes),
    }
    return note if event.velocity == DEFAULT_VELOCITY else note | {"gain": _number(event.gain)}


def _number(value: Fraction | float) -> float:
    return round(float(value), _DIGITS)

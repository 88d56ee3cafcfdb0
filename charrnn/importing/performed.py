"""A MIDI file as a tune: the melody's notes in bars, with meter, key, tempo and title from the file or estimated."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from charrnn import limits
from charrnn.errors import OpeningError
from charrnn.importing.barring import Barring, Event, Signature, barrings, elements_of
from charrnn.importing.candidates import Candidate, melody_of
from charrnn.importing.estimation import estimated_key, estimated_meter
from charrnn.importing.midi_file import MidiFile, Track
from charrnn.importing.quantising import events_of
from charrnn.importing.voices import Chosen, chosen_voice
from charrnn.notation.tune import Meter, Tempo, Tune
from charrnn.render.playing.meters import beat

_SIXTEENTHS = Fraction(1, 16)


def tune_of_midi(file: MidiFile, voice: int | None) -> Chosen:
    """The tune of the melody, or of the voice with this number from 1. Raises OpeningError where no tune can be made
    of it."""
    if not file.tracks:
        raise OpeningError("holds drums alone, no melody" if file.has_drums else "holds no notes")
    candidates = [_candidate(track, number) for number, track in enumerate(file.tracks, start=1)]
    index = chosen_voice(candidates, voice, melody_of(candidates))
    track = file.tracks[index]
    _check_length(file, track)
    events, was_quantised = events_of(track.strokes, file.ticks_per_quarter)
    remarks = ["quantised to sixteenths and triplet eighths"] if was_quantised else []
    tune = _tune(file, events, remarks)
    return Chosen(tune, tuple(candidate.name for candidate in candidates), index + 1, tuple(remarks))


def _candidate(track: Track, number: int) -> Candidate:
    tops: dict[int, int] = {}
    for stroke in track.strokes:
        tops[stroke.onset] = max(tops.get(stroke.onset, 0), stroke.pitch)
    name = track.name or f"Track {number}"
    return Candidate(f"{name} (channel {track.channel + 1})", tuple(tops.values()))


def _check_length(file: MidiFile, track: Track) -> None:
    if len(track.strokes) > limits.MAX_EVENTS:
        raise OpeningError(f"has {len(track.strokes):,} notes in its melody; a tune has at most {limits.MAX_EVENTS:,}")
    first, last = track.strokes[0].onset, max(stroke.end for stroke in track.strokes)
    seconds = file.seconds(last) - file.seconds(first)
    if seconds > limits.MAX_SECONDS:
        raise OpeningError(f"plays for {seconds:,.0f} seconds; a tune may play for {limits.MAX_SECONDS}")


def _tune(file: MidiFile, events: Sequence[Event], remarks: list[str]) -> Tune:
    whole = 4 * file.ticks_per_quarter
    keys = [Signature(Fraction(tick, whole), value) for tick, value in file.keys]
    meters = [Signature(Fraction(tick, whole), value) for tick, value in file.meters]
    key = next((value for tick, value in reversed(file.keys) if Fraction(tick, whole) <= events[0].onset), None)
    if key is None:
        key = estimated_key(events)
        remarks.append(f"the key, {key}, is estimated")
    if not meters or meters[0].onset > events[0].onset:
        meter = estimated_meter(events)
        remarks.append(f"the meter, {meter}, is estimated")
        meters.insert(0, Signature(Fraction(0), meter))
    meters = _from(meters, events[0].onset)
    end = max(event.end for event in events)
    meter, bars = barrings(meters, [one for one in keys if one.onset > events[0].onset], end)
    bars = _completed(_without_silence(bars, events[0].onset, meter), meter)
    elements = elements_of(events, bars, key)
    unit = Fraction(1, 8)
    return Tune(tuple(elements), key, meter, unit, _tempo(file, meter), file.title)


def _from(meters: Sequence[Signature], onset: Fraction) -> list[Signature]:
    """The signatures that hold from the bar on in which the music begins."""
    before = [one for one in meters if one.onset <= onset]
    last = before[-1]
    assert isinstance(last.value, Meter)
    assert last.value.bar
    bars = (onset - last.onset) // last.value.bar
    return [replace(last, onset=last.onset + bars * last.value.bar), *(one for one in meters if one.onset > onset)]


def _without_silence(bars: Sequence[Barring], onset: Fraction, meter: Meter) -> list[Barring]:
    """A first bar that is silent for half of its meter or longer is a pick-up."""
    first, *others = bars
    assert meter.bar
    if others and onset > first.start and 2 * (first.end - onset) <= meter.bar:
        first = replace(first, start=onset)
    return [first, *others]


def _completed(bars: Sequence[Barring], meter: Meter) -> list[Barring]:
    """The last bar is full with a rest if need be, or ends where the pick-up begins. ``meter``: at the start."""
    if len(bars) < 2:
        return list(bars)
    *others, last = bars
    at_end = [change for bar in bars for change in bar.changes if isinstance(change, Meter)][-1:] or [meter]
    pickup = bars[0].end - bars[0].start
    full = at_end[0].bar
    assert full
    full -= pickup if at_end[0] == meter and pickup < full else 0
    return [*others, replace(last, end=max(last.end, last.start + full))]


def _tempo(file: MidiFile, meter: Meter) -> Tempo | None:
    """As it is at the start."""
    if not file.tempos:
        return None
    microseconds = file.tempos[0][1]
    unit = beat(meter)
    a_minute = round(60_000_000 / microseconds / (4 * float(unit)))
    quarters = 4 * unit * a_minute
    return Tempo(unit, a_minute) if limits.MIN_TEMPO <= quarters <= limits.MAX_TEMPO else None

"""A tune as it sounds: repeats and endings played out, ties joined, key and bar accidentals applied.

Times are Fractions of a whole note from the start; ``Performance.seconds`` is the only place where they become seconds.
"""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from fractions import Fraction

from charrnn import limits
from charrnn.notation.fields import quarters_per_minute
from charrnn.notation.keys import Key
from charrnn.notation.repeats import play_order
from charrnn.notation.tune import SEMITONES, BarLine, Change, Meter, Note, Pitch, Place, Problem, Rest, Tempo, Tune

GRACE_DURATION = Fraction(1, 32)  # whole notes each, and together at most half of the note they adorn

# Beats a minute where no Q: is given, as dancers take them: (rhythm, beat in whole notes, beats a minute).
_DANCE_TEMPOS = {
    "reel": (Fraction(1, 2), 100),
    "hornpipe": (Fraction(1, 2), 80),
    "strathspey": (Fraction(1, 4), 120),
    "jig": (Fraction(3, 8), 112),
    "slip jig": (Fraction(3, 8), 120),
    "polka": (Fraction(1, 4), 130),
    "waltz": (Fraction(1, 4), 140),
    "march": (Fraction(1, 4), 110),
    "air": (Fraction(1, 4), 80),
}


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """One sounding note."""

    onset: Fraction  # whole notes from the start
    duration: Fraction  # whole notes
    pitch: int  # MIDI number, 60 is middle C
    element: int  # index into Tune.elements: what to highlight while it sounds


@dataclass(frozen=True, slots=True)
class Performance:
    notes: tuple[NoteEvent, ...]  # by onset, then pitch
    duration: Fraction  # whole notes, final rests included
    changes: tuple[tuple[Fraction, Key | Meter | Tempo], ...]  # from when on; the first three stand at 0
    problems: tuple[Problem, ...] = ()
    # (onset in whole notes, onset in seconds, seconds a whole note takes) of each tempo
    _clock: tuple[tuple[Fraction, float, float], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        clock: list[tuple[Fraction, float, float]] = []
        for onset, value in self.changes:
            if isinstance(value, Tempo):
                start, seconds, pace = clock[-1] if clock else (onset, 0.0, 0.0)
                clock.append((onset, seconds + float(onset - start) * pace, float(240 / quarters_per_minute(value))))
        object.__setattr__(self, "_clock", tuple(clock))

    def seconds(self, moment: Fraction | None = None) -> float:
        """Seconds from the start to a moment in whole notes, by default to the end."""
        moment = self.duration if moment is None else moment
        place = bisect_right(self._clock, moment, key=lambda tempo: tempo[0])
        start, seconds, pace = self._clock[max(place - 1, 0)]
        return seconds + float(moment - start) * pace


def perform(tune: Tune) -> Performance:
    """Play the tune through. Never raises: what cannot sound (a pitch off the keyboard, more notes than
    ``limits.MAX_EVENTS``) is left out and listed in ``problems``, and so is a tie that joins nothing."""
    player = _Player(tune)
    for index in play_order(tune.elements):
        if not player.play(index):
            break
    return player.performance()


class _Player:
    """The state of one playing: what has sounded so far, and what still sounds."""

    def __init__(self, tune: Tune) -> None:
        self.tune = tune
        self.sounding = _sounding(tune)
        self.now = Fraction(0)
        self.events: list[NoteEvent] = []
        self.changes: list[tuple[Fraction, Key | Meter | Tempo]] = [
            (self.now, value) for value in (default_tempo(tune), tune.meter, tune.key)
        ]
        self.tied: dict[int, tuple[int, Place]] = {}  # pitch -> event to prolong, place of the note with the tie
        self.ties: dict[Place, bool] = {}  # whether a tie has joined anything, in any turn of a repeat
        self.problems: dict[Problem, None] = {}  # a set that keeps its order: repeats would list them again

    def play(self, index: int) -> bool:
        """Play one element; False where the tune has to stop."""
        element = self.tune.elements[index]
        if isinstance(element, Change) and not isinstance(element.value, Fraction):
            self.changes.append((self.now, element.value))
        elif isinstance(element, Rest):
            self.tied = {}
            self.now += element.duration
        elif isinstance(element, Note):
            if len(self.events) + len(element.pitches) + len(element.graces) > limits.MAX_EVENTS:
                self._problem(element.place, f"the tune plays at most {limits.MAX_EVENTS:,} notes; it stops here")
                return False
            self._play_note(index, element)
        return True

    def _play_note(self, index: int, note: Note) -> None:
        pitches, graces = self.sounding[index]
        stolen = min(GRACE_DURATION * len(graces), note.duration / 2)
        for place, grace in enumerate(graces):
            duration = stolen / len(graces)
            self._strike(NoteEvent(self.now + place * duration, duration, grace, index), note.place)
        waiting, self.tied = self.tied, {}
        for pitch, is_tied in pitches.items():
            if pitch in waiting:
                event, tie = waiting[pitch]
                self.ties[tie] = True
                before = self.events[event]
                self.events[event] = replace(before, duration=before.duration + note.duration)
            else:
                event = len(self.events)
                if not self._strike(NoteEvent(self.now + stolen, note.duration - stolen, pitch, index), note.place):
                    continue
            if is_tied:
                self.tied[pitch] = event, note.place
                self.ties.setdefault(note.place, False)
        self.now += note.duration

    def _strike(self, event: NoteEvent, place: Place) -> bool:
        if not 0 <= event.pitch <= 127:
            self._problem(place, "this note is off the MIDI keyboard and is not played")
            return False
        self.events.append(event)
        return True

    def _problem(self, place: Place, message: str) -> None:
        if len(self.problems) < limits.MAX_REPORTED_PROBLEMS:
            self.problems[Problem(place, message)] = None

    def performance(self) -> Performance:
        for place, joins in self.ties.items():
            if not joins:
                self._problem(place, "the tie behind this note leads to no note of the same pitch")
        notes = sorted(self.events, key=lambda event: (event.onset, event.pitch))
        problems = sorted(self.problems, key=lambda problem: problem.place)
        return Performance(tuple(notes), self.now, tuple(self.changes), tuple(problems))


def midi_number(pitch: Pitch, alteration: int) -> int:
    return 12 * (pitch.octave + 1) + SEMITONES[pitch.letter] + alteration


def sounding_pitches(tune: Tune) -> dict[int, tuple[int, ...]]:
    """MIDI numbers of each note element, without its graces, by its index. A unison in a chord is one pitch."""
    return {index: tuple(pitches) for index, (pitches, _) in _sounding(tune).items()}


def _sounding(tune: Tune) -> dict[int, tuple[dict[int, bool], list[int]]]:
    """For each note element, by its index: its MIDI numbers, each with whether it is tied to the next note, and the
    numbers of its graces.

    An accidental holds for its letter, in every octave, to the end of the bar (section "Accidentals"), and over a tie
    for the note it is tied to. Graces take part in this, as they do in abc2midi.
    """
    key = tune.key
    in_bar: dict[str, int] = {}  # letter -> alteration
    tied: dict[tuple[str, int], int] = {}  # (letter, octave) -> alteration
    found: dict[int, tuple[dict[int, bool], list[int]]] = {}

    def alteration(pitch: Pitch) -> int:
        if pitch.accidental is not None:
            in_bar[pitch.letter] = pitch.accidental
        return in_bar.get(pitch.letter, key.alteration(pitch.letter))

    for index, element in enumerate(tune.elements):
        if isinstance(element, BarLine):
            in_bar = {}
        elif isinstance(element, Rest):
            tied = {}
        elif isinstance(element, Change) and isinstance(element.value, Key):
            key = element.value
        elif isinstance(element, Note):
            graces = [midi_number(grace, alteration(grace)) for grace in element.graces]
            held, tied = tied, {}
            numbers: dict[int, bool] = {}
            for pitch in element.pitches:
                spelled = pitch.letter, pitch.octave
                is_held = pitch.accidental is None and spelled in held
                semitones = held[spelled] if is_held else alteration(pitch)
                number = midi_number(pitch, semitones)
                numbers[number] = numbers.get(number, False) or pitch.tied
                if pitch.tied:
                    tied[spelled] = semitones
            found[index] = numbers, graces
    return found


def default_tempo(tune: Tune) -> Tempo:
    """The tune's own tempo, or the dancers' for its rhythm, or one that suits its meter."""
    if tune.tempo:
        return tune.tempo
    beat, per_minute = _DANCE_TEMPOS.get(tune.rhythm.strip().lower(), (None, 0))
    if beat is not None:
        return Tempo(beat, per_minute)
    if tune.meter.compound:
        return Tempo(Fraction(3, tune.meter.denominator), 112)
    return Tempo(Fraction(1, 4), 160 if tune.meter.bar == 1 else 120)

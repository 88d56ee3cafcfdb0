"""A tune as it sounds: repeats and endings played out, ties joined, key and bar accidentals applied.

Tempo, meter and key at a place are what the text before it says, in every turn: they go back with a repeat.

Times are Fractions of a whole note from the start; ``Performance.seconds`` is the only place where they become seconds.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from charrnn import limits
from charrnn.errors import RenderError
from charrnn.notation.fields import quarters_per_minute
from charrnn.notation.kept import kept
from charrnn.notation.keys import Key
from charrnn.notation.order.repeats import play_order
from charrnn.notation.order.together import Stretches, runs, stretches_beside, why_apart
from charrnn.notation.tune import Change, Ending, Layout, Meter, Note, Place, Problem, Rest, Tempo, Tune, Voice
from charrnn.notation.writing.canonical import canonical_rhythm
from charrnn.render.pitches import alterations, midi_number
from charrnn.render.playing.dynamics import DEFAULT_VELOCITY, velocities

NO_ELEMENT = -1  # a note of an accompaniment stands nowhere in the elements of the tune
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
# Quarters a minute where such a dance is written in sixteenths; of any other tune that is, and at most.
_IN_SIXTEENTHS = {"reel": 100, "hornpipe": 80, "strathspey": 60}
_OTHERS_IN_SIXTEENTHS, _MOST_IN_SIXTEENTHS = 90, 100
_SIXTEENTH = Fraction(1, 16)


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """One sounding note."""

    onset: Fraction  # whole notes from the start
    duration: Fraction  # whole notes
    pitch: int  # MIDI number, 60 is middle C
    element: int  # index into Tune.elements of the note where it begins; below 0 in other voices, see Performance
    notes: tuple[int, ...] = ()  # indices into Tune.notes of what it sounds: one, or several that ties join
    is_grace: bool = False
    velocity: int = DEFAULT_VELOCITY  # MIDI, 1 to 127

    @property
    def gain(self) -> float:
        """How loud a sampled note is: the square of its velocity, as General MIDI recommends; 1 at DEFAULT_VELOCITY."""
        return (self.velocity / DEFAULT_VELOCITY) ** 2


@dataclass(frozen=True, slots=True)
class Performance:
    notes: tuple[NoteEvent, ...]  # by onset, then pitch
    duration: Fraction  # whole notes, final rests included
    changes: tuple[tuple[Fraction, Key | Meter | Tempo], ...]  # from when on; the first three stand at 0
    problems: tuple[Problem, ...] = ()
    played: tuple[tuple[Fraction, int], ...] = ()  # (onset, index in Tune.elements) of notes and rests
    # Of other voices and overlays. Their elements count down from -1, from the first of the first of them to the last
    # of the last.
    beside: tuple[NoteEvent, ...] = ()
    # (onset in whole notes, onset in seconds, seconds a whole note takes) of each tempo
    _clock: tuple[tuple[Fraction, float, float], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        clock: list[tuple[Fraction, float, float]] = []
        for onset, value in self.changes:
            if isinstance(value, Tempo):
                start, seconds, pace = clock[-1] if clock else (onset, 0.0, 0.0)
                clock.append((onset, seconds + float(onset - start) * pace, float(240 / quarters_per_minute(value))))
        object.__setattr__(self, "_clock", tuple(clock))

    @property
    def sounding(self) -> tuple[NoteEvent, ...]:
        """The notes of all voices, by onset, then pitch."""
        if not self.beside:
            return self.notes
        return tuple(sorted((*self.notes, *self.beside), key=lambda event: (event.onset, event.pitch)))

    def seconds(self, moment: Fraction | None = None) -> float:
        """Seconds from the start to a moment in whole notes, by default to the end."""
        moment = self.duration if moment is None else moment
        place = bisect_right(self._clock, moment, key=lambda tempo: tempo[0])
        start, seconds, pace = self._clock[max(place - 1, 0)]
        return seconds + float(moment - start) * pace


def perform(tune: Tune) -> Performance:
    """Play the tune through. Never raises: what cannot sound (a pitch off the keyboard, more notes than
    ``limits.MAX_EVENTS``) is left out and listed in ``problems``, and so is a tie that joins nothing."""
    order = list(runs(play_order(tune.elements, tune.part_order)))
    into_endings = [isinstance(tune.elements[run.start], Ending) for run in order]
    performance = _performed(tune, order, into_endings)
    number = 0
    for voice in tune.voices:
        performance = _with_voice(performance, tune, voice, into_endings, number)
        number -= len(voice.elements)
    return performance


def _with_voice(
    performance: Performance, tune: Tune, voice: Voice, into_endings: Sequence[bool], number_before: int
) -> Performance:
    """With another voice, if it goes along with the first: else nobody knows where its bars belong. The numbers of its
    elements count down from ``number_before``."""
    stretches = stretches_beside(tune, voice)
    if stretches is None:
        message = f"V:{voice.name} {why_apart(tune, voice)}; it is neither played nor drawn nor written to MusicXML"
        problem = Problem(voice.elements[0].place, message, kind="voices")
        return replace(performance, problems=(*performance.problems, problem))
    other = _performed(replace(tune, elements=voice.elements, layout=Layout(), voices=()), stretches, into_endings)
    events = tuple(replace(event, element=number_before - 1 - event.element, notes=()) for event in other.notes)
    beside = (*performance.beside, *events)[: max(0, limits.MAX_EVENTS - len(performance.notes))]
    return replace(performance, beside=beside, problems=(*performance.problems, *other.problems))


def _performed(tune: Tune, stretches: Stretches, into_endings: Sequence[bool]) -> Performance:
    """The elements of ``tune`` alone, in stretches of which each may be an ending that the player goes to."""
    player = _Player(tune)
    following = 0
    for stretch, is_ending in zip(stretches, into_endings, strict=True):
        if stretch and stretch.start != following:
            player.go_to(stretch.start, is_ending)
        if not all(map(player.play, stretch)):
            break
        following = stretch.stop if stretch else following
    return player.performance()


class _Player:
    """The state of one playing: what has sounded so far, and what still sounds."""

    def __init__(self, tune: Tune) -> None:
        self.tune = tune
        self.sounding = _sounding(tune)
        self.number = {index: number for number, index in enumerate(self.sounding)}  # in Tune.notes
        self.velocities = velocities(tune)
        self.now = Fraction(0)
        self.played: list[tuple[Fraction, int]] = []
        self.events: list[NoteEvent] = []
        self.changes: list[tuple[Fraction, Key | Meter | Tempo]] = [
            (self.now, value) for value in (default_tempo(tune), tune.meter, tune.key)
        ]
        self.current: dict[type, Key | Meter | Tempo] = {type(value): value for _, value in self.changes}
        self.holding = states(tune)
        self.tied: dict[int, tuple[int, Place]] = {}  # pitch -> event to prolong, place of the note with the tie
        self.joined: dict[int, list[int]] = {}  # event -> the notes that it sounds, where ties join several
        self.ties: dict[Place, bool] = {}  # whether a tie has joined anything, in any turn of a repeat
        self.problems: dict[Problem, None] = {}  # a set that keeps its order: repeats would list them again

    def go_to(self, index: int, is_ending: bool) -> None:
        """Tempo, meter and key are those of the place in the text, whatever was played before. A tie reaches into every
        ending, and over no other jump."""
        if not is_ending:
            self.tied = {}
        for value in self.holding[index]:
            if self.current[type(value)] != value:
                self._change(value)

    def _change(self, value: Key | Meter | Tempo) -> None:
        self.changes.append((self.now, value))
        self.current[type(value)] = value

    def play(self, index: int) -> bool:
        """Play one element; False where the tune has to stop."""
        element = self.tune.elements[index]
        if isinstance(element, Change) and not isinstance(element.value, Fraction):
            self._change(element.value)
        elif isinstance(element, Rest):
            self.tied = {}
            self.played.append((self.now, index))
            self.now += element.duration
        elif isinstance(element, Note):
            if len(self.events) + len(element.pitches) + len(element.graces) > limits.MAX_EVENTS:
                self._problem(element.place, f"the tune plays at most {limits.MAX_EVENTS:,} notes; it stops here")
                return False
            self.played.append((self.now, index))
            self._play_note(index, element)
        return True

    def _play_note(self, index: int, note: Note) -> None:
        pitches, graces = self.sounding[index]
        notes = (self.number[index],)
        stolen = min(GRACE_DURATION * len(graces), note.duration / 2)
        for place, grace in enumerate(graces):
            duration = stolen / len(graces)
            event = NoteEvent(self.now + place * duration, duration, grace, index, notes, True, self.velocities[index])
            self._strike(event, note.place)
        waiting, self.tied = self.tied, {}
        for pitch, is_tied in pitches.items():
            if pitch in waiting:
                place_of_event, tie = waiting[pitch]
                self.ties[tie] = True
                before = self.events[place_of_event]
                self.events[place_of_event] = replace(before, duration=before.duration + note.duration)
                self.joined.setdefault(place_of_event, list(before.notes)).append(notes[0])
            else:
                place_of_event = len(self.events)
                onset, duration = self.now + stolen, note.duration - stolen
                event = NoteEvent(onset, duration, pitch, index, notes, velocity=self.velocities[index])
                if not self._strike(event, note.place):
                    continue
            if is_tied:
                self.tied[pitch] = place_of_event, note.place
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
                self._problem(place, "the tie after this note leads to no note of the same pitch")
        for event, joined in self.joined.items():
            self.events[event] = replace(self.events[event], notes=tuple(joined))
        notes = sorted(self.events, key=lambda event: (event.onset, event.pitch))
        problems = sorted(self.problems, key=lambda problem: problem.place)
        return Performance(tuple(notes), self.now, tuple(self.changes), tuple(problems), tuple(self.played))


def states(tune: Tune) -> list[tuple[Tempo, Meter, Key]]:
    """What holds before each element of the text, and at its end."""
    tempo, meter, key = default_tempo(tune), tune.meter, tune.key
    holding: list[tuple[Tempo, Meter, Key]] = []
    for element in tune.elements:
        holding.append((tempo, meter, key))
        if isinstance(element, Change) and isinstance(element.value, Tempo):
            tempo = element.value
        elif isinstance(element, Change) and isinstance(element.value, Meter):
            meter = element.value
        elif isinstance(element, Change) and isinstance(element.value, Key):
            key = element.value
    return [*holding, (tempo, meter, key)]


def tempos_of_returns(tune: Tune) -> dict[int, Tempo]:
    """Where repeats, endings and jumps lead to a place of another tempo than the one played before it: the tempo there,
    by the index of the first element. For files of programs that keep the last tempo."""
    holding = [tempo for tempo, _, _ in states(tune)]
    tempo, end = default_tempo(tune), 0
    found: dict[int, Tempo] = {}
    for stretch in runs(play_order(tune.elements, tune.part_order)):
        if stretch.start != end and holding[stretch.start] != tempo:
            found[stretch.start] = holding[stretch.start]
        end = stretch.stop
        tempo = holding[end]
    return found


def spans(event: NoteEvent, tune: Tune) -> list[tuple[Fraction, int]]:
    """When each written note of an event takes over, as (onset in whole notes, index into Tune.notes): what a moving
    highlight follows over ties."""
    notes, end = tune.notes, event.onset + event.duration
    found: list[tuple[Fraction, int]] = []
    for number in reversed(event.notes):
        end -= notes[number].duration
        found.append((max(end, event.onset), number))
    return found[::-1]


def sounding_pitches(tune: Tune) -> dict[int, tuple[int, ...]]:
    """MIDI numbers of each note element, without its graces, by its index. A unison in a chord is one pitch."""
    return {index: tuple(pitches) for index, (pitches, _) in _sounding(tune).items()}


@kept
def _sounding(tune: Tune) -> dict[int, tuple[dict[int, bool], list[int]]]:
    """For each note element, by its index: its MIDI numbers, each with whether it is tied to the next note, and the
    numbers of its graces."""
    found: dict[int, tuple[dict[int, bool], list[int]]] = {}
    for index, altered in alterations(tune).items():
        note = tune.elements[index]
        assert isinstance(note, Note)
        numbers: dict[int, bool] = {}
        for pitch, semitones in zip(note.pitches, altered.pitches, strict=True):
            number = midi_number(pitch, semitones)
            numbers[number] = numbers.get(number, False) or pitch.tied
        found[index] = numbers, [midi_number(*grace) for grace in zip(note.graces, altered.graces, strict=True)]
    return found


def default_tempo(tune: Tune) -> Tempo:
    """The tune's own tempo, or the dancers' for its rhythm, or one that suits its meter and the notes it moves in."""
    if tune.tempo:
        return tune.tempo
    rhythm = canonical_rhythm(tune.rhythm)
    if moves_in_sixteenths(tune):
        return _tempo_in_sixteenths(rhythm)
    beat, per_minute = _DANCE_TEMPOS.get(rhythm, (None, 0))
    if tune.meter.compound and (beat is None or beat == Fraction(3, 8)):
        return Tempo(Fraction(3, tune.meter.denominator), per_minute or 112)
    if beat is not None:
        return Tempo(beat, per_minute)
    return Tempo(Fraction(1, 4), 160 if tune.meter.bar == 1 else 120)


def moves_in_sixteenths(tune: Tune) -> bool:
    """Whether most notes of a tune are sixteenths or shorter, and its meter has beats of two or four of them: such a
    reel in 2/4 is one in 2/2 with its values halved."""
    short = sum(note.duration <= _SIXTEENTH for note in tune.notes)
    return not tune.meter.compound and 2 * short > len(tune.notes)


def _tempo_in_sixteenths(rhythm: str) -> Tempo:
    beat, per_minute = _DANCE_TEMPOS.get(rhythm, (Fraction(1, 4), _OTHERS_IN_SIXTEENTHS))
    quarters = min(int(4 * beat * per_minute), _MOST_IN_SIXTEENTHS)
    return Tempo(Fraction(1, 4), _IN_SIXTEENTHS.get(rhythm, quarters))


def seconds_to_write(performance: Performance) -> float:
    """How long a file of the performance plays. Raises RenderError when there is no note to play, or it is too long."""
    if not performance.notes:
        raise RenderError("there is no note to play in this tune")
    seconds = performance.seconds()
    if seconds > limits.MAX_SECONDS:
        raise RenderError(
            f"the tune plays for {seconds:,.0f} seconds; at most {limits.MAX_SECONDS} are written to a file"
        )
    return seconds

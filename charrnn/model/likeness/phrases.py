"""What of a phrase, four bars of a tune, tells people's tunes from a model's: counts of short patterns, by name.

A tune is heard in pieces, from left to right. ``begin`` reads the header; ``hear`` takes what was heard before and the
next piece, and gives the features of that piece and what has been heard then. So a phrase can be judged in its place
while the rest of the tune is not yet written. The text is canonical music; bar lines count only for where sections end.
A judge of these features knows what the model writes; of nonsense that no model writes it tells nothing.

    d:ceg|      degrees, a is the tonic (capitals in minor), as text with lengths   lo:4   lowest note of a bar
    i:ONM       steps on the staff, M is none, N one up, L one down                 nn:6   notes of a bar
    R6/8:nnnn2n the rhythm of a bar; Rjig: by rhythm, RR after that of the last     first 3:4   degree at a place
    eq4, req4   the bar, its rhythm is that of four bars before                     new 3  unlike any bar before
    hf4, seq4   its first half is; it is a sequence of it                           end:0  last degree of a section
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from charrnn.model.likeness.features import Features

BARS = 4  # of a phrase
LONGEST_GRAM = 6  # characters of a pattern of degrees or steps
_REACH = LONGEST_GRAM - 1  # characters before a piece that patterns reach back to
_DISTANCES = (1, 2, 4, 8)  # bars back to a bar that may come again
LAST_PLACE = 16  # of a bar in its section; later ones count as this
WIDEST = 9  # steps; larger leaps count as this
_USUAL_UNIT = 1 / 8  # of a whole note, where the header has no L:
SHORT = 0.75  # of a bar; a first bar of a section that is shorter is a pick-up

_LETTERS = "CDEFGAB"
_STAFF = {letter: step for step, letter in enumerate(_LETTERS + _LETTERS.lower())}  # steps above middle C
_MINOR = ("m", "min", "aeo", "dor", "phr", "loc")  # modes with a minor third
_KEY = re.compile(r"([A-G])[#b]?\s*([A-Za-z]*)")
_PASSED_OVER = r"\[[A-Za-z]:[^\]]*\]|\[\d|(?<=\(\d):[\d:]*|\s+"  # inline fields, "[1", the ":2:3" of a tuplet
_BAR_LINE = r"((?:\|\]|\[\||[:|])+\d?)"  # with the number of an ending
_NOTE = re.compile(r"([_=^]*)([A-Ga-g])([,']*)")
_SOUND = re.compile(r"\((\d)|(?:\[[^\]]*\]|[A-Ga-gzx])[,']*(\d*)(/*)(\d*)")
_IN_THE_TIME_OF = {"2": 3, "4": 3, "8": 3}  # notes of a tuplet; of other tuplets two

_passed_over, _bar_line = re.compile(_PASSED_OVER), re.compile(_BAR_LINE)
_bar_line_at_its_place = re.compile(f"{_PASSED_OVER}|{_BAR_LINE}")


@dataclass(frozen=True, slots=True)
class _Bar:
    """The notes of a bar in three spellings, all with lengths, ties and brackets as written."""

    degrees: str  # with accidentals
    steps: str  # the same, each note by its distance from the one before
    rhythm: str  # each note is an "n"
    pitches: tuple[int, ...]  # steps above middle C
    melody: tuple[int, ...]  # steps from note to note


@dataclass(frozen=True, slots=True)
class Heard:
    """What is kept of a tune that has been heard so far."""

    meter: str = ""
    rhythm: str = ""  # of the header: "jig"
    tonic: int = 0  # steps above C
    is_minor: bool = False
    full: float = 0.0  # unit lengths of a bar; 0 where there is no meter
    bars: tuple[_Bar, ...] = ()
    line: str = ""  # the bar line after the last bar
    place: int = 0  # of the next bar in its section; a pick-up has the place of the bar after it
    pitch: int | None = None  # of the last note
    firsts: str = ""  # degrees of the first notes of the last two bars
    ends: frozenset[str] = frozenset()  # degrees of the bars that sections ended with


def begin(header: str) -> Heard:
    """Before the first note. ``header`` has canonical fields, one a line; those that cannot be read count as none."""
    fields = {line[0]: line[2:].strip() for line in header.splitlines() if line[1:2] == ":"}
    meter, key = fields.get("M", ""), _KEY.match(fields.get("K", ""))
    tonic, mode = (_STAFF[key[1]], key[2]) if key else (0, "")
    full = _ratio(meter) / (_ratio(fields.get("L", "")) or _USUAL_UNIT)
    return Heard(meter, fields.get("R", ""), tonic, mode[:3].lower() in _MINOR, full)


def hear(before: Heard, music: str) -> tuple[Features, Heard]:
    """The features of the bars in a piece of music, which begins where the one before ended, and all heard then.

    Pieces that are cut after bar lines, or within them, have the features of the whole in sum. A last bar without a bar
    line counts as a bar; a piece that begins with a bar line, or the rest of one, begins after the bar before.
    """
    listener = _Listener(before)
    # The bar line before is read once more, with what may follow of it: whether ":" is ":|2" only this piece tells.
    pieces = _bar_line.split(before.line + _passed_over.sub("", music))
    for body, line in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        if body:
            listener.hear_bar(body)
        listener.hear_line(line)
    return listener.features(), listener.heard()


def phrase_features(header: str, music: str) -> list[Features]:
    """The features of each phrase of a whole tune."""
    heard, found = begin(header), []
    for phrase in phrases_of(music):
        features, heard = hear(heard, phrase)
        found.append(features)
    return found


def phrases_of(music: str) -> list[str]:
    """A whole tune's music cut into phrases of four bars, counted anew in each section; "".join() gives it back.

    A pick-up belongs to the phrase that it leads to, and the last phrase of a section may be shorter.
    """
    bars = _bars_of(music)
    phrases: list[str] = []
    count, begins = 0, True  # bars of the phrase so far; whether a section begins
    for (bar, ends), (after, _) in zip(bars, [*bars, ("", False)][1:], strict=True):
        if begins or count == BARS:
            phrases.append("")
            count = 0
        phrases[-1] += bar
        count += not (begins and _length(bar) < SHORT * _length(after))
        begins = ends
    return phrases


def end_of_bars(music: str) -> int:
    """Where the last bar line ends, so where the bar begins that the music leaves open."""
    return max((found.end() for found in _bar_line_at_its_place.finditer(music) if found[1]), default=0)


def _bars_of(music: str) -> list[tuple[str, bool]]:
    """Bars as written, each with the bar line after it, and whether a section ends there. What has no notes, as the
    bar line at the start, belongs to the bar after it, or at the end to the last."""
    bars: list[tuple[str, bool]] = []
    start = end = 0  # of the bar; of its notes
    lines = [(found.start(), found.end()) for found in _bar_line_at_its_place.finditer(music) if found[1]]
    for begin_of_line, end_of_line in [*lines, (len(music), len(music))]:
        ends = _ends_section(music[begin_of_line:end_of_line])
        if _passed_over.sub("", music[end:begin_of_line]):
            bars.append((music[start:end_of_line], ends))
            start = end_of_line
        elif bars:
            bars[-1] = (bars[-1][0] + music[start:end_of_line], bars[-1][1] or ends)
            start = end_of_line
        end = end_of_line
    return bars or [(music, False)] * bool(music)


class _Listener:
    """What has been heard, as it grows by a piece."""

    def __init__(self, before: Heard) -> None:
        self._before = before
        self._bars, self._known = list(before.bars), {bar.degrees for bar in before.bars}
        self._rhythms = {bar.rhythm for bar in before.bars}
        self._line, self._is_closed = "", _ends_section(before.line)
        self._place, self._pitch, self._firsts, self._ends = before.place, before.pitch, before.firsts, before.ends
        self._names: list[str] = []

    def hear_bar(self, body: str) -> None:
        self._line, self._is_closed = "", False
        bar = self._spelled(body)
        self._names += [*self._rhythm(bar), *self._repetition(bar), *self._notes(bar)]
        self._names += self._next_place(body)
        self._bars.append(bar)
        self._known.add(bar.degrees)
        self._rhythms.add(bar.rhythm)

    def hear_line(self, line: str) -> None:
        self._line += line
        if self._bars and not self._is_closed and _ends_section(self._line):
            self._is_closed, self._place = True, 0
            self._names += self._end(self._bars[-1])

    def features(self) -> Features:
        return Counter(self._names + self._grams())

    def heard(self) -> Heard:
        before = self._before
        return Heard(
            before.meter, before.rhythm, before.tonic, before.is_minor, before.full,
            tuple(self._bars), self._line, self._place, self._pitch, self._firsts, self._ends,
        )  # fmt: skip

    def _spelled(self, body: str) -> _Bar:
        tonic, names = self._before.tonic, "ABCDEFG" if self._before.is_minor else "abcdefg"
        degrees, steps, rhythm, pitches = [], [], [], []
        last, end = self._pitch, 0
        for note in _NOTE.finditer(body):
            accidental, letter, octave = note.groups()
            between = body[end : note.start()]
            end = note.end()
            pitch = _STAFF[letter] + 7 * (octave.count("'") - octave.count(","))
            step = 0 if last is None else max(-WIDEST, min(WIDEST, pitch - last))
            degrees.append(f"{between}{accidental}{names[(pitch - tonic) % 7]}")
            steps.append(f"{between}{accidental}{chr(ord('M') + step)}")
            rhythm.append(f"{between}n")
            pitches.append(pitch)
            last = pitch
        self._pitch, rest = last, body[end:]
        melody = tuple([after - before for before, after in pairwise(pitches)])
        return _Bar("".join(degrees) + rest, "".join(steps) + rest, "".join(rhythm) + rest, tuple(pitches), melody)

    def _grams(self) -> list[str]:
        """Patterns of degrees and steps that end in this piece; those that begin before it, too."""
        heard = len(self._before.bars)
        earlier, new = self._bars[max(0, heard - _REACH) : heard], self._bars[heard:]
        start = "#" if heard < _REACH else ""
        found = []
        for family, shortest, spelling in (("d", 1, _degrees), ("i", 2, _steps)):
            tail = (start + spelling(earlier))[-_REACH:]
            text, first = tail + spelling(new), len(tail) + 1
            for length in range(shortest, LONGEST_GRAM + 1):
                ends = range(max(first, length), len(text) + 1)
                found += [f"{family}:{text[end - length : end]}" for end in ends]
        return found

    def _rhythm(self, bar: _Bar) -> Iterator[str]:
        yield f"R{self._before.meter}:{bar.rhythm}"
        yield f"R{self._before.rhythm}:{bar.rhythm}"
        if self._bars:
            yield f"RR{self._before.meter}:{self._bars[-1].rhythm}|{bar.rhythm}"

    def _repetition(self, bar: _Bar) -> Iterator[str]:
        """Which bars before come again in this one, and how much of them."""
        place, half, same = self._place, max(1, len(bar.degrees) // 2), ""
        for distance in _DISTANCES[: sum(distance <= len(self._bars) for distance in _DISTANCES)]:
            other = self._bars[-distance]
            is_same = other.degrees == bar.degrees
            same += f" {distance}" if is_same else ""
            if is_same:
                yield from (f"eq{distance}", f"eq{distance} {place}")
            if other.degrees[:half] == bar.degrees[:half]:
                yield from (f"hf{distance}", f"hf{distance} {place}")
            if other.rhythm == bar.rhythm:
                yield from (f"req{distance}", f"req{distance} {place}")
                if not is_same and other.melody == bar.melody:
                    yield f"seq{distance}"
        yield f"again {place}:{same}"
        yield f"new {place}" if bar.degrees not in self._known else f"known {place}"
        yield f"rnew {place}" if bar.rhythm not in self._rhythms else f"rknown {place}"

    def _next_place(self, body: str) -> Iterator[str]:
        """Goes on to the place of the next bar; where a section begins, tells whether it does with a pick-up."""
        is_pick_up = self._place == 0 and _length(body) < SHORT * self._before.full
        if self._place == 0:
            yield f"pick-up {is_pick_up}"
            yield f"pick-up {is_pick_up} {self._before.rhythm} {self._before.meter}"
        if not is_pick_up:
            self._place = min(self._place + 1, LAST_PLACE)

    def _notes(self, bar: _Bar) -> Iterator[str]:
        """Register, number and steps of the notes, and the first and the last by the bar's place."""
        if not bar.pitches:
            return
        pitches, mode = bar.pitches, "m" if self._before.is_minor else ""
        first, last = self._degree(pitches[0]), self._degree(pitches[-1])
        yield f"first {self._place}:{first}{mode}"
        yield f"last {self._place}:{last}{mode}"
        firsts = f"{self._firsts}{first}"
        yield from (f"firsts:{firsts[-count:]}{mode}" for count in (2, 3) if len(firsts) >= count)
        self._firsts = firsts[-2:]
        lowest, highest = min(pitches), max(pitches)
        yield from (f"lo:{lowest}", f"hi:{highest}", f"span:{highest - lowest}")
        yield f"mean:{round(sum(pitches) / len(pitches))}"
        yield f"nn{self._before.meter}:{len(pitches)}"
        sizes = [abs(size) for size in bar.melody]
        yield f"steps:{4 * sizes.count(1) // max(1, len(sizes))}"  # quarters of the intervals
        yield f"thirds:{4 * sizes.count(2) // max(1, len(sizes))}"

    def _end(self, bar: _Bar) -> Iterator[str]:
        """How a section ends, and whether another one did so before."""
        yield f"endsame {bar.degrees in self._ends}"
        yield f"end:{self._degree(bar.pitches[-1]) if bar.pitches else ''}"
        yield from (f"endR:{bar.rhythm}", f"endd:{bar.degrees}")
        self._ends |= {bar.degrees}

    def _degree(self, pitch: int) -> int:
        return (pitch - self._before.tonic) % 7


def _degrees(bars: Iterable[_Bar]) -> str:
    return "".join([f"{bar.degrees}|" for bar in bars])


def _steps(bars: Iterable[_Bar]) -> str:
    return "".join([f"{bar.steps}|" for bar in bars])


def _ends_section(line: str) -> bool:
    return ":" in line or "||" in line or "|]" in line or "[|" in line


def _length(body: str) -> float:
    """Of the notes and rests of a bar, in unit lengths. Broken rhythms change no sum."""
    total, left, factor = 0.0, 0, 1.0  # notes left of a tuplet, and by what their lengths change
    for sound in _SOUND.finditer(_passed_over.sub("", body)):
        tuplet, whole, slashes, below = sound.groups()
        if tuplet:
            left, factor = int(tuplet), _IN_THE_TIME_OF.get(tuplet, 2) / max(1, int(tuplet))
            continue
        length = float(whole or 1) / ((float(below) or 1) if below else 2 ** len(slashes[:9]))
        total += length * factor if left > 0 else length
        left -= 1
    return total


def _ratio(text: str) -> float:
    """Of "6/8"; 0 where the text is none."""
    above, _, below = text.partition("/")
    if not (above.isdecimal() and below.isdecimal()):
        return 0.0
    return float(above) / (float(below) or 1)

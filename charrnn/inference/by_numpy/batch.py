"""Lines written with numpy's steps, one after another: where there is no kernel yet, and the oracle of the kernel."""

import copy
from dataclasses import dataclass, replace

from charrnn.errors import CharrnnError
from charrnn.inference.by_numpy.steps import NumpyStepper, NumpySteps
from charrnn.inference.draws import draw
from charrnn.inference.guides import Guide
from charrnn.inference.layout import Floats as Probabilities
from charrnn.inference.line import Line
from charrnn.inference.tries import Bars, ends_bar
from charrnn.model.position.closes import BARS, TRIES, LastNote
from charrnn.model.position.plan import PlanState

TURNS = 4  # characters of each line before others are let in


class NumpyBatch:
    """See ``engine.Batch``."""

    def __init__(self, stepper: NumpyStepper, end: int) -> None:
        self._stepper, self._end = stepper, end
        self._rows: dict[Line, Row] = {}

    @property
    def lines(self) -> list[Line]:
        return list(self._rows)

    def join(self, line: Line) -> None:
        self._rows[line] = Row(self._stepper, line)

    def drop(self, line: Line) -> None:
        self._rows.pop(line, None)

    def turn(self) -> list[Line]:
        for line in self.lines:
            try:
                for _ in range(TURNS):
                    if not line.is_finished:
                        self._rows[line].write(self._end)
            except CharrnnError as error:
                line.finish(error)
        finished = [line for line in self._rows if line.is_finished]
        for line in finished:
            self.drop(line)
        return finished


@dataclass(frozen=True, slots=True)
class _Copy:
    """A row as it stood before a draw."""

    steps: NumpySteps
    probabilities: Probabilities
    guide: Guide


@dataclass(frozen=True, slots=True)
class _BeforeClose:
    """A row and its line before the last bars of a section."""

    row: _Copy
    note: LastNote
    written: int
    nats: float


class Row:
    """A line with its steps; it goes back where a section does not close as it is to."""

    def __init__(self, stepper: NumpyStepper, line: Line) -> None:
        self._line, self._characters = line, stepper.clock.characters if stepper.has_hints else ""
        start, sampling = replace(line.state, plan=(PlanState(line.plan),)), line.sampling
        self._steps = stepper.start(start, sampling.divisor, sampling.repetition)
        self._note, self._tries = LastNote(), TRIES
        self._before_close: _BeforeClose | None = None
        for index in line.ids:
            self._probabilities = self._steps([index])[0]
            self._hear(index)
        self._bars = Bars(line.tries, line, self) if line.tries is not None else None

    def write(self, end: int) -> None:
        """One more character, or back to a copy."""
        line = self._line
        drawn = draw(self._probabilities, line.sampling, line.random, line.guide.mask())
        if drawn.index == end and self._goes_back():
            return
        line.take(drawn, end, self._steps.untempered[0])
        before = self._steps.plan
        if not line.is_over:
            self._probabilities = self._steps([drawn.index])[0]
        after = self._steps.plan
        if self._bars is not None and (line.is_over or ends_bar(before, after)):
            self._bars.end(line.indices, after, line.is_over)
        elif not line.is_over:
            self._close(drawn.index, before, after)
        line.is_finished = line.is_over

    def _close(self, index: int, before: PlanState, after: PlanState) -> None:
        """Watch the end of a section."""
        line = self._line
        if line.closing is not None and before.plan is not None and before.section < len(before.plan):
            if after.section > before.section:
                if self._goes_back():
                    return
                self._before_close, self._tries = None, TRIES
            elif before.left > BARS >= after.left and before.section in line.closing.sections:
                self._hear(index)
                self._before_close = _BeforeClose(self.copy(), self._note, len(line.indices), line.nats)
                return
        self._hear(index)

    def _hear(self, index: int) -> None:
        if self._line.closing is not None:
            self._note = self._note.then(self._characters[index])

    def copy(self, since: object = None) -> _Copy:
        """See ``tries.Written``."""
        return _Copy(self._steps.copy(), self._probabilities, copy.copy(self._line.guide))

    def put(self, copied: _Copy) -> None:
        self._steps, self._probabilities = copied.steps.copy(), copied.probabilities
        self._line.guide = copy.copy(copied.guide)

    def _goes_back(self) -> bool:
        """At the end of a section: whether it has to close on the tonic and does not."""
        line, kept = self._line, self._before_close
        if kept is None or line.closing is None or self._note.letter == line.closing.letter or not self._tries:
            return False
        self._tries -= 1
        self.put(kept.row)
        self._note, line.nats = kept.note, kept.nats
        line.take_back(len(line.indices) - kept.written)
        return True

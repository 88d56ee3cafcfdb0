"""Lines written with numpy's steps, one after another: where there is no kernel yet, and the oracle of the kernel."""

import copy
from dataclasses import dataclass, replace

from charrnn.errors import CharrnnError
from charrnn.inference.by_numpy.steps import NumpyStepper, NumpySteps
from charrnn.inference.by_numpy.tries import Bars
from charrnn.inference.draws import draw
from charrnn.inference.guides import Guide
from charrnn.inference.layout import Floats as Probabilities
from charrnn.inference.line import Line
from charrnn.inference.tries import LONGEST, Taste, ends_bar
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


class Row:
    """A line with its steps; it goes back where a bar is written again."""

    def __init__(self, stepper: NumpyStepper, line: Line) -> None:
        self._line = line
        start, sampling = replace(line.state, plan=(PlanState(line.plan),)), line.sampling
        self._steps = stepper.start(start, sampling.divisor, sampling.repetition)
        for index in line.ids:
            self._probabilities = self._steps([index])[0]
        self._bars: Bars | None = None
        if line.tries is not None and line.plan is not None:
            taste = Taste(line.tries, stepper.clock.characters, line.plan)
            self._bars = Bars(line.tries.times, taste, line, self)

    def write(self, end: int) -> None:
        """One more character, or back to a copy."""
        line = self._line
        drawn = draw(self._probabilities, line.sampling, line.random, line.guide.mask())
        line.take(drawn, end, self._steps.untempered[0])
        before = self._steps.plan
        if not line.is_over:
            self._probabilities = self._steps([drawn.index])[0]
        after = self._steps.plan
        if self._bars is not None and (
            line.is_over or ends_bar(before, after) or len(line.indices) - self._bars.start == LONGEST
        ):
            self._bars.end(line.indices, after, line.is_over)
        line.is_finished = line.is_over

    def copy(self) -> _Copy:
        """See ``by_numpy.tries.Written``."""
        return _Copy(self._steps.copy(), self._probabilities, copy.copy(self._line.guide))

    def put(self, copied: _Copy) -> None:
        self._steps, self._probabilities = copied.steps.copy(), copied.probabilities
        self._line.guide = copy.copy(copied.guide)

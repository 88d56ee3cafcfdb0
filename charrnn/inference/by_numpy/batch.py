"""Lines written with numpy's steps, one after another: where there is no kernel yet, and the oracle of the kernel."""

import copy
from dataclasses import dataclass, replace

from charrnn.errors import CharrnnError
from charrnn.inference.by_numpy.steps import NumpyStepper, NumpySteps
from charrnn.inference.draws import draw
from charrnn.inference.guides import Guide
from charrnn.inference.layout import Floats as Probabilities
from charrnn.inference.line import Line
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
    note: LastNote
    written: int
    nats: float


class Row:
    """A line with its steps; it goes back where a section does not close as it is to."""

    def __init__(self, stepper: NumpyStepper, line: Line) -> None:
        self._line, self._characters = line, stepper.clock.characters if stepper.has_hints else ""
        self._steps = stepper.start(replace(line.state, plan=(PlanState(line.plan),)), *line.sampling.settings)
        self._note, self._tries = LastNote(), TRIES
        self._copy: _Copy | None = None
        for index in line.ids:
            self._probabilities = self._steps([index])[0]
            self._hear(index)

    def write(self, end: int) -> None:
        """One more character, or back to the copy."""
        line = self._line
        drawn = draw(self._probabilities, line.sampling, line.random, line.guide.mask())
        if drawn.index == end and self._goes_back():
            return
        line.take(drawn, end, self._steps.untempered[0])
        if line.is_finished:
            return
        before = self._steps.plan
        self._probabilities = self._steps([drawn.index])[0]
        after = self._steps.plan
        if line.closing is not None and before.plan is not None and before.section < len(before.plan):
            if after.section > before.section:
                if self._goes_back():
                    return
                self._copy, self._tries = None, TRIES
            elif before.left > BARS >= after.left and before.section in line.closing.sections:
                self._hear(drawn.index)
                self._copy = self._copied()
                return
        self._hear(drawn.index)

    def _hear(self, index: int) -> None:
        if self._line.closing is not None:
            self._note = self._note.then(self._characters[index])

    def _copied(self) -> _Copy:
        line = self._line
        return _Copy(
            self._steps.copy(), self._probabilities, copy.copy(line.guide), self._note, len(line.indices), line.nats
        )

    def _goes_back(self) -> bool:
        """At the end of a section: whether it has to close on the tonic and does not."""
        line, kept = self._line, self._copy
        if kept is None or line.closing is None or self._note.letter == line.closing.letter or not self._tries:
            return False
        self._tries -= 1
        self._steps, self._probabilities, self._note = kept.steps.copy(), kept.probabilities, kept.note
        line.guide, line.nats = copy.copy(kept.guide), kept.nats
        line.take_back(len(line.indices) - kept.written)
        return True

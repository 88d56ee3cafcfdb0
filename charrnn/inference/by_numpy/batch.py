"""Lines written with numpy's steps, one after another: where there is no kernel yet, and the oracle of the kernel."""

from dataclasses import replace

from charrnn.errors import CharrnnError
from charrnn.inference.by_numpy.steps import NumpyStepper
from charrnn.inference.draws import draw
from charrnn.inference.layout import Floats as Probabilities
from charrnn.inference.line import Line
from charrnn.inference.steps import Steps
from charrnn.model.position.plan import PlanState

TURNS = 4  # characters of each line before others are let in


class NumpyBatch:
    """See ``engine.Batch``."""

    def __init__(self, stepper: NumpyStepper, end: int) -> None:
        self._stepper, self._end = stepper, end
        self._rows: dict[Line, tuple[Steps, Probabilities]] = {}

    @property
    def lines(self) -> list[Line]:
        return list(self._rows)

    def join(self, line: Line) -> None:
        state = replace(line.state, plan=(PlanState(line.plan),))
        steps = self._stepper.start(state, line.divisor, line.repetition)
        for index in line.ids:
            probabilities = steps([index])[0]
        self._rows[line] = steps, probabilities

    def drop(self, line: Line) -> None:
        self._rows.pop(line, None)

    def turn(self) -> list[Line]:
        for line in self.lines:
            try:
                self._write(line)
            except CharrnnError as error:
                line.finish(error)
        finished = [line for line in self._rows if line.is_finished]
        for line in finished:
            self.drop(line)
        return finished

    def _write(self, line: Line) -> None:
        steps, probabilities = self._rows[line]
        for _ in range(TURNS):
            drawn = draw(probabilities, line.temperature, line.random, line.guide.mask())
            line.take(drawn, self._end, steps.untempered[0])
            if line.is_finished:
                return
            probabilities = steps([drawn.index])[0]
        self._rows[line] = steps, probabilities

"""Several tunes to choose from, composed at the same time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from charrnn.model.checkpoint import Checkpoint
from charrnn.sampling.batch import numbered
from charrnn.sampling.checks import check_candidates
from charrnn.sampling.compose import LOOK_SECONDS, Composition, Draft, engine_of
from charrnn.sampling.options import Request


def stream_candidates(
    checkpoint: Checkpoint, request: Request, count: int, may_go_on: Callable[[], bool] = lambda: True
) -> Iterator[tuple[Composition, ...]]:
    """The candidates as they grow; the last value is the finished tunes.

    Candidate n is the tune that ``compose`` gives alone for the request with its seed plus n. Until ``may_go_on()`` is
    true, which it may take its time to tell, there is only the first.

    Raises OptionError when there are too many, or the seed holds characters that the model does not know.
    """
    return _grown(checkpoint, [numbered(request, number) for number in range(check_candidates(count))], may_go_on)


def _grown(
    checkpoint: Checkpoint, requests: list[Request], may_go_on: Callable[[], bool]
) -> Iterator[tuple[Composition, ...]]:
    engine, drafts = engine_of(checkpoint), [Draft.begun(checkpoint, requests[0])]

    def tunes() -> tuple[Composition, ...]:
        return tuple(draft.composition for draft in drafts)

    with ExitStack() as leaving:
        tickets = [leaving.enter_context(engine.write([drafts[0].line]))]
        yield tunes()
        if others := requests[1:]:
            while not may_go_on():
                tickets[0].wait(0)  # raises its fault
                yield tunes()
            drafts += [Draft.begun(checkpoint, other) for other in others]
            tickets.append(leaving.enter_context(engine.write([draft.line for draft in drafts[1:]])))
        while not all(ticket.wait(LOOK_SECONDS) for ticket in reversed(tickets)):
            tickets[0].wait(0)
            yield tunes()
    yield tunes()

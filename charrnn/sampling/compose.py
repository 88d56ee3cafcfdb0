"""One request from start to end: the header completed, the seed read, the tune drawn character by character."""

import math
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from charrnn import limits
from charrnn.grammar.compass import notes_of
from charrnn.grammar.form import Parts
from charrnn.grammar.start import Start, keep_to, read_seed
from charrnn.inference.draws import Sampling
from charrnn.inference.engine import ROWS, Engine, Ticket, engine_for
from charrnn.inference.guides import GrammarGuide, Guide, NoGuide, masks_for
from charrnn.inference.line import Draws, Line
from charrnn.inference.readings import reading_of
from charrnn.inference.tries import Tries
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan
from charrnn.model.training_index import index_of
from charrnn.model.vocabulary import START
from charrnn.notation.instruments.table import instrument_of
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Place, Problem, Tune
from charrnn.notation.writing.canonical import canonical_prefix
from charrnn.notation.writing.spelling import spell_field
from charrnn.notation.writing.writer import with_layout
from charrnn.render.beyond import beyond
from charrnn.render.problems import problems
from charrnn.sampling.options import Request
from charrnn.sampling.start.closes import closing_for
from charrnn.sampling.start.header import complete_header, given_fields
from charrnn.sampling.start.plan import draw_plan, has_room, parts_of, plan_of_form
from charrnn.sampling.start.seed import Seed, joined, refuse_unreadable, typed_music
from charrnn.sampling.start.titles import title_for
from charrnn.sampling.start.typed_header import shown_header
from charrnn.sampling.steering import SteeringGuide
from charrnn.sampling.tries import tries_for

AHEAD = 16 * ROWS  # tunes that are under way or wait for a long one before them, where many are wanted
_DRAWS = 8  # of plans for a seed to fit into; then the tune is told of the last one, and need not keep it
LOOK_SECONDS = 0.1  # between two looks at growing tunes


@dataclass(frozen=True)
class Composition:
    """A tune, finished or growing."""

    request: Request
    header: str  # canonical, without X: and T:
    seed_music: str  # the person's own notes, as they were typed
    music: str  # what the model wrote after them
    draws: Draws  # one for each character of the music
    bits: float = 0.0  # what the music costs the model at temperature 1, its end included
    ended: bool = False  # the tune came to its end; False where the length ran out, or it still grows
    title: str = ""
    over_shared: int = 0  # notes where every choice made a shared passage longer than asked for
    own_header: str = ""  # of a tune that is changed, word for word; then nothing else stands before the music
    shown_header: str = ""  # the seed's as typed and completed, without X: and T:; empty where the canonical one stands
    keeps_form: bool = True  # False where the person's own bars do not fit into the form that was asked for
    plan: Plan | None = None  # bars of the parts that the tune was meant to have
    prefix: str = ""  # the music before that of the model, as the model read it

    @cached_property
    def abc(self) -> str:
        """The whole tune as ABC text."""
        return self.numbered_abc(1)

    def numbered_abc(self, number: int) -> str:
        """The same with an ``X:`` of one's choice, for a book of several tunes."""
        start = self._start(number)
        plain = start + self.music
        laid_out = with_layout(plain, len(start), self.plain)
        is_same = self.request.grammar or parse(laid_out).elements == self.plain.elements
        return f"{laid_out if is_same else plain}\n"

    def _start(self, number: int) -> str:
        if self.own_header:
            return self.own_header + self.seed_music
        title = spell_field("T", self.title or self._title_of_its_own)
        return f"X:{number}\n{title}{self.shown_header or self.header}{self.seed_music}"

    @property
    def _title_of_its_own(self) -> str:
        return title_for(self.request.seed, given_fields(self.header).get("R", ""))

    @cached_property
    def tune(self) -> Tune:
        """With the places and the layout of ``abc``."""
        return parse(self.abc)

    @cached_property
    def plain(self) -> Tune:
        """The same music as the model wrote it, in one line; for all that asks for neither places nor layout, for each
        parse costs as much as a tenth of writing the tune."""
        return parse(self._start(1) + self.music)

    @property
    def bits_per_note(self) -> float | None:
        """What a note of the model's costs it; None where it has written none."""
        seed = len(parse(self._start(1)).notes) if self.seed_music else 0
        notes = len(self.plain.notes) - seed
        return self.bits / notes if notes else None

    @property
    def problems_of_seed(self) -> list[Problem]:
        """What is not right with the person's own text, with its place in ``abc``. It is kept all the same."""
        return self._in_seed(problems(self.tune)) if self.seed_music or self.request.seed_text else []

    @property
    def beyond_instrument(self) -> list[Problem]:
        """What of the person's own text the instrument does not have, with its place in ``abc``. It is kept."""
        return [entry for entry in self._beyond if not self._is_written(entry)]

    @property
    def written_beyond_instrument(self) -> list[Problem]:
        """The same of what the model wrote: nothing, with the grammar."""
        return [entry for entry in self._beyond if self._is_written(entry)]

    @cached_property
    def _beyond(self) -> list[Problem]:
        instrument = instrument_of(self.request.instrument)
        return beyond(self.abc, instrument) if instrument else []

    def _is_written(self, entry: Problem) -> bool:
        """Whether it is the model's. An accidental that the seed ends with belongs to the model's first note; graces
        are always the person's, though they may stand before that note."""
        if not self.request.seed_text:
            return True
        lines = self._start(1).rstrip("^_=").split("\n")
        return entry.kind != "grace" and entry.place >= Place(len(lines), len(lines[-1]) + 1)

    @property
    def remarks_of_seed(self) -> list[Problem]:
        """What is left out of the person's own text; without the grammar, the model writes such things, too."""
        return self._in_seed(self.tune.remarks)

    def _in_seed(self, entries: Iterable[Problem]) -> list[Problem]:
        lines = self._start(1).split("\n")
        end = Place(len(lines), len(lines[-1]) + 1)
        return [entry for entry in entries if entry.place < end]

    @property
    def removed(self) -> float:
        """Probability that the grammar took away, for each character on average."""
        return sum(self.draws.removed) / max(1, len(self.draws))

    @property
    def loops(self) -> bool:
        return goes_round(self.music)


def goes_round(music: str) -> bool:
    """Whether music goes round in circles, as the most probable characters of a language model like to do."""
    return len(music) > limits.MAX_COMPRESSION * len(zlib.compress(music.encode()))


def compose(checkpoint: Checkpoint, request: Request) -> Composition:
    """The finished tune. The same request gives the same tune, whatever else runs beside it."""
    *_, last = stream(checkpoint, request)
    return last


def compose_all(checkpoint: Checkpoint, requests: Iterable[Request]) -> Iterator[Composition]:
    """The finished tune of each request, in order. Some of the next ones are written at the same time."""
    engine, begun = engine_of(checkpoint), deque[tuple[Draft, Ticket]]()
    try:
        for request in requests:
            draft = Draft.begun(checkpoint, request)
            begun.append((draft, engine.write([draft.line])))
            while len(begun) > AHEAD or (begun and begun[0][1].is_finished):
                yield _finished(*begun.popleft())
        while begun:
            yield _finished(*begun.popleft())
    finally:
        for _, ticket in begun:
            engine.forget(ticket)


def _finished(draft: "Draft", ticket: Ticket) -> Composition:
    ticket.wait()
    return draft.composition


def stream(checkpoint: Checkpoint, request: Request) -> Iterator[Composition]:
    """The tune as it grows, at least every ``LOOK_SECONDS``; the last one is the finished tune.

    Raises OptionError when the seed holds characters that the model does not know.
    """
    for (tune,) in stream_together(checkpoint, [request]):
        yield tune


def stream_together(checkpoint: Checkpoint, requests: Sequence[Request]) -> Iterator[tuple[Composition, ...]]:
    """The tunes of several requests as they grow, until the last has ended."""
    yield from grow(checkpoint, [Draft.begun(checkpoint, request) for request in requests])


def grow(checkpoint: Checkpoint, drafts: Sequence["Draft"]) -> Iterator[tuple[Composition, ...]]:
    """The tunes as they grow, from where their drafts stand. Closing the generator cancels the work."""
    yield tuple(draft.composition for draft in drafts)
    with engine_of(checkpoint).write([draft.line for draft in drafts]) as ticket:
        while not ticket.wait(LOOK_SECONDS):
            yield tuple(draft.composition for draft in drafts)
    yield tuple(draft.composition for draft in drafts)


def engine_of(checkpoint: Checkpoint) -> Engine:
    return engine_for(checkpoint.network, checkpoint.vocabulary.index_of[START])


class Draft:
    """One tune on its way: the line that the engine writes, and what it is part of."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        composition: Composition,
        prefix: str,
        guide: Guide,
        most: int,
        random: np.random.Generator,
        kind: str = "free",
    ) -> None:
        """``prefix`` is the music that stands already, as the model reads it; ``most`` characters may be written.
        ``kind`` is one of ``closes.KINDS``.

        Raises OriginalityError where the tune is to stay away from training music of which there is no index.
        """
        request, self._begun = composition.request, replace(composition, prefix=prefix)
        self._characters = checkpoint.vocabulary.characters
        self._latest, self._is_finished = self._begun, False
        self._steering: SteeringGuide | None = None
        if request.most_shared is not None:
            guide = self._steering = SteeringGuide(
                guide, self._characters, index_of(checkpoint), request.most_shared, composition.header, prefix
            )
        start = checkpoint, composition.header, prefix, composition.plan
        closing = closing_for(*start, request, kind)
        self.line = line_after(*start, guide, most, random, request, tries_for(*start, request, closing))

    @classmethod
    def begun(cls, checkpoint: Checkpoint, request: Request) -> "Draft":
        """A draft that continues the seed. Raises OptionError if the model cannot continue it."""
        refuse_unreadable(checkpoint, request)
        random = np.random.default_rng(request.seed)
        typed = typed_music(request.seed_text)
        prefix = canonical_prefix(typed)
        header = complete_header(checkpoint, request, prefix, random)
        seed = joined(checkpoint, request, header, typed, prefix)
        guide, most, plan, keeps_form = _planned(checkpoint, request, header, seed, random)
        given = parse(request.seed_text)
        tune = Composition(
            request, header, seed.typed, "", Draws(),
            title=given.title, shown_header=shown_header(request.seed_text, given.tempo, header),
            keeps_form=keeps_form, plan=plan,
        )  # fmt: skip
        kind = "form" if request.form and keeps_form else "free"
        return cls(checkpoint, tune, seed.prefix, guide, most, random, kind)

    @property
    def composition(self) -> Composition:
        """The tune as far as it has been written; the same object for as long as nothing is added."""
        line = self.line
        is_finished = line.is_finished  # read first: another thread writes the line until then
        draws = line.draws
        if self._is_finished or (draws == self._latest.draws and not is_finished):
            return self._latest
        music = "".join(self._characters[index] for index in draws.indices)
        is_full = is_finished and len(draws) == line.most
        ended = line.has_ended or (self._begun.request.grammar and is_full)  # the grammar lands right there
        forced = self._steering.forced if self._steering else 0
        self._latest, self._is_finished = (
            replace(
                self._begun, music=music, draws=draws, bits=line.nats / math.log(2), ended=ended, over_shared=forced
            ),
            is_finished,
        )
        return self._latest


def line_after(
    checkpoint: Checkpoint,
    header: str,
    prefix: str,
    plan: Plan | None,
    guide: Guide,
    most: int,
    random: np.random.Generator,
    request: Request,
    tries: Tries | None = None,
) -> Line:
    """A line that goes on after a header, which ends with K:, and some music, drawn as the request asks.

    The state before the key's value is kept for all tunes whose headers begin so. The line reads the rest: always from
    the same place, for one sum rounded otherwise can lead to another tune.
    """
    ids = checkpoint.vocabulary.encode(START + header + prefix)
    read = len(START + header[: header.rindex("K:")] + "K:")
    _, state = reading_of(checkpoint.network, ids[:read], request.temperature)
    sampling = Sampling(request.temperature, request.repetition)
    return Line(state, ids[read:], guide, most, random, sampling, plan, tries)


def _planned(
    checkpoint: Checkpoint, request: Request, header: str, seed: Seed, random: np.random.Generator
) -> tuple[Guide, int, Plan | None, bool]:
    """What offers the characters, how many there may be, the plan that the network is told, and whether the form that
    was asked for is kept."""
    if not request.grammar:
        return NoGuide(), request.length, _free_plan(checkpoint, request, header, seed, random)[0], True
    if request.form:
        start = _start(checkpoint, request, header, seed, request.form.plan())
        if start.position.structure.plan is not None:
            guide = _guide(checkpoint, start, limits.MAX_LENGTH)  # a form ends by itself
            return guide, guide.left, plan_of_form(request.form) if checkpoint.reads_plans else None, True
    for _ in range(_DRAWS):
        plan, parts = _free_plan(checkpoint, request, header, seed, random)
        start = _start(checkpoint, request, header, seed, parts)
        if parts is None or start.position.structure.goes_on_as_planned:
            break
    else:
        start = _start(checkpoint, request, header, seed, None)
    guide = _guide(checkpoint, start, request.length)
    return guide, guide.left, plan, request.form is None


def _free_plan(
    checkpoint: Checkpoint, request: Request, header: str, seed: Seed, random: np.random.Generator
) -> tuple[Plan | None, Parts | None]:
    """A plan that tunes of people's have, and their parts where there is room to keep them."""
    if not checkpoint.reads_plans:
        return None, None
    start = header, seed.prefix, request.length
    plan = draw_plan(checkpoint, *start, random)
    if plan is None:
        return None, None
    return plan, parts_of(plan) if has_room(plan, *start) else None


def _start(checkpoint: Checkpoint, request: Request, header: str, seed: Seed, parts: Parts | None) -> Start:
    """Where the grammar stands after the seed. The parts are kept if the seed fits into them."""
    grammar = masks_for(checkpoint.vocabulary.characters).grammar
    start = read_seed(grammar, header, seed.prefix, parts, seed.is_closed, seed.has_graces)
    instrument = instrument_of(request.instrument)
    if instrument is None:
        return start
    return keep_to(grammar, start, notes_of(instrument), header, seed.prefix, seed.typed, seed.has_graces)


def _guide(checkpoint: Checkpoint, start: Start, length: int) -> GrammarGuide:
    return GrammarGuide(masks_for(checkpoint.vocabulary.characters), start, length)

"""One request from start to end: the header completed, the seed read, the tune drawn character by character."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from charrnn import limits
from charrnn.corpus.originality import default_index
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.network import State
from charrnn.model.plan import Plan
from charrnn.model.vocabulary import START
from charrnn.notation.canonical import canonical_prefix
from charrnn.notation.parser import parse
from charrnn.notation.seeds import read_seed
from charrnn.notation.spelling import spell_tempo
from charrnn.notation.tokens import lex
from charrnn.notation.tune import Place, Problem, Tempo, Tune
from charrnn.notation.writer import broken_into_lines
from charrnn.render.problems import problems
from charrnn.sampling.filters import GrammarGuide, Guide, NoGuide, masks_for
from charrnn.sampling.generate import Draw, Probabilities, divisor, draw, write_together
from charrnn.sampling.header import complete_header, given_fields
from charrnn.sampling.options import Request
from charrnn.sampling.plan import draw_plan, plan_of_form
from charrnn.sampling.readings import reading_of
from charrnn.sampling.seed import Seed, joined, refuse_unreadable, typed_music
from charrnn.sampling.steering import SteeringGuide
from charrnn.sampling.stepper import stepper_for
from charrnn.sampling.titles import title_for


@dataclass(frozen=True, slots=True)
class Composition:
    """A tune, finished or growing."""

    request: Request
    header: str  # canonical, without X: and T:
    seed_music: str  # the person's own notes, as they were typed
    music: str  # what the model wrote behind them
    draws: tuple[Draw, ...]  # one for each character of the music
    ended: bool = False  # the tune came to its end; False where the length ran out, or it still grows
    title: str = ""
    over_shared: int = 0  # notes at which a longer shared passage than was asked for was the only way on
    own_header: str = ""  # as the person wrote it, where it is to stay so
    tempo: Tempo | None = None  # where the person gave one
    keeps_form: bool = True  # False where the person's own bars do not fit into the form that was asked for
    plan: Plan | None = None  # bars of the parts that the tune was meant to have

    @property
    def abc(self) -> str:
        """The whole tune as ABC text."""
        return self.numbered_abc(1)

    def numbered_abc(self, number: int) -> str:
        """The same with an ``X:`` of one's choice, for a book of several tunes."""
        return f"{self._start(number)}{self._written_lines()}\n"

    def _start(self, number: int) -> str:
        if self.own_header:
            return self.own_header + self.seed_music
        tempo = ""
        if self.tempo:
            tempo = f"Q:{spell_tempo(self.tempo)}\n"
        return f"X:{number}\nT:{self.title or self._title_of_its_own}\n{tempo}{self.header}{self.seed_music}"

    @property
    def _title_of_its_own(self) -> str:
        return title_for(self.request.seed, given_fields(self.header).get("R", ""))

    def _written_lines(self) -> str:
        """What the model wrote, going on in the line in which the seed stops."""
        last_line = self.seed_music.rpartition("\n")[2]
        bars_before = sum(token.kind == "bar" for token in lex(last_line)) if last_line.strip("|:") else 0
        return broken_into_lines(self.music, bars_before=bars_before)

    @property
    def tune(self) -> Tune:
        return parse(self.abc)

    @property
    def problems_of_seed(self) -> list[Problem]:
        """What is not right with the person's own bars, with its place in ``abc``. They are kept all the same."""
        return self._in_seed(problems(self.tune)) if self.seed_music else []

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
        return sum(drawn.removed for drawn in self.draws) / max(1, len(self.draws))

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


def stream(checkpoint: Checkpoint, request: Request) -> Iterator[Composition]:
    """The tune as it grows, after each character; the last one is the finished tune.

    Raises OptionError when the seed holds characters that the model does not know.
    """
    for (tune,) in stream_together(checkpoint, [request]):
        yield tune


def stream_together(checkpoint: Checkpoint, requests: Sequence[Request]) -> Iterator[tuple[Composition, ...]]:
    """The tunes of several requests as they grow, a character in each, until the last has ended. They have their seed
    numbers and texts to themselves, but temperature and repetition in common."""
    yield from grow(checkpoint, [Draft.begun(checkpoint, request) for request in requests])


def grow(checkpoint: Checkpoint, drafts: Sequence["Draft"]) -> Iterator[tuple[Composition, ...]]:
    """The tunes as they grow, from where their drafts stand."""
    yield tuple(draft.composition for draft in drafts)
    request = drafts[0].composition.request
    temperature, repetition = request.temperature, request.repetition
    read_once: dict[tuple[str, Plan | None], tuple[Probabilities, State]] = {}
    for draft in drafts:
        if draft.start not in read_once:
            text, plan = draft.start
            ids = checkpoint.vocabulary.encode(text)
            read_once[draft.start] = reading_of(checkpoint.network, ids, temperature, repetition, plan)
    probabilities, states = zip(*(read_once[draft.start] for draft in drafts), strict=True)
    steps = stepper_for(checkpoint.network).start(states, divisor(temperature), repetition)
    for _ in write_together(steps, probabilities, drafts):
        yield tuple(draft.composition for draft in drafts)


class Draft:
    """One tune on its way: what has been written, what may follow, and the random generator that draws it."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        composition: Composition,
        prefix: str,
        guide: Guide,
        most: int,
        random: np.random.Generator,
    ) -> None:
        """``prefix`` is the music that stands already, as the model reads it; ``most`` characters may be written."""
        request, self.composition = composition.request, composition
        self.start = START + composition.header + prefix, composition.plan  # what the network is told before it draws
        self.is_finished = False
        self._characters, self._most, self._random = checkpoint.vocabulary.characters, most, random
        self._guide = guide
        self._steering: SteeringGuide | None = None
        if request.most_shared is not None:
            self._guide = self._steering = SteeringGuide(
                guide, self._characters, default_index(), request.most_shared, composition.header, prefix
            )

    @classmethod
    def begun(cls, checkpoint: Checkpoint, request: Request) -> "Draft":
        """Behind the seed. Raises OptionError when no tune of this model can go on from it."""
        refuse_unreadable(checkpoint, request)
        random = np.random.default_rng(request.seed)
        typed = typed_music(request.seed_text)
        prefix = canonical_prefix(typed)
        header = complete_header(checkpoint, request, prefix, random)
        seed = joined(checkpoint, request, header, typed, prefix)
        guide, most, keeps_form = _guide(checkpoint, request, header, seed)
        given = parse(request.seed_text)
        plan = _plan(checkpoint, request, header, seed, keeps_form, random)
        tune = Composition(
            request, header, seed.typed, "", (),
            title=given.title, tempo=given.tempo, keeps_form=keeps_form, plan=plan,
        )  # fmt: skip
        return cls(checkpoint, tune, seed.prefix, guide, most, random)

    def draw(self, probabilities: Probabilities) -> int:
        """The next character, given the network's probabilities (V,)."""
        tune = self.composition
        drawn = draw(probabilities, tune.request.temperature, self._random, self._guide.mask())
        self._guide.advance(drawn.index)
        character = self._characters[drawn.index]
        if character != START:
            tune = replace(tune, music=tune.music + character, draws=(*tune.draws, drawn))
        is_full = len(tune.music) == self._most
        ended = character == START or (tune.request.grammar and is_full)  # the grammar lands right there
        forced = self._steering.forced if self._steering else 0
        self.composition, self.is_finished = replace(tune, ended=ended, over_shared=forced), ended or is_full
        return drawn.index


def _plan(
    checkpoint: Checkpoint, request: Request, header: str, seed: Seed, keeps_form: bool, random: np.random.Generator
) -> Plan | None:
    """The plan of the form that is kept, or one drawn."""
    if not checkpoint.reads_plans:
        return None
    if request.form and keeps_form:
        return plan_of_form(request.form)
    return draw_plan(checkpoint, header, seed.prefix, request.length, random)


def _guide(checkpoint: Checkpoint, request: Request, header: str, seed: Seed) -> tuple[Guide, int, bool]:
    """What offers the characters, how many there may be, and whether they make the form that was asked for."""
    if not request.grammar:
        return NoGuide(), request.length, True
    masks = masks_for(checkpoint.vocabulary.characters)
    start = read_seed(masks.grammar, header, seed.prefix, request.form, seed.is_closed, seed.has_graces)
    has_form = start.position.structure.plan is not None
    guide = GrammarGuide(masks, start, limits.MAX_LENGTH if has_form else request.length)  # a form ends by itself
    return guide, guide.left, has_form or request.form is None

"""One request from start to end: the header completed, the seed read, the tune drawn character by character."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.vocabulary import START, unknown_sentence
from charrnn.notation.canonical import canonical_prefix
from charrnn.notation.fields import is_plain_unit, parse_unit
from charrnn.notation.parser import parse
from charrnn.notation.seeds import read_seed, takes
from charrnn.notation.tokens import lex
from charrnn.notation.tune import Place, Problem, Tune
from charrnn.notation.writer import broken_into_lines
from charrnn.render.problems import problems
from charrnn.sampling.filters import GrammarGuide, Guide, NoGuide, masks_for
from charrnn.sampling.generate import Draw, divisor, generate, read
from charrnn.sampling.header import complete_header
from charrnn.sampling.options import Request
from charrnn.sampling.seam import seam
from charrnn.sampling.stepper import stepper_for


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
    keeps_form: bool = True  # False where the person's own bars do not fit into the form that was asked for

    @property
    def abc(self) -> str:
        """The whole tune as ABC text."""
        return self.numbered_abc(1)

    def numbered_abc(self, number: int) -> str:
        """The same with an ``X:`` of one's choice, for a book of several tunes."""
        return f"{self._start(number)}{self._written_lines()}\n"

    def _start(self, number: int) -> str:
        title = self.title or f"Tune {self.request.seed}"
        return f"X:{number}\nT:{title}\n{self.header}{self.seed_music}"

    def _written_lines(self) -> str:
        """What the model wrote, going on in the line in which the seed stops."""
        last_line = self.seed_music.rpartition("\n")[2]
        return broken_into_lines(self.music, bars_before=sum(token.kind == "bar" for token in lex(last_line)))

    @property
    def tune(self) -> Tune:
        return parse(self.abc)

    @property
    def problems_of_seed(self) -> list[Problem]:
        """What is not right with the person's own bars, with its place in ``abc``. They are kept all the same."""
        lines = self._start(1).split("\n")
        end = Place(len(lines), len(lines[-1]) + 1)
        return [problem for problem in problems(self.tune) if problem.place < end] if self.seed_music else []

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
    _refuse_unknown_characters(checkpoint, request.seed_text)
    if request.grammar:
        _refuse_odd_units(request.seed_text)
    random = np.random.default_rng(request.seed)
    typed = _typed_music(request.seed_text)
    prefix = canonical_prefix(typed)
    header = complete_header(checkpoint, request, prefix, random)
    seed = _joined(checkpoint, request, header, typed, prefix)
    draft = Composition(request, header, seed.typed, "", (), title=parse(request.seed_text).title)
    yield draft
    network, vocabulary = checkpoint.network, checkpoint.vocabulary
    temperature, repetition = request.temperature, request.repetition
    probabilities, state = read(network, vocabulary.encode(START + header + seed.prefix), None, temperature, repetition)
    steps = stepper_for(network).start(state, divisor(temperature), repetition)
    guide, most, keeps_form = _guide(checkpoint, request, header, seed)
    draft = replace(draft, keeps_form=keeps_form)
    music = ""
    draws: list[Draw] = []
    for drawn in generate(steps, probabilities, temperature, random, guide):
        character = vocabulary.characters[drawn.index]
        if character != START:
            music += character
            draws.append(drawn)
        ended = character == START or (request.grammar and len(music) == most)  # the grammar lands right there
        yield replace(draft, music=music, draws=tuple(draws), ended=ended)
        if ended or len(music) == most:
            return


def _guide(checkpoint: Checkpoint, request: Request, header: str, seed: "_Seed") -> tuple[Guide, int, bool]:
    """What offers the characters, how many there may be, and whether they make the form that was asked for."""
    if not request.grammar:
        return NoGuide(), request.length, True
    masks = masks_for(checkpoint.vocabulary.characters)
    start = read_seed(masks.grammar, header, seed.prefix, request.form, seed.is_closed, seed.has_graces)
    has_form = start.position.structure.plan is not None
    guide = GrammarGuide(masks, start, limits.MAX_LENGTH if has_form else request.length)  # a form ends by itself
    return guide, guide.left, has_form or request.form is None


@dataclass(frozen=True, slots=True)
class _Seed:
    """The seed's music as it was typed, with what has to stand behind it; and as the model reads it."""

    typed: str
    prefix: str
    is_closed: bool  # its last symbol takes no more characters
    has_graces: bool = False  # that wait for their note


def _joined(checkpoint: Checkpoint, request: Request, header: str, typed: str, prefix: str) -> _Seed:
    at = seam(typed, prefix)
    if request.form and prefix and ":" not in prefix and request.form.plan()[0].opens:
        typed, prefix = "|:" + typed, "|:" + prefix  # the first part is repeated: so the person's bars are
    if at.unfinished and _leads_on(checkpoint, request, header, prefix, at.unfinished):
        return _Seed(typed, prefix + at.unfinished, is_closed=False)
    return _Seed(typed + at.glue, prefix, at.is_closed, at.has_graces)


def _leads_on(checkpoint: Checkpoint, request: Request, header: str, prefix: str, unfinished: str) -> bool:
    """Whether the symbol that the seed begins can be finished."""
    characters = checkpoint.vocabulary.characters
    if not set(unfinished) <= set(characters):
        return False
    return not request.grammar or takes(masks_for(characters).grammar, header, prefix, unfinished, request.form)


def _refuse_unknown_characters(checkpoint: Checkpoint, text: str) -> None:
    """Symbols without a meaning in ABC may stand in a seed if the model knows their characters; others are refused."""
    known = checkpoint.vocabulary.index_of
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    unknown = [
        (starts[token.line - 1] + token.column, token.text)
        for token in lex(text)
        if token.kind == "unknown" and token.text not in known
    ]
    if unknown:
        raise OptionError(unknown_sentence(unknown, "of the seed "))


def _refuse_odd_units(text: str) -> None:
    """In sevenths of a whole note, no meter's bar can be filled."""
    for token in lex(text):
        inline = token.kind == "field" and token.text[1] == "L"
        if not (inline or (token.kind == "field line" and token.parts["name"] == "L")):
            continue
        value = token.text[3:-1] if inline else str(token.parts["value"])
        try:
            unit = parse_unit(value)
        except ValueError:
            continue  # the parser lists it
        if not is_plain_unit(unit):
            raise OptionError(f"The unit length L: of a seed must be 1, 1/2, 1/4, 1/8 and so on, not {value.strip()}.")


def _typed_music(text: str) -> str:
    """The seed without its header lines, as it was typed."""
    lines = text.split("\n")
    first_music = next((token.line for token in lex(text) if token.kind != "field line"), len(lines) + 1)
    return "\n".join(lines[first_music - 1 :]).rstrip()

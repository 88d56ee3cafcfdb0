"""One request from start to end: the header completed, the seed read, the tune drawn character by character."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.vocabulary import START, unknown_sentence
from charrnn.notation.canonical import canonical_prefix
from charrnn.notation.parser import parse
from charrnn.notation.tokens import lex
from charrnn.notation.tune import Tune
from charrnn.notation.writer import broken_into_lines
from charrnn.sampling.generate import Draw, generate, read
from charrnn.sampling.header import complete_header
from charrnn.sampling.options import Request
from charrnn.sampling.stepper import Stepper


@dataclass(frozen=True, slots=True)
class Composition:
    """A tune, finished or growing."""

    request: Request
    header: str  # canonical, without X: and T:
    seed_music: str  # the person's own notes, as they were typed
    music: str  # what the model wrote behind them
    draws: tuple[Draw, ...]  # one for each character of the music
    ended: bool = False  # the model ended the tune; False where the length ran out, or it still grows
    title: str = ""

    @property
    def abc(self) -> str:
        """The whole tune as ABC text."""
        return self.numbered_abc(1)

    def numbered_abc(self, number: int) -> str:
        """The same with an ``X:`` of one's choice, for a book of several tunes."""
        title = self.title or f"Tune {self.request.seed}"
        return f"X:{number}\nT:{title}\n{self.header}{self.seed_music}{self._written_lines()}\n"

    def _written_lines(self) -> str:
        """What the model wrote, going on in the line in which the seed stops."""
        last_line = self.seed_music.rpartition("\n")[2]
        return broken_into_lines(self.music, bars_before=sum(token.kind == "bar" for token in lex(last_line)))

    @property
    def tune(self) -> Tune:
        return parse(self.abc)

    @property
    def loops(self) -> bool:
        """Whether the music goes round in circles, as the most probable characters of a language model like to do."""
        return len(self.music) > limits.MAX_COMPRESSION * len(zlib.compress(self.music.encode()))


def compose(checkpoint: Checkpoint, request: Request) -> Composition:
    """The finished tune. The same request gives the same tune, whatever else runs beside it."""
    *_, last = stream(checkpoint, request)
    return last


def stream(checkpoint: Checkpoint, request: Request) -> Iterator[Composition]:
    """The tune as it grows, after each character; the last one is the finished tune.

    Raises OptionError when the seed holds characters that the model does not know.
    """
    _refuse_unknown_characters(checkpoint, request.seed_text)
    random = torch.Generator().manual_seed(request.seed)
    seed_music = _typed_music(request.seed_text)
    prefix = canonical_prefix(seed_music)
    header = complete_header(checkpoint, request, prefix, random)
    title = parse(request.seed_text).title
    draft = Composition(request, header, seed_music, "", (), title=title)
    yield draft
    network, vocabulary = checkpoint.network, checkpoint.vocabulary
    probabilities, state = read(network, vocabulary.encode(START + header + prefix), None, request.temperature)
    music = ""
    draws: list[Draw] = []
    for drawn in generate(Stepper(network), probabilities, state, request.temperature, random):
        character = vocabulary.characters[drawn.index]
        if character == START:
            yield replace(draft, music=music, draws=tuple(draws), ended=True)
            return
        music += character
        draws.append(drawn)
        yield replace(draft, music=music, draws=tuple(draws))
        if len(music) >= request.length:
            return


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


def _typed_music(text: str) -> str:
    """The seed without its header lines, as it was typed."""
    lines = text.split("\n")
    first_music = next((token.line for token in lex(text) if token.kind != "field line"), len(lines) + 1)
    return "\n".join(lines[first_music - 1 :]).rstrip()

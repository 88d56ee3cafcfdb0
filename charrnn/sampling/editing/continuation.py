"""More of a tune after its end: until it ends once more, or one more part."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from charrnn import limits
from charrnn.errors import SamplingError
from charrnn.grammar.automaton import Grammar
from charrnn.grammar.bar import IMPOSSIBLE
from charrnn.grammar.compass import notes_of
from charrnn.grammar.form import Part
from charrnn.grammar.start import Start, keep_to, read_seed
from charrnn.inference.guides import GrammarGuide, masks_for
from charrnn.inference.line import Draws
from charrnn.model.checkpoint import Checkpoint
from charrnn.notation.instruments.table import instrument_of
from charrnn.notation.reading.parser import parse
from charrnn.notation.tokens import lex, lex_music, normalise_newlines
from charrnn.notation.writing.canonical import canonical_header
from charrnn.notation.writing.writer import canonical_music
from charrnn.sampling.checks import check_whole_number
from charrnn.sampling.compose import Composition, Draft, grow
from charrnn.sampling.options import Request
from charrnn.sampling.start.seed import header_and_music


def continued(checkpoint: Checkpoint, abc: str, request: Request) -> Iterator[Composition]:
    """The tune as it goes on after its end, until it ends once more or ``request.length`` characters are written. If
    its parts are repeated, what follows begins with a repeat sign, too.

    Of the request, temperature, length, seed, repetition, most_shared, instrument and tries count; the grammar is
    always on. Raises SamplingError where nothing can follow, OriginalityError where the tune is to stay away from
    training music of which there is no index.
    """
    return _more(checkpoint, abc, request, None)


def with_part(checkpoint: Checkpoint, abc: str, request: Request, bars: int = 8) -> Iterator[Composition]:
    """The tune as it gets one more part of so many bars, repeated if the others are.

    Of the request, temperature, seed, repetition, most_shared, instrument and tries count; the grammar is always on.
    Raises OptionError for a number of bars that no part has, SamplingError where no part can follow, OriginalityError
    as ``continued``.
    """
    return _more(checkpoint, abc, request, check_whole_number("Bars", bars, 1, limits.MAX_FORM_BARS))


def _more(checkpoint: Checkpoint, abc: str, request: Request, part_bars: int | None) -> Iterator[Composition]:
    tune = parse(abc)
    if not tune.notes:
        raise SamplingError("There is no music to go on from.")
    if tune.voices:
        raise SamplingError("A tune of several voices cannot be continued.")
    header, music = canonical_header(tune), canonical_music(tune)
    is_repeated = ":" in "".join(token.text for token in lex_music(music) if token.kind == "bar")
    prefix = _opened(music, is_repeated)
    masks = masks_for(checkpoint.vocabulary.characters)
    part = Part(part_bars, opens=is_repeated, closes=is_repeated) if part_bars is not None else None
    start = _start(masks.grammar, header, prefix, part, request)
    guide = GrammarGuide(masks, start, request.length if part is None else limits.MAX_LENGTH)
    own_header, typed = header_and_music(normalise_newlines(abc))
    sections = checkpoint.plan_of(f"{header}{music}\n")
    composition = Composition(
        replace(request, grammar=True), header, _reopened(typed, is_repeated), "", Draws(),
        title=tune.title, own_header=own_header,
        plan=(*sections, part_bars or sections[-1]) if sections else None,  # as many bars again, where nobody says
    )  # fmt: skip
    random = np.random.default_rng(request.seed)
    draft = Draft(checkpoint, composition, prefix, guide, guide.left, random, "free" if part is None else "form")
    return (one for (one,) in grow(checkpoint, [draft]))


def _opened(music: str, is_repeated: bool) -> str:
    """Canonical music with the bar line after which more of it begins."""
    line = ("::" if music.endswith(":|") else "|:") if is_repeated else "||"
    return music.removesuffix("|]").removesuffix(":|") + line


def _start(grammar: Grammar, header: str, prefix: str, part: Part | None, request: Request) -> Start:
    """Where the grammar stands after the tune, before one more part or anything that may follow."""
    start = read_seed(grammar, header, prefix, is_closed=True)
    if part is not None:
        if start.position.structure.full is None:
            raise SamplingError("This tune has no meter, so a part has no bars to count; it can be continued.")
        start = Start(grammar.at_bar(replace(start.position.structure, plan=(part,), bars=0)), start.bridge)
    instrument = instrument_of(request.instrument)
    if instrument is not None:
        start = keep_to(grammar, start, notes_of(instrument), header, prefix, prefix)
    if grammar.cost(start.position) >= IMPOSSIBLE:
        raise SamplingError("No such part can follow this tune.")
    return start


def _reopened(typed: str, is_repeated: bool) -> str:
    """The music as it was typed, with a last bar line that ends a part and not the tune, and a new line begun."""
    lines = typed.split("\n")
    no_music = ("blank", "newline", "continuation", "comment", "field line")
    last = [token for token in lex(typed) if token.kind not in no_music][-1]
    line, end = lines[last.line - 1], last.column - 1 + len(last.text)
    if last.kind != "bar":
        line = line[:end] + ("|" if is_repeated else "||") + line[end:]
    elif not is_repeated and ":" not in last.text:
        line = line[: last.column - 1] + "||" + line[end:]
    return "\n".join([*lines[: last.line - 1], line, *lines[last.line :]]) + ("\n|:" if is_repeated else "\n")

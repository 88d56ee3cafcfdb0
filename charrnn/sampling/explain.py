"""Look inside: what the model thought of each character of a tune, and what else it could have been.

The model reads the tune in its own spelling, its header given, and is asked at each character, whoever wrote it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import torch

from charrnn import limits
from charrnn.errors import ModelError, SamplingError
from charrnn.grammar.bar import IMPOSSIBLE
from charrnn.grammar.start import read_seed
from charrnn.inference.draws import ALTERNATIVES, DAMAGED, divisor
from charrnn.inference.guides import GrammarGuide, GrammarMasks, Mask, masks_for
from charrnn.inference.layout import Floats
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan
from charrnn.model.reading import patient, read_whole
from charrnn.model.vocabulary import START
from charrnn.notation.reading.parser import parse
from charrnn.notation.tokens import normalise_newlines
from charrnn.notation.writing.canonical import canonical_header, canonical_prefix
from charrnn.sampling.start.seed import header_and_music, typed_music

_TINY = 1e-30  # where fp32 has rounded a probability to zero

Alternative = tuple[str, float, float, float]  # character; probability before, at the temperature, after the grammar


@dataclass(frozen=True, slots=True)
class Moment:
    """One character of the music, as the model reads it."""

    character: str
    offset: int  # in the text that was given; of what follows, where the model reads something that it does not have
    probability: float  # that the model gives it, at temperature 1 and without the grammar
    bits: float
    alternatives: tuple[Alternative, ...]  # the most probable ones, before or after; "\n" ends the tune


def explain(
    checkpoint: Checkpoint, abc: str, temperatures: Sequence[float] = (1.0,), check: Callable[[], None] = patient
) -> list[list[Moment]]:
    """For each temperature, a moment for each character of the music; some tens of milliseconds a tune.

    The grammar is that of a tune in free form, with all the characters left that it wants. Where it would not have
    allowed what stands there, it goes on from there as it goes on from a person's seed.

    ``check`` is called now and then. Raises what it raises, SamplingError where the music has nothing that the model
    could read, and ModelError where it gives no numbers.
    """
    header, music = canonical_header(parse(abc)), canonical_prefix(typed_music(normalise_newlines(abc)))
    if not music:
        raise SamplingError("There is no music to look into.")
    plan = checkpoint.plan_of(header + music)
    before = distributions(checkpoint, header, music, 1.0, check, plan)
    characters = checkpoint.vocabulary.characters
    masks = list(masks_along(masks_for(characters), header, music))
    offsets = _offsets(normalise_newlines(abc), music)

    def moment(place: int, at: Floats, behind: Floats) -> Moment:
        probability = float(before[place, characters.index(music[place])])
        alternatives = tuple(
            (characters[index], float(before[place, index]), float(at[index]), float(behind[index]))
            for index in _most_probable(before[place], behind)
        )
        bits = -math.log2(max(probability, _TINY))
        return Moment(music[place], offsets[place], probability, bits, alternatives)

    explained = []
    for temperature in temperatures:
        tempered = before if temperature == 1 else distributions(checkpoint, header, music, temperature, check, plan)
        settled = _all_to_the_greatest if temperature == 0 else np.asarray
        explained.append(
            [
                moment(place, settled(at), settled(_behind(at, mask)))
                for place, (at, mask) in enumerate(zip(tempered, masks, strict=True))
            ]
        )
    return explained


@torch.inference_mode()
def distributions(
    checkpoint: Checkpoint,
    header: str,
    music: str,
    temperature: float,
    check: Callable[[], None] = patient,
    plan: Plan | None = None,
) -> Floats:
    """Probabilities (characters of the music, V) of each place, given all before it and the plan.

    Raises what ``check`` raises, and ModelError where the network gives no numbers.
    """
    ids = checkpoint.vocabulary.encode(START + header + music)
    network = checkpoint.network
    start = network.initial_state(plans=[plan])
    logits = read_whole(network, torch.tensor([ids[:-1]]), start, divisor(temperature), check=check)
    found: Floats = torch.softmax(logits[0, len(header) :], dim=-1).numpy()
    if not np.isfinite(found).all():
        raise ModelError(DAMAGED)
    return found


def masks_along(masks: GrammarMasks, header: str, music: str) -> Iterator[Mask]:
    """What the grammar allows at each character; everything where no tune can be right, in sevenths of a note, say."""
    guide = _guide(masks, header, "")
    for place, character in enumerate(music, start=1):
        mask = guide.mask() if guide else np.ones(len(masks.grammar.alphabet), dtype=np.bool_)
        yield mask
        index = masks.grammar.alphabet.index(character)
        if guide and mask[index]:
            guide.advance(index)
        else:
            guide = _guide(masks, header, music[:place])


def _guide(masks: GrammarMasks, header: str, music: str) -> GrammarGuide | None:
    start = read_seed(masks.grammar, header, music)
    if masks.grammar.cost(start.position) >= IMPOSSIBLE:
        return None
    return GrammarGuide(masks, start, limits.MAX_LENGTH)


def _behind(probabilities: Floats, mask: Mask) -> Floats:
    """What is left of the probabilities (V,), in proportion."""
    allowed = probabilities * mask
    total = np.add.reduce(allowed)
    found: Floats = allowed / total if total > 0 else (mask / np.add.reduce(mask)).astype(np.float32)
    return found


def _all_to_the_greatest(probabilities: Floats) -> Floats:
    found: Floats = (np.arange(len(probabilities)) == probabilities.argmax()).astype(np.float32)
    return found


def _most_probable(before: Floats, behind: Floats) -> list[int]:
    """What has been probable at either end of the way; most probable first."""
    top: list[int] = np.argsort(-np.maximum(before, behind), kind="stable")[:ALTERNATIVES].tolist()
    return top


def _offsets(abc: str, music: str) -> list[int]:
    """Where in the text each character of the music stands."""
    start = len(header_and_music(abc)[0])
    places = [place for place in range(start, len(abc)) if not abc[place].isspace()]
    written = "".join(abc[place] for place in places)
    found = [-1] * len(music)
    for first, second, length in SequenceMatcher(None, written, music, autojunk=False).get_matching_blocks():
        found[second : second + length] = places[first : first + length]
    following = places[-1] if places else len(abc)
    for place in reversed(range(len(music))):
        found[place] = following = found[place] if found[place] >= 0 else following
    return found

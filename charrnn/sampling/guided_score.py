"""The bits that the model needs with its grammar: its probabilities shared out over what the grammar allows.

Nine in a hundred of people's tunes are written in a way that the grammar never writes. To keep their score finite, we
mix in a share MIXED of the unmasked distribution: ``q = (1 - MIXED) p(c | allowed) + MIXED p(c)``.
"""

from collections.abc import Callable, Iterable

import numpy as np

from charrnn.inference.guides import masks_for
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.reading import patient
from charrnn.model.scoring import Score, ScoredText
from charrnn.model.vocabulary import START
from charrnn.sampling.explain import distributions, masks_along

MIXED = 0.01  # small beside 1, and not tuned: a character that the grammar forbids costs 6.6 bits more


def score_with_grammar(
    checkpoint: Checkpoint, texts: Iterable[ScoredText], mixed: float = MIXED, check: Callable[[], None] = patient
) -> list[Score]:
    """The score of the music of each whole tune, header given; what telling its plan costs is counted in."""
    characters = checkpoint.vocabulary.characters
    masks = masks_for(characters)
    scores = []
    for text in texts:
        music = text.music + START  # the end of the tune is told, too
        plain = distributions(checkpoint, text.header, music, 1.0, check, text.plan)
        allowed = np.array(list(masks_along(masks, text.header, music)))
        guided = plain * allowed / np.maximum((plain * allowed).sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        told = np.arange(len(music)), [characters.index(character) for character in music]
        bits = -np.log2((1 - mixed) * guided[told] + mixed * plain[told])
        scores.append(Score(float(bits.sum()) + text.plan_bits, len(music), text.notes, text.plan_bits))
    return scores

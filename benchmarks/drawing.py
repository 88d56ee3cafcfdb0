"""Draws tunes from any model that gives probabilities of the next character: the multinomial, no temperature, nothing
that looks after the bars. All tunes are stepped together, one character at a time."""

from collections.abc import Callable, Sequence

import numpy as np
from tqdm import tqdm

from benchmarks.contest import MOST_CHARACTERS, SEED, NewTune
from charrnn.inference.draws import multinomial
from charrnn.model.batches import Ids
from charrnn.model.vocabulary import START, Vocabulary

Step = Callable[[Ids], np.ndarray]  # the characters that came, (B,) -> probabilities of the next ones, (B, V)


def draw_tunes(
    step: Step, vocabulary: Vocabulary, headers: Sequence[str], most: int = MOST_CHARACTERS
) -> list[NewTune]:
    """A tune for each header. ``step`` is fresh; it reads START first, then each row's header, then what is drawn."""
    random = np.random.default_rng(SEED)
    end = vocabulary.index_of[START]
    prefixes = [vocabulary.encode(header) for header in headers]
    rows = [_Row(prefix, most) for prefix in prefixes]
    came = np.full(len(rows), end)
    with tqdm(total=len(rows), desc="drawing", unit=" tunes", leave=False, disable=None) as bar:
        while not all(row.is_done for row in rows):
            probabilities = step(came)
            for place, row in enumerate(rows):
                came[place] = row.take(probabilities[place], random, end)
            bar.update(sum(row.is_done for row in rows) - bar.n)
    return [
        NewTune(f"X:1\n{header}{vocabulary.decode(row.music)}\n", len(row.music), row.ended)
        for header, row in zip(headers, rows, strict=True)
    ]


class _Row:
    """One tune: its header is read, its music drawn."""

    def __init__(self, prefix: list[int], most: int) -> None:
        self.header, self.most = prefix[::-1], most
        self.music: list[int] = []
        self.ended = False

    @property
    def is_done(self) -> bool:
        return self.ended or len(self.music) >= self.most

    def take(self, probabilities: np.ndarray, random: np.random.Generator, end: int) -> int:
        """The next character: the header's, or one drawn; the end again and again behind the last one."""
        if self.header:
            return self.header.pop()
        if self.is_done:
            return end
        index = multinomial(probabilities, random)
        if index == end:
            self.ended = True
        else:
            self.music.append(index)
        return index

"""The batches of a training run, epoch by epoch: tunes in keys drawn anew each time, cut as the options say.

An epoch is the same whenever it is asked for: its random choices hang on the run's seed and its own number alone.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from charrnn.corpus.augmentation import transpositions
from charrnn.corpus.cleaning import CleanTune
from charrnn.model import batches
from charrnn.model.batches import Example
from charrnn.model.options import TrainOptions
from charrnn.model.position.clock import Clock
from charrnn.model.position.plan import plan_of
from charrnn.model.vocabulary import START, Vocabulary


class Epochs:
    """Cuts the training side of a corpus into batches."""

    def __init__(self, tunes: Sequence[CleanTune], vocabulary: Vocabulary, options: TrainOptions) -> None:
        self._start, self._options = vocabulary.index_of[START], options
        clock = Clock(vocabulary.characters)
        self._keys = [
            [Example(np.array(vocabulary.encode(text)), fifths, plan) for text, fifths in transpositions(tune)]
            for tune in tunes
            for plan in [plan_of(tune.text, clock)]  # the same in every key
        ]

    def batches_of(self, epoch: int) -> Iterator[batches.Batch]:
        """All batches of one epoch."""
        options, random = self._options, np.random.default_rng([self._options.seed, epoch])
        tunes = [self._with_or_without_plan(self._choose_key(keys, random), random) for keys in self._keys]
        if options.batching == "tunes":
            return batches.whole_tunes(tunes, self._start, options.batch_characters, random)
        text = np.concatenate([tunes[index].ids for index in random.permutation(len(tunes))])
        if options.batching == "streams":
            return batches.streams(text, options.batch_size, options.seq_length)
        return batches.random_windows(text, options.batch_size, options.seq_length, random)

    def _with_or_without_plan(self, tune: Example, random: np.random.Generator) -> Example:
        return tune if random.random() < self._options.plan_share else tune._replace(plan=None)

    def _choose_key(self, keys: Sequence[Example], random: np.random.Generator) -> Example:
        """The tune as it is written, which comes first, or moved to another key."""
        moved = random.random() < self._options.transpose and len(keys) > 1
        return keys[int(random.integers(1, len(keys)))] if moved else keys[0]

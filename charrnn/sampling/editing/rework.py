"""Bars of a tune drawn anew: those that are chosen, or one after another until the tune is a variation.

What is not changed is not spelled anew: new bars are put into the text as it is, with its titles, words, chord symbols
and graces. In the bars that are drawn anew, those are lost, and a remark says so; so it does where words (``w:``) stand
below a changed line, for they may fit no longer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.errors import ModelError, OutOfTimeError, SamplingError
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan
from charrnn.model.reading import patient
from charrnn.model.scoring import character_bits
from charrnn.notation.reading.parser import parse
from charrnn.notation.spans import bars_of
from charrnn.sampling.batch import numbered
from charrnn.sampling.checks import check_candidates, check_number
from charrnn.sampling.editing.redraw import redraw
from charrnn.sampling.editing.selection import Selection
from charrnn.sampling.options import Request

_ROUNDS = 2  # of candidates, before a selection is given up
_CANDIDATES_OF_A_VARIATION = 4  # for each of its bars


@dataclass(frozen=True, slots=True)
class Variant:
    """The tune with some bars drawn anew."""

    abc: str
    score: float  # bits a character that the model needs for what follows the bars; lower is better
    bars: tuple[int, int]  # first and last, as ``notation.spans.bars_of`` numbers them
    remarks: tuple[str, ...] = ()  # what was lost on the way
    written: int = 0  # characters that the model wrote on the way: all that it was chosen from


def regenerate(
    checkpoint: Checkpoint,
    abc: str,
    first_bar: int,
    last_bar: int,
    request: Request,
    count: int = 8,
    index: OriginalityIndex | None = None,
    check: Callable[[], None] = patient,
) -> Iterator[list[Variant]]:
    """Other ways to write the bars from the first to the last, counted from 0, best first: those after which the model
    is least surprised by the rest of the tune. All are different, and other than what stands there; they may be fewer
    than ``count``. With ``index`` and ``request.most_shared``, those whose new bars share a longer passage come
    last.

    Yields [] now and then so that callers can cancel, and the list last. While they are ranked, ``check`` is called.

    Of the request, temperature, repetition, seed, most_shared and instrument count; the grammar is always on. Raises
    OptionError where there are no such bars, SamplingError where they cannot be drawn anew or nothing else is found for
    them, and what ``check`` raises.
    """
    count = check_candidates(count)
    selection = Selection(abc, first_bar, last_bar)
    plan = checkpoint.plan_of(selection.text_read)  # new bars do not change it
    compass = selection.compass(request)
    written = 0
    for attempt in range(_ROUNDS):
        requests = [numbered(request, attempt * count + number) for number in range(count)]
        drawn: list[tuple[str, ...]] = []
        for so_far in redraw(checkpoint, selection.header, selection.before, selection.frames, requests, plan, compass):
            yield []
            drawn = so_far
        written += sum(len(text) for texts in drawn for text in texts)
        found: dict[str, str] = {}
        for texts in drawn:
            selection.add_changed(texts, found)
        if found:
            variants = _scored(checkpoint, selection, plan, found, check)
            yield [replace(one, written=written) for one in _ranked(variants, request.most_shared, index)]
            return
    raise SamplingError("The model found nothing else for these bars; at a higher temperature it may.")


def varied(
    checkpoint: Checkpoint,
    abc: str,
    request: Request,
    share: float = 0.4,
    index: OriginalityIndex | None = None,
    check: Callable[[], None] = patient,
) -> Iterator[Variant | None]:
    """The tune as one bar after another is drawn anew, until so large a share of its bars has been, 0 to 1, but at
    least one; the last one is the finished variation. The first and the last bar stay; bars that cannot be drawn anew
    are passed over. Each bar is the best one that ``regenerate`` finds, with ``index`` and ``check`` as there.

    Yields None now and then so that callers can cancel. Where ``check`` raises OutOfTimeError, the variation ends with
    the bars that have been changed by then.

    Of the request, temperature, repetition, seed, most_shared and instrument count; the grammar is always on. Raises
    OptionError for an invalid share, SamplingError where no bar could be changed, OutOfTimeError where none was in
    time, and what else ``check`` raises.
    """
    inner = max(0, len(bars_of(abc)) - 2)
    wanted = max(1, round(check_number("Share", share, 0, 1) * inner))
    variation: Variant | None = None
    changed = 0
    for number in (np.random.default_rng(request.seed).permutation(inner) + 1).tolist():
        one, best = numbered(request, number), None
        text = variation.abc if variation else abc
        try:
            for found in regenerate(checkpoint, text, number, number, one, _CANDIDATES_OF_A_VARIATION, index, check):
                if found:
                    best = found[0]
                else:
                    yield None
        except OutOfTimeError:
            if variation is None:
                raise
            return
        except ModelError:
            raise
        except SamplingError:
            yield None
        if best is None:
            continue
        variation, changed = _changed(variation, best), changed + 1
        yield variation
        if changed == wanted:
            return
    if variation is None:
        raise SamplingError("The model found no other way to write any of the bars.")


def _changed(variation: Variant | None, best: Variant) -> Variant:
    """A variation with one more bar changed, and what has to be told of all of them."""
    if variation is None:
        return best
    remarks = tuple(dict.fromkeys(variation.remarks + best.remarks))
    return replace(best, remarks=remarks, written=variation.written + best.written)


def _scored(
    checkpoint: Checkpoint,
    selection: Selection,
    plan: Plan | None,
    found: Mapping[str, str],
    check: Callable[[], None],
) -> list[Variant]:
    """The tunes found, which are kept by what the model reads in them, with what the rest of each costs it."""
    bits = character_bits(checkpoint.network, checkpoint.vocabulary, list(found), check, [plan] * len(found))
    places, length = (selection.first, selection.last), len(selection.following)
    return [
        Variant(abc, float(each[-length:].mean()), places, selection.remarks)
        for abc, each in zip(found.values(), bits, strict=True)
    ]


def _ranked(variants: list[Variant], most_shared: int | None, index: OriginalityIndex | None) -> list[Variant]:
    """Best first; those whose new bars share a passage of more than so many notes with the training music come last."""

    def order(variant: Variant) -> tuple[bool, float]:
        if index is None or most_shared is None:
            return False, variant.score
        spans = bars_of(variant.abc)
        notes = spans[variant.bars[0]].first_note, spans[variant.bars[1]].last_note + 1
        return index.longest_through(parse(variant.abc), *notes) > most_shared, variant.score

    return sorted(variants, key=order)

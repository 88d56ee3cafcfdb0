"""Sentences on how a tune came out."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from charrnn import limits
from charrnn.notation.tune import Problem, Tune

if TYPE_CHECKING:
    from charrnn.sampling.compose import Composition

_MOST_REMARKS = 5  # of one tune: a line or two on the page; ``check`` lists them all


def ending(composition: "Composition") -> str:
    """The sentences that say why a tune is not as it was asked for; nothing for one that is."""
    sentences = [_how_it_ended(composition)]
    if not composition.keeps_form:
        is_free = composition.tune.meter.bar is None
        reason = "Free meter has no bars to count" if is_free else "Your own bars do not fit into the form"
        sentences.append(f"{reason}, so the form was left aside.")
    if composition.over_shared:
        notes = "one note" if composition.over_shared == 1 else f"{composition.over_shared} notes"
        sentences.append(f"At {notes}, every choice continued a passage from the training music.")
    if composition.loops:
        sentences.append("It repeats itself over and over. Try another random seed or a higher temperature.")
    sentences += beyond_instrument(composition.beyond_instrument)
    sentences += [f"In your text, {remark.message}." for remark in composition.remarks_of_seed[:_MOST_REMARKS]]
    return " ".join(filter(None, sentences))


def beyond_instrument(found: Sequence[Problem]) -> list[str]:
    """What of a person's text an instrument does not have; all of it is kept."""
    sentences = [sentence(str(problem)) for problem in found[:_MOST_REMARKS]]
    more = len(found) - len(sentences)
    return [*sentences, f"And so it is in {more} more {'place' if more == 1 else 'places'}."] if more else sentences


def _how_it_ended(composition: "Composition") -> str:
    request, written = composition.request, len(composition.music)
    if not composition.ended and (request.grammar or written < request.length):
        return f"It was stopped after {limits.MAX_SECONDS_PER_REQUEST} seconds, the time limit for one tune."
    if not composition.ended:
        return f"It was cut off at {request.length:,} characters. Choose a greater length for a longer tune."
    if not request.form and written > request.length:
        return (
            f"It is longer than the length of {request.length:,} asked for: it could not be finished correctly sooner."
        )
    return ""


def own_mistakes(composition: "Composition") -> str:
    """Leads to the list of problems where the person's own part has some, for the list is behind a tab.

    Without the grammar it is not known whose fault the bar is that the seed leaves open.
    """
    count = len(composition.problems_of_seed) if composition.request.grammar else 0
    if not count:
        return ""
    if count == 1:
        return "Your seed has a mistake; the ABC tab shows where."
    return f"Your seed has {count} mistakes; the ABC tab shows where."


def whose_problems(composition: "Composition") -> str:
    """What leads over to the list of problems: a tune that the grammar ended has none but the person's."""
    return "Your own bars are kept as you typed them:" if composition.request.grammar and composition.ended else ""


def left_out(tune: Tune) -> str:
    """What a tune that a person opened or edited has and we leave out."""
    return " ".join(sentence(remark.message) for remark in tune.remarks[:_MOST_REMARKS])


def varied(changed: Collection[int]) -> str:
    """Which bars of a variation are new, by the numbers that musicians give them.

    >>> varied({3}), varied({9, 3, 5})
    ('Bar 3 is new; the others are as they were.', 'Bars 3, 5 and 9 are new; the others are as they were.')
    """
    numbers = [str(bar) for bar in sorted(changed)]
    if len(numbers) == 1:
        return f"Bar {numbers[0]} is new; the others are as they were."
    return f"Bars {', '.join(numbers[:-1])} and {numbers[-1]} are new; the others are as they were."


def sentence(remark: str) -> str:
    """With a capital and a full stop.

    >>> sentence("the words (w:) may no longer fit the notes")
    'The words (w:) may no longer fit the notes.'
    """
    return f"{remark[:1].upper()}{remark[1:].rstrip('.')}."

"""What a bar of a tune is worth that is written in several tries: whether it closes its section as it is to, and how
much the judge of phrases takes it for people's, heard after all before it (``model.likeness.phrases``)."""

from collections.abc import Sequence

from charrnn.inference.line import Closing
from charrnn.inference.tries import Tries, Worth
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.likeness.judge import Judge
from charrnn.model.likeness.phrases import Heard, begin, hear
from charrnn.model.position.closes import LETTERS, LastNote
from charrnn.model.position.plan import Plan, PlanState
from charrnn.sampling.options import Request


def tries_for(
    checkpoint: Checkpoint, header: str, prefix: str, plan: Plan | None, request: Request, closing: Closing | None
) -> Tries | None:
    """None where each bar is written once: as always where the most probable characters are taken, which would be
    the same again; where a tune is steered away from the training music, for that cannot be taken back; without a plan,
    for no bars are counted then; and by a checkpoint without a judge of phrases."""
    if request.tries == 1 or request.temperature == 0 or request.most_shared is not None:
        return None
    if plan is None or checkpoint.phrases is None:
        return None
    taste = _Taste(checkpoint.phrases, checkpoint.vocabulary.characters, header, prefix, plan, closing)
    return Tries(request.tries, taste.worth)


class _Taste:
    """Of one tune."""

    def __init__(
        self, judge: Judge, characters: str, header: str, prefix: str, plan: Plan | None, closing: Closing | None
    ) -> None:
        self._judge, self._characters, self._plan, self._closing = judge, characters, plan, closing
        whole, self._begun = _divided(prefix)
        self._heard: Heard = hear(begin(header), whole)[1]
        self._place = 0  # what was heard: so many of the model's characters, and the whole bars before
        self._after: dict[str, Heard] = {}  # what was heard after each try of the bar that begins there

    def worth(self, indices: Sequence[int], start: int, plan: PlanState, is_over: bool) -> Worth:
        """See ``inference.tries.Tries``."""
        if start > self._place:
            before = self._text(indices, self._place, start)
            self._heard = self._after.get(before) or hear(self._heard, before)[1]
            self._place, self._after = start, {}
        bar = self._text(indices, start, len(indices))
        features, self._after[bar] = hear(self._heard, bar)
        return Worth(self._closes(bar, plan, is_over), self._judge.logit(features))

    def _text(self, indices: Sequence[int], start: int, end: int) -> str:
        text = "".join(self._characters[index] for index in indices[start:end])
        return text if start else self._begun + text

    def _closes(self, bar: str, plan: PlanState, is_over: bool) -> bool:
        """Whether a section that ends here, and is to close on the tonic, does."""
        if self._closing is None or self._plan is None or plan.section not in self._closing.sections:
            return True
        has_note = any(character.upper() in LETTERS for character in bar)  # else the bar before has closed it
        if not has_note or (not is_over and plan.bars < self._plan[plan.section]):
            return True
        last = LastNote()
        for character in bar:
            last = last.then(character)
        return last.letter == self._closing.letter


def _divided(music: str) -> tuple[str, str]:
    """Up to the last bar line, and what is there of the next bar."""
    end = max(music.rfind("|"), music.rfind(":")) + 1
    return music[:end], music[end:]

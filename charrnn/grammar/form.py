"""The form of a tune: how many bars a part has, and in which order the parts are played."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """So many bars; ``opens`` and ``closes`` say whether a repeat begins and ends with it. Both are None where it is
    left to the writer whether the part is repeated."""

    bars: int
    opens: bool | None = None
    closes: bool | None = None


Parts = tuple[Part, ...]  # of a tune, as they are written


@dataclass(frozen=True, slots=True)
class Form:
    """Bars in a part, and the parts as they are played: ``AABB``, ``ABAB``, ``A``."""

    bars: int
    parts: str

    def plan(self) -> Parts:
        """The parts as they are written: ``AA`` once, between repeat signs, ``ABAB`` as both of them repeated."""
        half, odd = divmod(len(self.parts), 2)
        if not odd and half > 1 and self.parts[:half] == self.parts[half:]:
            return tuple(Part(self.bars, place == 0, place == half - 1) for place in range(half))
        plan: list[Part] = []
        for place, letter in enumerate(self.parts):
            if plan and not plan[-1].opens and letter == self.parts[place - 1]:
                plan[-1] = Part(self.bars, opens=True, closes=True)
            else:
                plan.append(Part(self.bars, opens=False, closes=False))
        return tuple(plan)

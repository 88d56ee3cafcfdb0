"""Work that is refused with errors of several kinds, which imports nothing heavy for it."""

from collections.abc import Callable
from dataclasses import dataclass

from charrnn.errors import AbcError, CharrnnError, ModelError, SamplingError


class OddError(SamplingError):
    """One that its arguments cannot make again."""

    def __init__(self, *, bar: int) -> None:
        super().__init__(f"bar {bar} is odd")
        self.bar = bar


class HeavyError(SamplingError):
    """One that cannot be sent to another process."""

    def __init__(self) -> None:
        super().__init__("it is too heavy")
        self.function = lambda: None


ERRORS: dict[str, Callable[[], CharrnnError]] = {
    "model": lambda: ModelError("no numbers"),
    "sampling": lambda: SamplingError("no part can follow"),
    "abc": lambda: AbcError("nothing in it", 3, 5),
    "odd": lambda: OddError(bar=7),
    "heavy": HeavyError,
}


@dataclass(frozen=True)
class Refusing:
    """Makes a worker that refuses every task."""

    kind: str

    def __call__(self) -> Callable[[int], int]:
        return self.refuse

    def refuse(self, number: int) -> int:
        raise ERRORS[self.kind]()

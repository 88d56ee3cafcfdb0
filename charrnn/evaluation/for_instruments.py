"""Whether tunes for an instrument stay within its notes: counted over many tunes, and over awkward seeds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from charrnn.bulk.crew import Crew
from charrnn.evaluation.awkward import AWKWARD_SEEDS
from charrnn.model.training.processes import Processes
from charrnn.notation.instruments.table import INSTRUMENTS
from charrnn.sampling.batch import Composer, numbered
from charrnn.sampling.compose import Composition
from charrnn.sampling.options import Request


class _Progress(Protocol):
    def __call__(self, items: Iterable["Checked"], count: int, text: str) -> Iterable["Checked"]: ...


@dataclass(frozen=True, slots=True)
class Checked:
    """What one tune has."""

    instrument: str
    notes: int  # of the tune, the seed's too
    told: int  # notes and keys of the seed that the instrument does not have
    outside: tuple[str, ...]  # notes and keys of the model's that it does not have, with their places
    abc: str = ""  # only where there are such


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """The tunes for one instrument."""

    instrument: str
    tunes: int
    notes: int
    told: int
    outside: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # the tunes, as ABC

    @classmethod
    def of(cls, instrument: str, checked: Sequence[Checked]) -> "InstrumentRow":
        return cls(
            instrument,
            len(checked),
            sum(one.notes for one in checked),
            sum(one.told for one in checked),
            [each for one in checked for each in one.outside],
            [one.abc for one in checked if one.abc],
        )

    def as_dict(self) -> dict[str, Any]:
        counts = {"instrument": self.instrument, "tunes": self.tunes, "notes": self.notes}
        return counts | {"told_of_seeds": self.told, "outside": len(self.outside)}


@dataclass(frozen=True, slots=True)
class InstrumentReport:
    rows: Sequence[InstrumentRow]

    @property
    def outside(self) -> int:
        return sum(len(row.outside) for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        return {"outside": self.outside, "instruments": [row.as_dict() for row in self.rows]}

    def markdown(self) -> str:
        lines = [
            "| instrument | tunes | notes | of seeds, told and kept | outside |",
            "|---|--:|--:|--:|--:|",
            *(
                f"| {row.instrument} | {row.tunes:,} | {row.notes:,} | {row.told:,} | {len(row.outside):,} |"
                for row in self.rows
            ),
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Checker:
    """Makes a process ready to compose tunes and check them."""

    composer: Composer

    def __call__(self) -> Callable[[Request], Checked]:
        """From a request to what its tune has. Raises CheckpointError."""
        composed = self.composer()
        return lambda request: checked(composed(request))


def checked(tune: Composition) -> Checked:
    outside = tuple(map(str, tune.written_beyond_instrument))
    told = len(tune.beyond_instrument)
    return Checked(tune.request.instrument, len(tune.tune.notes), told, outside, tune.abc if outside else "")


def requests_of(temperatures: Sequence[float], count: int, seed: object = 1, **options: Any) -> Iterator[Request]:
    """For each instrument, so many requests at each temperature, and one for each awkward seed. Raises OptionError."""
    for instrument in INSTRUMENTS:
        for temperature in temperatures:
            first = Request.checked("", temperature, seed=seed, instrument=instrument.name, **options)
            yield from (numbered(first, number) for number in range(count))
            seeds = {name: value for name, value in options.items() if name not in ("bars", "parts")}
            for text in AWKWARD_SEEDS.values():
                yield Request.checked(text, temperature, seed=seed, instrument=instrument.name, **seeds)


def check_instruments(
    checkpoint: Path,
    requests: Sequence[Request],
    progress: _Progress,
    workers: int,
    processes: Processes | None = None,
    in_eight_bits: bool = True,
) -> InstrumentReport | None:
    """Compose the tunes and check them. On other processes than the first, None.

    Raises what ``Crew.map`` raises.
    """
    processes = processes or Processes()
    composer = Composer(checkpoint, in_eight_bits, len(requests))
    with Crew(Checker(composer), workers, processes) as crew:
        results = list(progress(crew.map(requests), len(requests), "composing for instruments"))
    if not processes.is_first:
        return None
    grouped = groupby(results, key=lambda one: one.instrument)
    return InstrumentReport([InstrumentRow.of(name, list(group)) for name, group in grouped])

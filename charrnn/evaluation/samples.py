"""Measures a model by what it writes: does abc2midi convert it, do its bars add up, does it end, and how much of its
mind the grammar has to change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from charrnn.evaluation.abc2midi import ask, difference, in_parallel, our_notes, require
from charrnn.model.checkpoint import Checkpoint
from charrnn.render.problems import problems
from charrnn.sampling.batch import compose_many
from charrnn.sampling.compose import Composition
from charrnn.sampling.options import Request


@dataclass(frozen=True, slots=True)
class SampleRow:
    """Shares of the tunes sampled at one temperature."""

    temperature: float
    count: int
    ended: float  # came to their own end within the length
    converts: float  # abc2midi writes a file
    bar_clean: float  # and has no warning about the length of a bar
    right: float  # our own check lists no problem
    same_notes: float  # we play what abc2midi plays
    characters: float  # mean length of the music
    removed: float  # probability that the grammar takes away, a character on average

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    checkpoint: Checkpoint,
    request: Request,
    count: int,
    progress: Callable[[Iterable[Any], int], Iterable[Any]],
    seed_texts: Sequence[str] = (),
) -> tuple[SampleRow, list[str]]:
    """Sample ``count`` tunes, from each seed text in turn, and ask abc2midi about each.

    With the row come the tunes that it warns of. Raises EvaluationError where it is not installed.
    """
    require()
    tunes: Sequence[Composition] = list(progress(compose_many(checkpoint, request, count, seed_texts), count))
    opinions = list(in_parallel(ask, [tune.abc for tune in tunes]))
    same = [not difference(our_notes(tune.tune), opinion.notes) for tune, opinion in zip(tunes, opinions, strict=True)]
    row = SampleRow(
        temperature=request.temperature,
        count=count,
        ended=sum(tune.ended for tune in tunes) / count,
        converts=sum(opinion.converts for opinion in opinions) / count,
        bar_clean=sum(opinion.is_bar_clean for opinion in opinions) / count,
        right=sum(not problems(tune.tune) for tune in tunes) / count,
        same_notes=sum(same) / count,
        characters=sum(len(tune.music) for tune in tunes) / count,
        removed=sum(drawn.removed for tune in tunes for drawn in tune.draws) / sum(len(tune.draws) for tune in tunes),
    )
    return row, [tune.abc for tune, opinion in zip(tunes, opinions, strict=True) if not opinion.is_bar_clean]


def table(rows: Sequence[SampleRow]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| temperature | tunes | end by themselves | abc2midi converts | bar-clean by abc2midi | right by our check"
        " | same notes as abc2midi | removed by the grammar | mean characters |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        shares = (row.ended, row.converts, row.bar_clean, row.right, row.same_notes, row.removed)
        counted = [f"{row.temperature:g}", f"{row.count:,}"]
        cells = [*counted, *(f"{share:.1%}" for share in shares), f"{row.characters:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)

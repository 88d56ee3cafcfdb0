"""How far our reading of the training music agrees, note for note, with abc2midi's, and our grammar with the music."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from charrnn.corpus.cleaning import without_loose_ties
from charrnn.corpus.sources import DEFAULT_COLLECTIONS, RawTune, read_tunes
from charrnn.errors import AbcError
from charrnn.evaluation.abc2midi import ask, difference, in_parallel, our_notes
from charrnn.evaluation.paths import Paths, paths_of
from charrnn.notation.bars import bar_problems
from charrnn.notation.reading.parser import parse
from charrnn.notation.writing.canonical import canonical_header
from charrnn.notation.writing.writer import canonical

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """``differences`` counts tunes by the first thing in which the two readings differ, "" where in nothing."""

    differences: Counter[str]
    examples: dict[str, list[str]]  # titles, by difference
    unreadable: int  # tunes that the parser lists a problem for, left out here
    paths: Paths  # what the grammar could have written of it

    @property
    def share(self) -> float:
        return self.differences[""] / max(1, self.differences.total())

    def as_dict(self) -> dict[str, Any]:
        return {
            "tunes": self.differences.total(),
            "identical": self.differences[""],
            "share": self.share,
            "unreadable": self.unreadable,
            "differences": {name: titles for name, titles in self.examples.items() if name},
            "grammar": self.paths.as_dict(),
        }

    def report(self) -> str:
        same, every = self.differences[""], self.differences.total()
        lines = [
            f"{same:,} of {every:,} tunes ({self.share:.2%}) are read note for note as abc2midi reads them;"
            f" {self.unreadable} with problems were left out"
        ]
        for name, titles in sorted(self.examples.items()):
            if name:
                lines += [f"{name}: {len(titles)}", *(f"  {title}" for title in titles)]
        return "\n".join([*lines, "", self.paths.report()])


def compare_corpus(progress: Progress, names: tuple[str, ...] = DEFAULT_COLLECTIONS) -> Agreement:
    """Compare every tune of the corpus that the parser reads without a problem, in its canonical spelling; tunes with
    wrong bars included. Raises EvaluationError where abc2midi is not installed."""
    tunes = [(raw, canonical_abc(raw)) for raw in read_tunes(names)]
    readable = [(raw, text) for raw, text in tunes if text]
    results = progress(in_parallel(_compare, [text for _, text in readable]), len(readable))
    differences: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for (raw, _), result in zip(readable, results, strict=True):
        differences[result] += 1
        if result:
            examples.setdefault(result, []).append(f"{_title(raw)} ({raw.collection})")
    return Agreement(differences, examples, len(tunes) - len(readable), paths_of(_right_tunes(readable)))


def _right_tunes(tunes: Iterable[tuple[RawTune, str]]) -> Iterator[tuple[str, str, str]]:
    """(title, header, music) of those whose bars add up."""
    for raw, abc in tunes:
        tune = parse(abc)
        if tune.meter.bar is not None and not bar_problems(tune):
            header = canonical_header(tune)
            yield f"{_title(raw)}, {raw.collection}", header, abc.removeprefix(header).strip()


def canonical_abc(raw: RawTune) -> str:
    """A tune as the training music has it, "" where it has problems."""
    try:
        tune = parse(raw.text)
    except AbcError:
        return ""
    if tune.problems or not tune.notes:
        return ""
    return canonical(without_loose_ties(tune))


def _compare(abc: str) -> str:
    return difference(our_notes(parse(abc)), ask(abc).notes)


def _title(raw: RawTune) -> str:
    titles: Sequence[str] = [line[2:].strip() for line in raw.text.split("\n") if line.startswith("T:")]
    return titles[0] if titles else "untitled"

"""All that the card counts, tune by tune: people's tunes and sampled ones by the very same functions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.originality import Originality, OriginalityIndex
from charrnn.evaluation import gates, music
from charrnn.evaluation.abc2midi import Opinion, ask, difference, in_parallel, our_notes
from charrnn.evaluation.distributions import Histograms
from charrnn.evaluation.gates import Gates
from charrnn.notation.tune import Tune
from charrnn.render.problems import problems
from charrnn.sampling.compose import Composition, goes_round

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Training:
    """What tunes are compared with: training's passages, and its histograms."""

    index: OriginalityIndex
    histograms: Histograms

    @classmethod
    def of(cls, tunes: Sequence[CleanTune]) -> "Training":
        return cls(OriginalityIndex.build(tunes), Histograms.total(Histograms.of(tune.parsed) for tune in tunes))

    @property
    def patterns(self) -> frozenset[music.Pattern]:
        return frozenset(self.histograms.patterns)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a sampled tune came about."""

    ended: bool  # came to its own end within the length
    removed: float  # probability that the grammar took away, a character on average

    @classmethod
    def of(cls, composition: Composition) -> "Drawing":
        return cls(composition.ended, composition.removed)


@dataclass(frozen=True, slots=True)
class Sample:
    """A tune to judge: people's, or the model's with how it came about."""

    abc: str
    tune: Tune
    music: str  # as the model reads and writes it
    drawing: Drawing | None = None

    @classmethod
    def of_people(cls, tune: CleanTune) -> "Sample":
        return cls(tune.text, tune.parsed, tune.music)

    @classmethod
    def of_model(cls, composition: Composition) -> "Sample":
        return cls(composition.abc, composition.tune, composition.music, Drawing.of(composition))


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one tune. Shares are of its own notes, bars or windows, from 0 to 1."""

    abc: str
    characters: int  # of the music
    drawing: Drawing | None  # None for people's
    converts: bool  # abc2midi writes a file
    bar_clean: bool  # and has no warning about the length of a bar
    right: bool  # our own check lists no problem
    same_notes: bool  # we play what abc2midi plays
    found: Originality  # what it shares with training
    form: str | None  # parts of eight bars as played
    bars: int  # as written
    on_tonic: bool
    repetition: float  # share of the bars that repeat an earlier one
    loops: bool
    compass: tuple[int, int] | None  # MIDI pitches
    outside_mode: float  # share of the notes
    new_rhythms: float  # share of the bars
    histograms: Histograms
    gates: Gates

    @property
    def longest(self) -> int:
        """Notes of its longest passage from training."""
        return self.found.longest.notes if self.found.longest else 0


def judge(samples: Sequence[Sample], training: Training, progress: Progress) -> list[Facts]:
    """The facts of each tune, in order. Raises EvaluationError where abc2midi is not installed."""
    known = training.patterns
    judged = progress(in_parallel(ask, [sample.abc for sample in samples]), len(samples))
    return [_facts(sample, opinion, training, known) for sample, opinion in zip(samples, judged, strict=True)]


def _facts(sample: Sample, opinion: Opinion, training: Training, known: frozenset[music.Pattern]) -> Facts:
    tune = sample.tune
    found = training.index.compare(tune)
    right = not problems(tune)
    return Facts(
        abc=sample.abc,
        characters=len(sample.music),
        drawing=sample.drawing,
        converts=opinion.converts,
        bar_clean=opinion.is_bar_clean,
        right=right,
        same_notes=not difference(our_notes(tune), opinion.notes),
        found=found,
        form=music.form(tune),
        bars=len(music.written_bars(tune)),
        on_tonic=music.ends_on_tonic(tune),
        repetition=float(music.repetition(tune)),
        loops=goes_round(sample.music),
        compass=music.compass(tune),
        outside_mode=float(music.share_outside_mode(tune)),
        new_rhythms=float(gates.share_of_new_rhythms(tune, known)),
        histograms=Histograms.of(tune),
        gates=gates.pass_gates(tune, found, right and opinion.is_bar_clean, known),
    )

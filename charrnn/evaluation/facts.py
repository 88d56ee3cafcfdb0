"""All that the card counts, tune by tune: people's tunes and sampled ones by the very same functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.originality.index import Originality, OriginalityIndex
from charrnn.evaluation import gates, music
from charrnn.evaluation.abc2midi import ask, difference, our_notes
from charrnn.evaluation.distributions import Histograms
from charrnn.evaluation.gates import Gates
from charrnn.notation.reading.parser import parse
from charrnn.render.problems import problems
from charrnn.sampling.batch import Composer
from charrnn.sampling.compose import Composition, goes_round
from charrnn.sampling.options import Request


@dataclass(frozen=True, slots=True)
class Training:
    """What tunes are compared with: training's passages, its histograms, and the rhythms of its bars."""

    index: OriginalityIndex
    histograms: Histograms
    patterns: frozenset[music.Pattern]

    @classmethod
    def of(cls, tunes: Sequence[CleanTune]) -> "Training":
        histograms = Histograms.total(Histograms.of(tune.parsed) for tune in tunes)
        return cls(OriginalityIndex.build(tunes), histograms, frozenset(histograms.patterns))


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
    music: str  # as the model reads and writes it
    drawing: Drawing | None = None

    @classmethod
    def of_people(cls, tune: CleanTune) -> "Sample":
        return cls(tune.text, tune.music)

    @classmethod
    def of_model(cls, composition: Composition) -> "Sample":
        return cls(composition.abc, composition.music, Drawing.of(composition))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Sample":
        """From what ``as_dict`` gave."""
        drawing = Drawing(data["ended"], data["removed"]) if "ended" in data else None
        return cls(data["abc"], data["music"], drawing)

    def as_dict(self) -> dict[str, Any]:
        drawing = {"ended": self.drawing.ended, "removed": self.drawing.removed} if self.drawing else {}
        return {"abc": self.abc, "music": self.music, **drawing}


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one tune. Shares are of its own notes, bars or windows, from 0 to 1."""

    sample: Sample
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
    def drawing(self) -> Drawing | None:
        return self.sample.drawing

    @property
    def characters(self) -> int:
        """Of the music."""
        return len(self.sample.music)

    @property
    def longest(self) -> int:
        """Notes of its longest passage from training."""
        return self.found.longest.notes if self.found.longest else 0


def judge(sample: Sample, training: Training) -> Facts:
    """The facts of a tune. Raises EvaluationError where abc2midi is not installed."""
    tune, known = parse(sample.abc), training.patterns
    opinion = ask(sample.abc)
    found = training.index.compare(tune)
    right = not problems(tune)
    return Facts(
        sample=sample,
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


Task = Request | Sample  # to draw and judge, or to judge


@dataclass(frozen=True, slots=True)
class Judge:
    """Makes a process ready to draw tunes and judge them."""

    composer: Composer
    training: Training

    def __call__(self) -> Callable[[Task], Facts]:
        """From a tune, or a request for one, to its facts. Raises CheckpointError."""
        return partial(_judged, self.composer(), self.training)


def _judged(composed: Callable[[Request], Composition], training: Training, task: Task) -> Facts:
    return judge(task if isinstance(task, Sample) else Sample.of_model(composed(task)), training)

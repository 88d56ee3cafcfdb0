"""Every error this package raises on purpose. Catch ``CharrnnError`` and show its text: it is one sentence.

Anything else that escapes is a fault of the program, not of its input.
"""


class CharrnnError(Exception):
    """Root of the package's own errors; ``str(error)`` is a sentence for a person."""


class AbcError(CharrnnError):
    """ABC text that cannot be read at all (too long, or nothing in it).

    Smaller faults do not raise: they are listed in ``Tune.problems``.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line = line
        self.column = column


class OptionError(CharrnnError):
    """A setting outside its range; names the field, the range and the value received."""


class VocabularyError(CharrnnError):
    """Text with characters that the model does not know; names them with their positions."""


class CheckpointError(CharrnnError):
    """A checkpoint that is missing, damaged or not ours; names the file and the cause."""


class CorpusError(CharrnnError):
    """Training music that cannot be found or holds no usable tune."""


class OriginalityError(CharrnnError):
    """An index of the training music's passages that is missing, damaged or not ours; names the file and the cause."""


class TrainingError(CharrnnError):
    """A training run that cannot start, go on or be resumed."""


class LostProcessError(TrainingError):
    """Another process of the same training run has ended, or its machine does not answer."""


class WorkerError(CharrnnError):
    """A worker process of this one has ended before its work was done."""


class BulkError(CharrnnError):
    """Results that cannot be kept, or not be gone on from: the file cannot be written, or is another run's."""


class RenderError(CharrnnError):
    """A tune that cannot be turned into sound or a file."""


class OpeningError(CharrnnError):
    """A file that cannot be opened as a tune; names the file and the cause."""


class EvaluationError(CharrnnError):
    """A measurement that cannot be made here, for example because abc2midi is not installed."""


class SamplingError(CharrnnError):
    """The model cannot be sampled as it was asked to, for example because no part can follow a tune."""


class ModelError(SamplingError):
    """The model gives values that are no numbers: a fault of the model, not of what was asked."""


class OutOfTimeError(SamplingError):
    """What was asked takes longer than a request may."""


class BusyError(CharrnnError):
    """Not now, because too much else goes on; the same request may go well in a moment."""

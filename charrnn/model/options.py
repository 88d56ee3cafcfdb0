"""The settings of a network and of its training, with their defaults. No torch here: flags are read before it."""

from dataclasses import dataclass

BATCHING = ("tunes", "streams", "windows")
SCHEDULES = ("cosine", "linear", "constant")


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The shape of a network; saved in the checkpoint, from which the network is rebuilt."""

    embedding: int = 96
    units: int = 256  # of each LSTM layer
    layers: int = 3
    dropout: float = 0.35
    weight_dropout: float = 0.35  # of what leads from a layer's hidden state to its next one
    look_back: int = 128  # width of its keys and queries; 0 for a plain character LSTM
    residual: bool = True  # layers above the first add to what they read
    bearings: bool = True  # pitch letters as degrees and intervals; the place in key, section and bar is told
    plan: bool = True  # how many bars are left in the section, and how many sections follow, is told
    transposition: bool = True  # how far a training tune was transposed is told; sampling says: not at all


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How to train; the shape of the network is in NetworkConfig."""

    batching: str = "tunes"
    batch_characters: int = 6_000  # per step, for whole tunes
    batch_size: int = 32  # rows, for streams and windows
    seq_length: int = 160  # characters of a row, for streams and windows
    learning_rate: float = 4e-3
    schedule: str = "cosine"
    warm_up: int = 100  # steps
    weight_decay: float = 0.01
    clip: float = 1.0  # largest norm of the gradient
    average: float = 0.999  # decay of the average of weights that is evaluated and saved
    transpose: float = 0.8  # share of the tunes that are moved to another key, anew in each epoch
    plan_share: float = 0.85  # share of the tunes whose plan is told, so that the network can do without
    steps: int = 11_400
    minutes: float | None = None  # where given, the schedule follows the clock instead of the steps
    evaluate_every: int = 200  # steps
    save_minutes: float = 3.0  # between saves of what --resume goes on from; no part of what makes a run the same
    device: str = "cpu"
    seed: int = 1

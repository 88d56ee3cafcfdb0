"""Train a model: ``python train.py`` trains the default network on the default corpus on this machine.

    python train.py --corpus my-tunes/ --name mine --minutes 20
    python train.py --resume                     # goes on after Ctrl-C, a crash or a power cut

Writes NAME.safetensors, NAME.json, NAME.originality.npz (an index of the training music, with which the tunes of the
model are compared) and a loss curve NAME.png into checkpoints/. What --resume goes on from is
NAME.resume.safetensors; it is saved at each look at validation, every few minutes, and when the run is stopped.

``--from`` goes on from the weights of a checkpoint, with its sizes and vocabulary, at a lower rate: to teach the
shipped model your own tunes,

    python train.py --from folk --corpus my-tunes/ --name mine --minutes 10

Several processes share each batch, on one machine (as many as it has GPUs, or a few on its cores) or on more:

    torchrun --nproc_per_node=2 train.py [the same flags]
    torchrun --nnodes=2 --nproc_per_node=4 --rdzv_backend=c10d --rdzv_endpoint=HOST:29500 train.py [the same flags]

The second command is started on each machine, HOST being one of them; all need the same corpus. The first process
alone writes, on its machine. --batch-characters and --batch-size are those of all processes together: their number
changes the speed and the draws of dropout, nothing else. --device cuda gives each process its own GPU. If a process
dies, the run ends within a minute (ten, if a whole machine is cut off); the same command with --resume, and with as
many processes, goes on from the last saved state.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import MISSING, asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.model.location import DEFAULT_NAME
from charrnn.model.options import BATCHING, SCHEDULES, NetworkConfig, TrainOptions
from charrnn.shipped import FOLDER

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.model.training.run import Trainer

GOING_ON_RATE = 1e-4  # learning rate with --from: what was learnt is to be kept; docs/experiments.md
PLAIN = {  # the character LSTM of the notebooks
    "look_back": 0, "bearings": False, "residual": False, "weight_dropout": 0.0, "plan": False, "transposition": False,
}  # fmt: skip
SAMPLE = {"temperature": 0.8, "length": 300, "seed": 1}


def parser(add_help: bool = True) -> argparse.ArgumentParser:
    """The flags. Without ``add_help`` it is for another parser to take them from."""
    out = argparse.ArgumentParser(description=__doc__, formatter_class=_Formatter, add_help=add_help)
    corpus = out.add_argument_group("corpus")
    corpus.add_argument(
        "--corpus",
        nargs="+",
        default=list(DEFAULT_COLLECTIONS),
        metavar="NAME",
        help="collections of music21, .abc files, folders or patterns",
    )
    corpus.add_argument("--from", dest="start", metavar="CHECKPOINT", help="go on from its weights; a name or a path")
    shape = out.add_argument_group("network")
    shape.add_argument("--embedding", type=_positive, help="width of a character's vector")
    shape.add_argument("--layers", type=_positive, help="LSTM layers")
    shape.add_argument("--units", type=_positive, help="units of each LSTM layer")
    shape.add_argument("--dropout", type=_share, help="share of values dropped while training")
    shape.add_argument("--weight-dropout", type=_share, help="share of recurrent weights dropped while training")
    shape.add_argument("--look-back", type=_positive, help="width of the look back's keys")
    shape.add_argument("--no-pointer", action="store_true", help="a plain character LSTM: no look back, no bearings")
    training = out.add_argument_group("training")
    training.add_argument("--batching", choices=BATCHING, help="tunes; streams with --no-pointer")
    training.add_argument("--batch-characters", type=_positive, help="characters a step, for whole tunes")
    training.add_argument("--batch-size", type=_positive, help="rows, for streams and windows")
    training.add_argument("--seq-length", type=_positive, help="characters of a row, for streams and windows")
    training.add_argument(
        "--learning-rate",
        type=_positive_float,
        help=f"its highest value; {TrainOptions().learning_rate}, with --from {GOING_ON_RATE}",
    )
    training.add_argument("--schedule", choices=SCHEDULES, help="how it falls")
    training.add_argument("--weight-decay", type=float, help="of AdamW")
    training.add_argument("--average", type=_share, help="decay of the average of weights that is kept")
    training.add_argument("--transpose", type=_share, help="share of the tunes moved to another key")
    training.add_argument("--plan-share", type=_share, help="share of the tunes whose plan of bars is told")
    training.add_argument("--steps", type=_positive, help="length of the run")
    training.add_argument("--minutes", type=_positive_float, help="length of the run by the clock, instead of --steps")
    training.add_argument("--evaluate-every", type=_positive, help="steps between looks at validation")
    training.add_argument("--device", help="cpu or cuda; by default cuda where there is one")
    training.add_argument("--seed", type=int, help="of every random choice")
    files = out.add_argument_group("files")
    files.add_argument("--name", default=DEFAULT_NAME, help="of the checkpoint, or a path ending in .safetensors")
    files.add_argument("--save-minutes", type=_positive_float, help="between saves of what --resume goes on from")
    files.add_argument("--resume", action="store_true", help="go on from where the run with these settings stopped")
    chosen_later = {"batching", "device", "learning_rate"}  # from the other flags, and from the machine
    settings = [*fields(NetworkConfig), *fields(TrainOptions)]
    out.set_defaults(
        **{field.name: field.default for field in settings if field.default is not MISSING}
        | dict.fromkeys(chosen_later)
    )
    return out


def main(arguments: list[str] | None = None) -> int:
    own = parser()
    return run(own.parse_args(arguments), "train.py", own.error)


def run(options: argparse.Namespace, program: str, refuse: Callable[[str], NoReturn]) -> int:
    """Train; the exit code. ``program`` is named in messages, ``refuse`` ends it where flags do not go together."""
    if options.batching in ("streams", "windows") and not options.no_pointer:
        refuse(f"--batching {options.batching} needs --no-pointer: the look back reads whole tunes")

    import torch

    from charrnn.corpus.collection import load_corpus
    from charrnn.errors import CharrnnError, LostProcessError
    from charrnn.model.checkpoint import load_checkpoint
    from charrnn.model.location import find_checkpoint
    from charrnn.model.training.run import Trainer

    path = Path(options.name)
    if path.suffix != ".safetensors":
        path = FOLDER / f"{options.name}.safetensors"
    shape = _settings(NetworkConfig, options)
    if options.no_pointer:
        shape |= PLAIN
    train_options = replace(
        TrainOptions(**_settings(TrainOptions, options)),
        batching=options.batching or ("streams" if options.no_pointer else "tunes"),
        learning_rate=options.learning_rate or (GOING_ON_RATE if options.start else TrainOptions().learning_rate),
        device=options.device or ("cuda" if torch.cuda.is_available() else "cpu"),
    )
    is_first = os.environ.get("RANK", "0") == "0"  # of the processes that torchrun starts
    try:
        start = load_checkpoint(find_checkpoint(options.start), in_eight_bits=False) if options.start else None
        if start:
            shape = _sizes_of(start, shape)
        corpus = load_corpus(tuple(options.corpus), is_first)
        trainer = Trainer(corpus, shape, train_options, path, print_sample, start)
        if options.resume:
            trainer.resume()
        if is_first:
            parameters = sum(p.numel() for p in trainer.network.parameters())
            print(f"{parameters:,} parameters, {trainer.corpus.summary()['tunes']}")
        finished = trainer.run()
        if is_first:
            print(_outcome(trainer, finished), flush=True)
        trainer.processes.leave()
    except CharrnnError as error:
        if is_first or isinstance(error, LostProcessError):
            print(f"{program}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # later, the trainer takes it
        print(f"{program}: stopped before the first step", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0 if finished else 128 + (trainer.stopped_by or signal.SIGTERM)  # the shell's way to say which signal


def _outcome(trainer: "Trainer", finished: bool) -> str:
    progress = trainer.progress
    if not finished:
        return f"stopped at step {progress.step:,}; --resume goes on from here"
    return f"wrote {trainer.path}: {progress.best_valid:.3f} bits per character on the validation split"


def _sizes_of(start: "Checkpoint", wanted: dict[str, Any]) -> dict[str, Any]:
    """The shape of the checkpoint to go on from, with the dropouts that are wanted.

    Raises TrainingError where another size was asked for.
    """
    from charrnn.errors import TrainingError

    there = asdict(start.network.config)
    for name in ("embedding", "layers", "units", "look_back"):
        if wanted[name] not in (there[name], getattr(NetworkConfig(), name)):
            flag = name.replace("_", "-")
            raise TrainingError(f"--from keeps the checkpoint's sizes: --{flag} is {there[name]}, not {wanted[name]}")
    told = {} if not there["bearings"] else {"plan": True, "transposition": True}
    return there | told | {name: wanted[name] for name in ("dropout", "weight_dropout")}


def _settings(kind: type, options: argparse.Namespace) -> dict[str, Any]:
    """Those fields of a settings class that are flags here."""
    return {field.name: getattr(options, field.name) for field in fields(kind) if hasattr(options, field.name)}


def print_sample(checkpoint: "Checkpoint") -> None:
    """A tune at every evaluation, always from the same random seed: one hears where the training stands."""
    from tqdm import tqdm

    from charrnn.sampling.compose import compose
    from charrnn.sampling.options import Request

    tqdm.write(compose(checkpoint, Request.checked(**SAMPLE)).abc, file=sys.stdout)
    sys.stdout.flush()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 up is wanted, not {text}")
    return number


def _positive_float(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"a number over 0 is wanted, not {text}")
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"a number from 0 to under 1 is wanted, not {text}")
    return number


class _Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    pass

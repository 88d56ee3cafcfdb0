"""``train``: trains a model, as ``python train.py`` does."""

import argparse
from typing import Any

from charrnn import train


def add(commands: Any) -> None:
    command = commands.add_parser(
        "train",
        help="train a model on tunes of your own",
        description="Train a model, as python train.py does.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        parents=[train.parser(add_help=False)],
    )
    command.set_defaults(run=lambda options: train.run(options, "charrnn train", command.error))

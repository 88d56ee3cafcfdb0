"""``train``: trains a model, as ``python train.py`` does."""

import argparse
from typing import Any

from charrnn import train
from charrnn.cli.arguments import add_command


def add(commands: Any) -> None:
    parents = [train.parser(add_help=False)]
    add_command(commands, "train", run, "train a model on tunes of your own", "The same as python train.py.", parents)


def run(options: argparse.Namespace) -> int:
    return train.run(options, "charrnn train", options.error)

"""``serve``: starts the page, as ``python app.py`` does."""

import argparse
from typing import Any

from charrnn import app
from charrnn.cli.arguments import add_command


def add(commands: Any) -> None:
    parents = [app.parser(add_help=False)]
    add_command(commands, "serve", run, "start the page", "The same as python app.py.", parents)


def run(options: argparse.Namespace) -> int:
    return app.run(options, "charrnn serve")

"""``serve``: starts the page, as ``python app.py`` does."""

import argparse
from typing import Any

from charrnn import app


def add(commands: Any) -> None:
    command = commands.add_parser(
        "serve",
        help="start the page",
        description="Start the page, as python app.py does.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        parents=[app.parser(add_help=False)],
    )
    command.set_defaults(run=lambda options: app.run(options, "charrnn serve"))

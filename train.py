"""Train a model: see ``charrnn/train.py``, or ``python train.py --help``."""

import sys

from charrnn.train import main, parser

__all__ = ["main", "parser"]

if __name__ == "__main__":
    sys.exit(main())

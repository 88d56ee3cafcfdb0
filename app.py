"""Start the page: see ``charrnn/app.py``, or ``python app.py --help``."""

import sys

from charrnn.app import main, parser

__all__ = ["main", "parser"]

if __name__ == "__main__":
    sys.exit(main())

"""``python -m charrnn``: the command line."""

import sys

from charrnn.cli import main

sys.exit(main())

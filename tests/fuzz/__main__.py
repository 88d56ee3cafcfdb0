"""``python -m tests.fuzz``: see ``tests.fuzz.search``."""

import sys

from tests.fuzz.search import main

sys.exit(main())

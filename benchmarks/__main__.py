"""``python -m benchmarks``: our model beside its peers, one table and one picture.

    python -m benchmarks [--minutes 5] [--count 100] [--only NAME ...] [--out DIR] [--json]
    python -m benchmarks --redraw          # table and picture of an earlier run again

What runs, and in which order, is in ``benchmarks.runner``.
"""

import sys

from benchmarks.runner import main

if __name__ == "__main__":
    sys.exit(main())

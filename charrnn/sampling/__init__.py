"""From a request to a tune.

Checks the request, completes the header, reads the seed, hands the rest to ``inference``, and ranks the results. Start
reading at ``compose``; ``options`` has every option, ``checks`` what a value may be. ``start/`` is what a tune starts
from, ``editing/`` changes a finished one. May import ``inference``, ``model`` and below.
"""

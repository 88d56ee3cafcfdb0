"""From a request to a tune: options, header, and the loop that draws one character after another.

Start reading at ``compose``; ``options`` has every setting. ``start/`` is what a tune starts from, ``editing/`` changes
a finished one. May import ``inference``, ``model`` and below.
"""

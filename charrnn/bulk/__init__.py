"""Much work of one kind: shared out over cores and machines, its results in order, and taken up again when stopped.

Start reading at ``workers``. Knows nothing of tunes.
"""

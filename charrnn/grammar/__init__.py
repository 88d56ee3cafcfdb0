"""Which characters may come next, so that every bar is full and every tune can end.

It is a product of automata: bar, structure and, for an instrument, compass. Start reading at ``automaton``, then
``bar`` (what fits into the bar), ``structure`` (which bar line may come, and the ``form``) and ``compass`` (which notes
the instrument has); ``start`` finds where a seed stands in it. May import ``notation``.
"""

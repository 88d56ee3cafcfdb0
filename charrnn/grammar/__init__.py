"""Which characters may come next, so that every bar is full and every tune can end: a product of two automata.

Start reading at ``automaton``, then ``bar`` (what fits into the bar) and ``structure`` (which bar line may come, and
the ``form``); ``start`` finds where a seed stands in it. May import ``notation``.
"""

"""A tune changed: rewritten bars, a continuation, another part, a variation, a transposition.

Start reading at ``rework``. May import everything else in ``sampling``.
"""

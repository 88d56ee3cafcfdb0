"""A tune changed: rewritten bars, a continuation, another part, a variation, a transposition.

Start reading at ``rework`` (rewritten bars, variations); its ``selection`` and ``redraw`` say which bars and draw them.
Then ``continuation`` (more of a tune, another part), ``transposition`` and ``for_instrument``. May import everything
else in ``sampling``.
"""

"""ABC text to ``Tune``: one pass over the tokens; what is wrong is listed with its place, and never raised.

Start reading at ``parser``; ``state`` is what the other modules change, a token at a time. May import ``order`` and
what lies in ``notation`` itself.
"""

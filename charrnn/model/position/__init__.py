"""Where a character stands: in the key and the bar (``bearings``, ``clock``), in the tune's plan (``plan``).

Start reading at ``clock``. The network is told all of it, in training and in sampling. May import ``notation`` and the
vocabulary.
"""

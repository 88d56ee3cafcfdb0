"""Where training tunes come from, how they are cleaned, and how they are split.

Start reading at ``sources``, then ``cleaning`` and ``split``; ``collection`` puts them together. ``originality/``
compares tunes with them. May import ``notation`` and ``render``.
"""

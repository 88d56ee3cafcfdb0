"""Chords for a tune that has none, or only some, and the accompaniment that they make.

Start reading at ``chords``. May import ``playing`` and what lies in ``render`` itself.
"""

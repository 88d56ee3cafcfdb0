"""A tune as a file of any kind: MIDI, MusicXML, PDF, and what ``score`` and ``audio`` make.

Start reading at ``formats``. May import everything else in ``render``.
"""

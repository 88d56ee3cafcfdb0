"""The folk instruments that a tune can be written for: notes, usual keys, transposition, and how each note is played.

Start reading at ``table``, then ``layouts`` (strings, finger holes, reeds), from which ``render.fingering`` reads
fingerings. The sound of the player and the files is a separate choice (``render.audio.instruments``). Imports only
``errors``.
"""

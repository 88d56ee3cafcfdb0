"""The folk instruments that a tune can be written for: which notes each has, and how they are played.

Start reading at ``table``, then ``layouts`` (strings, finger holes, reeds). What the player and the MIDI files sound
like is chosen elsewhere (``render.audio.instruments``).
"""

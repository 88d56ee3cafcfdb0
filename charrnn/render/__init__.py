"""What a person sees and hears: ``Tune`` to a score, to note events, and to files.

``playing/`` has the note events, ``harmony/`` the chords, ``score/`` what stands on paper, ``audio/`` the sampled
instruments, ``export/`` the files; ``problems`` and ``beyond`` check a tune. Start reading at ``playing.performance``.
May import ``notation`` and below.
"""

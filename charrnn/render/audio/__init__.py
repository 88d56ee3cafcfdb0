"""Sound: sampled notes for the player, and audio files (``files``).

``instruments`` names what can play, ``soundfont`` renders single notes, ``samples`` makes them even, short and in tune,
``library`` keeps them outside the repository, ``apart`` has them rendered by another process, ``tone`` is the
synthesised tone where there are none, ``mixing`` plays a tune with either. Waveforms are numpy arrays of float, mono,
full scale at 1, at ``samples.RATE``.
"""

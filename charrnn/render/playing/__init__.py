"""A tune as it sounds: note events, and how each dance is played.

Start reading at ``performance``; ``expression``, ``swing`` and ``bending`` change its times and levels. May import what
lies in ``render`` itself.
"""

"""Measures what comes out, with abc2midi as the outside opinion.

Start reading at ``card``; ``facts`` is what is counted of a tune, ``two_sample/`` tells our tunes from people's. May
import ``sampling`` and below.
"""

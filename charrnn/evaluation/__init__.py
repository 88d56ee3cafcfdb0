"""Measures the model's tunes against people's, and our parser and grammar against abc2midi and the corpus.

Start reading at ``card``; ``facts`` is what is counted of a tune, ``two_sample/`` tells our tunes from people's;
``agreement`` compares our reading with abc2midi's, ``paths`` the grammar with the corpus, ``for_instruments`` tunes
with their instruments. May import ``sampling`` and below.
"""

"""The order of playing: repeats, endings, parts, D.C. and coda; which voices sound together.

Start reading at ``repeats``. May import what lies in ``notation`` itself.
"""

"""How like people's a tune is, by a judge that ranks candidates.

Start reading at ``judge``; ``features`` are what it is shown of a tune. Imports nothing else of ``model``.
"""

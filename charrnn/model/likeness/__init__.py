"""The classifier that ranks candidates: how probably a tune is people's and not the model's.

Start reading at ``judge``; ``features`` computes its inputs from a tune. Imports nothing else of ``model``.
"""

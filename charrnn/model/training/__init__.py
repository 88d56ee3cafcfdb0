"""The training run: rows of characters, epochs, interruptions, several processes.

Start reading at ``run``. May import everything else in ``model``.
"""

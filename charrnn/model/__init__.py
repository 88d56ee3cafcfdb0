"""The character model: vocabulary, network, checkpoints, training and scoring.

Start reading at ``network``; ``look_back`` and ``position/`` are what it has besides the LSTM layers. ``training/``
makes checkpoints, ``likeness/`` judges tunes. May import ``notation``, ``corpus`` and ``render``.
"""

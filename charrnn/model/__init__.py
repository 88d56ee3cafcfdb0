"""The character model: vocabulary, network, checkpoints, training and scoring.

Start reading at ``network``; ``look_back`` and ``position/`` are what it has besides the LSTM layers. ``training/``
makes checkpoints; ``likeness/`` is the classifier that ranks candidates; ``training_index`` finds a checkpoint's
originality index. May import ``notation``, ``corpus`` and ``render``.
"""

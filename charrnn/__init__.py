"""A character-level LSTM that composes folk tunes in ABC notation.

``charrnn.sampling`` writes tunes, ``charrnn.notation`` reads them, ``charrnn.render`` makes them sound,
``charrnn.corpus`` and ``charrnn.model`` hold the training music and the network.
"""

__version__ = "0.1.0"

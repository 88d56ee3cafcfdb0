"""``Tune`` to ABC text: for people (``writer``, ``layout``, ``beams``) and in the model's one spelling (``canonical``).

Start reading at ``writer``. May import ``reading``, ``order`` and what lies in ``notation`` itself.
"""

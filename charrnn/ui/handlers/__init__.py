"""What the page's buttons and programs call: compose, rework, files, links, look inside.

Start reading at ``compose``. May import ``answers``, ``serving`` and what lies in ``ui`` itself.
"""

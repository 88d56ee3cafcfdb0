"""What a tune starts from: the person's seed, the header, the plan and the title, completed where they are missing.

Start reading at ``seed``. May import ``options``.
"""

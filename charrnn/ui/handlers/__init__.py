"""What the page's buttons and programs call.

Start reading at ``compose``; then ``programs`` (HTTP and MCP), ``reworking``, ``inside``, ``opening`` (links),
``files`` (uploads), ``desk`` (exports, transposition) and ``book`` (files of a visitor's book). May import ``answers``,
``serving`` and what lies in ``ui`` itself.
"""

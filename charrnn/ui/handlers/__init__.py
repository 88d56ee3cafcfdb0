"""What the page's buttons and programs call.

Start reading at ``compose``; then ``programs`` (HTTP and MCP), ``reworking``, ``inside``, ``opening`` (links),
``files`` (uploads) and ``desk`` (exports, transposition). May import ``answers``, ``serving`` and what lies in ``ui``
itself.
"""

"""A folder of tunes to look at and to hear without a server: any static host can serve it, and a browser opens it from
disk.

Start reading at ``site``; ``bundle`` makes one script of the page's modules, which a browser would not load from disk,
and ``sounds`` carries the instruments. May import ``ui.answers``, ``ui.markup`` and below, and
no gradio.
"""

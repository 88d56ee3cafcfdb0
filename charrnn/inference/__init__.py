"""The engine: lines of text that the network writes, in batches of eight rows, one worker thread per core.

Start reading at ``engine`` (who gets which row when), then ``batch`` (the rows that are stepped together), ``kernel``
(the loop itself, compiled), ``tables`` (clock, plan and grammar as numbers, for the kernel) and ``by_numpy`` (the
same network without the kernel: fallback and oracle).

May import ``model``, ``notation`` and below; knows nothing of requests, visitors or pages.
"""

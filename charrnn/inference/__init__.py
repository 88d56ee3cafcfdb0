"""The engine: lines of text that the network writes, in batches of eight rows, one worker thread per core.

Start reading at ``engine`` (who gets which row when), then ``batch`` (the rows that are stepped together), ``kernel``
(the loop itself, compiled), ``tables`` (clock, plan and grammar as numbers, for the kernel) and ``by_numpy`` (the
same network without the kernel: fallback and oracle).

May import ``bulk``, ``model`` and what lies below them. Of requests it knows which lines belong together, of visitors
and pages nothing.
"""

"""The loop, compiled: draw a character in each row, follow it through the automata, step the network, and again.

``loop.run`` writes many characters without asking Python. Every row has a *slot*, whose whole state is in arrays
(``arrays.Rows``); what a row looks back at is in pages of ``arrays.Memory``, which is how rows join and leave without a
copy. Clock, plan and grammar are tables (``inference.tables``); where one has no answer yet, the row waits, the loop
stops soon, and Python fills it in. Bars that are written in tries are judged here, too (``tries``, ``hearing``).

The mathematics of a step are those of ``by_numpy.steps``, row by row; numpy is slow at them because each of its calls
takes longer to start than to finish. Numba compiles ``run``, or finds it compiled in the cache folder that
``inference.compiling`` gives it.

Matrices come in *panels* of 64 of their rows, whose products with a vector are summed side by side: ``(panels, depth,
64)``, so that memory is read from front to end and each sum goes over the depth in order. The sums of a tune are
therefore the same to the last bit, alone or among others. Weights of eight bits come two and two, ``(panels, depth / 2,
128)``, and meet activations of sixteen bits; where the processor multiplies tiles, they come in tiles (``tiles``), and
the sums are the same.

Keys of a look back are kept in panels too, 64 moments in each, so that a query meets them as a vector meets weights;
what followed the moments is kept moment by moment, so that its sum is such a product as well. Beside weights of eight
bits, both are kept in sixteen.
"""

from numba.core import config

from charrnn.inference.compiling import cache_of_this_version

if not config.CACHE_DIR:  # whoever imports the kernel before it is prepared gets no other version's code, either
    config.CACHE_DIR = str(cache_of_this_version())

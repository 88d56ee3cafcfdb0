"""The Gradio page. Nothing outside this folder imports gradio.

Start reading at ``page``, which lays it out. ``settings`` is its left column, with ``controls`` (what their values
mean), ``playin`` (the keyboard) and ``summary`` (one line for a phone); ``score`` is the component that shows and plays
a tune (its JavaScript is in ``static/``), ``handlers/`` answers its events, ``answers/`` is what that component is
sent, ``serving/`` starts and guards the server, ``model`` loads the network while the page is already up. Of a request,
``patience`` is its deadline and ``turns`` its place in the order; ``sentences`` tells errors. May import all packages
that serve no page: ``evaluation`` and below.
"""

import os

MAX_RECORDED_EVENTS = 100

# Read by gradio when it is imported, and when the queue is made.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # no request to any other host
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"  # no pandas statistics with every request
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = str(MAX_RECORDED_EVENTS)  # nor a growing record of requests
os.environ.setdefault("MPLBACKEND", "agg")  # or gradio has matplotlib look for a screen at the first request

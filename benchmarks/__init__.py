"""Measurements, each within one run: ``python -m benchmarks`` beside the peers, ``python -m benchmarks.sampling`` of
speed, ``load``, ``soak`` and ``loading`` of the app.
"""

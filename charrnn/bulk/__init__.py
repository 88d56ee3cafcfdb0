"""Runs independent tasks on all cores and machines, in order, resumable.

Start reading at ``workers`` (one machine), then ``crew`` (several processes of torchrun) and ``ledger`` (results so
far). Knows nothing of tunes.
"""

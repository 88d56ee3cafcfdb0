"""The network's steps without the compiled kernel: what is done where it is not ready, and its oracle in the tests.

Start reading at ``steps``; ``batch`` writes lines with them. May import what lies in ``inference`` itself, but the
kernel.
"""

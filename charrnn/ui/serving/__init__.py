"""The server around the page: admission, limits, security headers, the log, health and metrics.

Start reading at ``server``. May import what lies in ``ui`` itself.
"""

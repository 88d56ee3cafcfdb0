"""A tune on paper: measures laid out, as MEI, engraved by Verovio in a process that can be ended.

Start reading at ``layout`` (the measures), then ``mei`` and ``engraving``. May import what lies in ``render`` itself.
"""

"""What browsers and programs are sent: a tune as one JSON value, with its picture, sound, remarks and link.

Start reading at ``value``. May import ``ui.score``, for the addresses of static files.
"""

"""What a tune shares with the training music: passages of intervals and durations, in any key.

Start reading at ``index``; ``file`` keeps one on disk. May import what lies in ``corpus`` itself.
"""

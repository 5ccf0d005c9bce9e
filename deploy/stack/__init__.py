"""What `deploy/up`, `down`, `scale`, `doctor` and `test` do.

Standard library only (and those modules of ours that need no more): it runs before anything is installed.
"""

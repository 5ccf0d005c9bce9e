"""What `deploy/up`, `down`, `scale`, `doctor` and `test` do.

Standard library only: it runs before anything is installed.
"""

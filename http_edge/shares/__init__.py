"""Shares: public, revocable, read-only links to a job's code and result.

They are kept where the job itself is kept longest: in PostgreSQL where there is one, since the archive there outlives
the streams; else in Redis, where they end with the job. What is kept is a token's digest, so that nobody who reads the
store can follow a link.
"""

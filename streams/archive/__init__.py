"""The archive: every entry of the streams in PostgreSQL, so that history and replay outlive stream trimming.

`archive.fact` holds the entries byte for byte, `archive.job` what is asked for often about each job. Both are written
by the archiver; everybody else reads, through `streams.archive.reading`.
"""

"""Endings of the kind that a test expects."""

from streams.facts import Ending, Finished, Lost


def finished(ending: Ending | None) -> Finished:
    assert isinstance(ending, Finished), ending
    return ending


def lost(ending: Ending | None) -> Lost:
    assert isinstance(ending, Lost), ending
    return ending

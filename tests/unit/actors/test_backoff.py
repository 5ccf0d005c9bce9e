"""Pauses that grow."""

from actors.backoff import Backoff


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(first=0.1, longest=0.5)
    assert [backoff.advance() for _ in range(5)] == [0.1, 0.2, 0.4, 0.5, 0.5]


def test_success_starts_over() -> None:
    backoff = Backoff(first=0.1, longest=0.5)
    backoff.advance()
    backoff.reset()
    assert backoff.advance() == 0.1

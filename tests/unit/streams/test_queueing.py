"""The place in the queue, from counts."""

from hypothesis import given
from hypothesis import strategies as st

from streams.facts import Lane
from streams.position import Position
from streams.queueing import ahead_in_lane, place_in_queue

A, B, BATCH = Lane("interactive", 0), Lane("interactive", 1), Lane("batch", 0)


def test_the_first_is_first_and_the_last_is_last() -> None:
    first, last = Position(1000, 0), Position(2000, 0)
    assert ahead_in_lane(first, 50, first, last) == 1
    assert ahead_in_lane(last, 50, first, last) == 50
    assert ahead_in_lane(Position(1500, 0), 51, first, last) == 26


@given(st.integers(1, 10_000), st.lists(st.integers(0, 10**6), min_size=3, max_size=3).map(sorted))
def test_the_place_is_within_the_queue(waiting: int, times: list[int]) -> None:
    first, position, last = (Position(ms, 1) for ms in times)
    assert 1 <= ahead_in_lane(position, waiting, first, last) <= waiting


def test_lanes_take_turns_and_batch_comes_last() -> None:
    others = [(B, 10), (BATCH, 100)]
    assert place_in_queue(3, A, others) == 6
    assert place_in_queue(3, BATCH, [(A, 10), (B, 1)]) == 14

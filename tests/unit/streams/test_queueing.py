"""The place in the queue, from counts."""

from hypothesis import given
from hypothesis import strategies as st

from streams.facts import Lane
from streams.position import Position
from streams.queueing import ahead_in_lane, place_in_queue

A, B, BATCH = Lane("interactive", 0), Lane("interactive", 1), Lane("batch", 0)


def places(queue: list[Position]) -> list[int]:
    """The place of each of a lane's submissions, in their order."""
    return [ahead_in_lane(position, len(queue), queue[0], queue[-1]) for position in queue]


@st.composite
def lanes(draw: st.DrawFn) -> list[Position]:
    """What a lane may look like: bursts within a millisecond, numbered as Redis numbers them, and pauses."""
    bursts = draw(st.dictionaries(st.integers(0, 50), st.integers(1, 5), min_size=1, max_size=8))
    return [Position(ms, seq) for ms in sorted(bursts) for seq in range(bursts[ms])]


def test_the_middle_in_time_is_in_the_middle() -> None:
    assert ahead_in_lane(Position(1500, 0), 51, Position(1000, 0), Position(2000, 0)) == 26


@given(lanes())
def test_the_first_is_first_and_the_last_is_last_and_nobody_overtakes(queue: list[Position]) -> None:
    found = places(queue)
    assert (found[0], found[-1]) == (1, len(queue))
    assert found == sorted(found)


@given(st.integers(0, 10), st.integers(1, 400))
def test_a_burst_within_a_millisecond_is_counted_exactly(first: int, size: int) -> None:
    """Also what Redis appends while its clock is behind its last entry: all of that has one time."""
    assert places([Position(1000, first + number) for number in range(size)]) == list(range(1, size + 1))


@given(lanes().filter(lambda queue: len(queue) <= 3))
def test_up_to_three_are_counted_exactly(queue: list[Position]) -> None:
    assert places(queue) == list(range(1, len(queue) + 1))


@given(st.integers(1, 10_000), st.lists(st.integers(0, 10**6), min_size=3, max_size=3).map(sorted))
def test_the_place_is_within_the_queue(waiting: int, times: list[int]) -> None:
    """Whatever Redis says: its counts may be of another moment than its ids."""
    first, position, last = (Position(ms, 1) for ms in times)
    assert 1 <= ahead_in_lane(position, waiting, first, last) <= waiting


def test_lanes_take_turns_and_batch_comes_last() -> None:
    others = [(B, 10), (BATCH, 100)]
    assert place_in_queue(3, A, others) == 6
    assert place_in_queue(3, BATCH, [(A, 10), (B, 1)]) == 14

"""Which place a submission has in its language's queue, from counts of entries. Pure."""

from collections.abc import Sequence

from streams.facts import Lane
from streams.lanes import BATCH_EVERY
from streams.position import Position


def ahead_in_lane(position: Position, waiting: int, first: Position, last: Position) -> int:
    """How many of a lane's `waiting` submissions come up to `position`, itself included.

    They lie between `first` and `last`. Streams do not count up to an entry, so this is exact for these two, and for a
    burst within one millisecond, whose entries are numbered. In between, arrivals are taken to be even in time. Of two
    submissions the later never has the lower place.
    """
    if position <= first or waiting <= 1:
        return 1
    if position >= last:
        return waiting
    if first.ms == last.ms:
        share = (position.seq - first.seq) / (last.seq - first.seq)
    else:
        share = (position.ms - first.ms) / (last.ms - first.ms)
    return max(2, min(waiting - 1, 1 + round(share * (waiting - 1))))


def place_in_queue(own: int, lane: Lane, others: Sequence[tuple[Lane, int]]) -> int:
    """The place in the whole queue of what is number `own` in `lane`, where `others` wait: lanes take turns, and
    interactive ones come before batch, but for one turn of BATCH_EVERY.
    """
    place = own + sum(min(own, waiting) for other, waiting in others if other.kind == lane.kind)
    before = sum(waiting for other, waiting in others if other.kind != lane.kind)
    if lane.kind == "batch":
        return place + min(before, place * (BATCH_EVERY - 1))
    return place + min(before, place // (BATCH_EVERY - 1))

"""Folding facts as they come into one state per job, holding only jobs that have not ended yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from streams.ports import Projectable
from streams.position import ORIGIN, Position
from streams.state import Slot, join


@dataclass
class Folded:
    """What the facts read so far say about a job: the winning slot of each field, and the latest fact's position."""

    job_id: str
    partition: int
    slots: dict[str, Slot] = field(default_factory=dict)
    latest: Position = ORIGIN

    def add(self, position: Position, slots: Sequence[Slot]) -> None:
        self.latest = max(self.latest, position)
        for slot in slots:
            held = self.slots.get(slot.field)
            if held is None or (slot.rank > held.rank if slot.keep == "max" else slot.rank < held.rank):
                self.slots[slot.field] = slot

    @property
    def has_beginning(self) -> bool:
        return "submission" in self.slots

    @property
    def is_over(self) -> bool:
        """Whether no further fact can come: the log refuses any after an ending."""
        return self.has_beginning and "ended" in self.slots

    def fields(self) -> dict[str, bytes]:
        """The job's hash; the same as streams.state.fold of the facts."""
        return self.joined({})

    def joined(self, fields: dict[str, bytes]) -> dict[str, bytes]:
        """The hash `fields` with what the facts say joined in."""
        result = dict(fields)
        for slot in self.slots.values():
            join(result, slot)
        return result


class Folding:
    """Jobs under way. What is over leaves by `over`, in the order of the endings."""

    def __init__(self) -> None:
        self.open: dict[str, Folded] = {}
        self._over: list[Folded] = []

    def add(self, entry: Projectable) -> None:
        folded = self.open.get(entry.job_id)
        if folded is None:
            folded = self.open[entry.job_id] = Folded(entry.job_id, entry.partition)
        folded.add(entry.position, entry.slots)
        if folded.is_over:
            self._over.append(self.open.pop(entry.job_id))

    def over(self) -> Iterator[Folded]:
        """Those that have ended since the last call."""
        ended, self._over = self._over, []
        return iter(ended)

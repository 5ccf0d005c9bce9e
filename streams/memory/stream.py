"""A stream with consumer groups in memory: what the in-memory log needs of Redis's."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.position import ORIGIN, Position


@dataclass
class Pending:
    """An entry that was delivered and not acknowledged. `since` is in the event loop's seconds."""

    consumer: str
    since: float


@dataclass
class Group:
    """How far a group has read, and what its consumers hold."""

    last_delivered: Position = ORIGIN
    pending: dict[Position, Pending] = field(default_factory=dict)


@dataclass
class MemoryStream:
    """Entries in order, and groups by name. A group is made from the beginning when first used."""

    entries: dict[Position, dict[bytes, bytes]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    last: Position = ORIGIN

    def append(self, ms: int, fields: dict[bytes, bytes], after: Position = ORIGIN) -> Position:
        """Append at time `ms`, or right after the last entry, or `after`, if the clock is behind it."""
        position = max(Position(ms, 0), self.last.next(), after.next())
        self.entries[position] = fields
        self.last = position
        return position

    def group(self, name: str) -> Group:
        group = self.groups.get(name)
        if group is None:
            group = self.groups[name] = Group()
        return group

    def waiting(self, name: str) -> list[Position]:
        """Positions that the group has not been given yet."""
        last = self.group(name).last_delivered
        if last >= self.last:  # as nearly always: readers look often
            return []
        return [position for position in self.entries if position > last]

    def deliver(self, name: str, consumer: str, count: int, now: float) -> list[Position]:
        """Give the consumer up to `count` entries that no consumer of the group has seen."""
        positions = self.waiting(name)[:count]
        group = self.group(name)
        for position in positions:
            group.last_delivered = position
            group.pending[position] = Pending(consumer, now)
        return positions

    def take_from(self, name: str, holder: str, consumer: str, count: int, now: float) -> list[Position]:
        """Move up to `count` pending entries from `holder` to `consumer`."""
        group = self.group(name)
        positions = [position for position, pending in group.pending.items() if pending.consumer == holder][:count]
        for position in positions:
            group.pending[position] = Pending(consumer, now)
        return positions

    def take_idle(self, name: str, consumer: str, count: int, since: float, now: float) -> list[Position]:
        """Give the consumer up to `count` pending entries that were last renewed before `since`."""
        group = self.group(name)
        positions = [position for position, pending in group.pending.items() if pending.since <= since][:count]
        for position in positions:
            group.pending[position] = Pending(consumer, now)
        return positions

    def holder(self, name: str, position: Position) -> str | None:
        pending = self.group(name).pending.get(position)
        return None if pending is None else pending.consumer

    def acknowledge(self, name: str, position: Position) -> bool:
        """Whether it was pending."""
        return self.group(name).pending.pop(position, None) is not None

    def is_done(self, name: str, position: Position) -> bool:
        """Whether the group was given the entry, and has acknowledged it."""
        group = self.group(name)
        return position <= group.last_delivered and position not in group.pending

    def trim(self, before: Position, needed: Iterable[str], unneeded: str | None = None) -> int:
        """Delete entries before a position, never past what a group but `unneeded` has not acknowledged; how many.

        While one of the groups `needed` is missing, it has acknowledged nothing.
        """
        if not self.groups.keys() >= set(needed):
            return 0
        keep = before
        for name, group in self.groups.items():
            if name == unneeded:
                continue
            keep = min(keep, min(group.pending, default=group.last_delivered.next()))
        gone = [position for position in self.entries if position < keep]
        for position in gone:
            del self.entries[position]
        return len(gone)

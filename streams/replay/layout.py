"""Which streams a Redis has, as it says itself: replay is given an address, not the settings of a deployment."""

from collections.abc import Iterable
from dataclasses import dataclass

from streams import keys
from streams.facts import Lane
from streams.jobid import Address
from streams.lanes import all_lanes
from streams.ports import Topology
from streams.position import ORIGIN, Position
from streams.redis.wire import Wire


class NothingThereError(Exception):
    """The Redis holds no streams of ours. The message is for the user."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stream. `language` and `lane` are those of a submissions stream; an events stream has neither."""

    stream: str
    partition: int
    language: str | None = None
    lane: Lane | None = None

    def address(self, position: Position) -> Address | None:
        """The address of an entry, if it is a submission's."""
        if self.language is None or self.lane is None:
            return None
        return Address(self.partition, self.language, self.lane, position)


@dataclass(frozen=True, slots=True)
class Layout:
    """The topology, and the languages of each partition."""

    topology: Topology
    languages: tuple[tuple[str, ...], ...]
    archived: bool = False  # whether an archive is kept

    def partition(self, number: int) -> tuple[Place, ...]:
        """The streams of one partition, its events stream first."""
        lanes = all_lanes(self.topology.lanes)
        submissions = (
            Place(keys.stream_of(Address(number, language, lane, ORIGIN)), number, language, lane)
            for language in self.languages[number]
            for lane in lanes
        )
        return (Place(keys.events(number), number), *submissions)

    def places(self) -> tuple[Place, ...]:
        """All streams."""
        return tuple(place for number in range(self.topology.partitions) for place in self.partition(number))


def place_of(stream: str, partition: int) -> Place:
    """The place of a stream by its name: for what names streams that this Redis may not have any more."""
    return Place(stream, partition, *(keys.language_and_lane_of(stream) or ()))


def with_places(layout: Layout, places: Iterable[Place]) -> Layout:
    """`layout` with room for these streams too."""
    languages = [set(names) for names in layout.languages]
    lanes = layout.topology.lanes
    for place in places:
        languages += [set() for _ in range(place.partition + 1 - len(languages))]
        if place.language is not None and place.lane is not None:
            languages[place.partition].add(place.language)
            lanes = max(lanes, place.lane.number + 1)
    sorted_languages = tuple(tuple(sorted(names)) for names in languages)
    return Layout(Topology(len(languages), lanes), sorted_languages, layout.archived)


async def read_layout(wire: Wire) -> Layout:
    """The layout of the log behind `wire`. Raises NothingThereError."""
    partitions, lanes = await wire.call("HMGET", keys.TOPOLOGY, "partitions", "lanes")
    if partitions is None or lanes is None:
        raise NothingThereError("this Redis holds no streams of CodePortal: is it the right address and REDIS_DB?")
    topology = Topology(int(partitions), int(lanes))
    languages = []
    for number in range(topology.partitions):
        names = await wire.call("SMEMBERS", keys.languages(number))
        languages.append(tuple(sorted(name.decode() for name in names)))
    archived = bool(await wire.call("EXISTS", keys.ARCHIVED))
    return Layout(topology, tuple(languages), archived)

"""Who is there, in Redis."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from streams import keys
from streams.duration import in_milliseconds
from streams.ports import ActorReport
from streams.redis.context import Part, pairs
from streams.reports import read_reports, write_report


class RegistryStore(Part):
    """Implements streams.ports.Registry, and Health.ping."""

    async def report(self, report: ActorReport, ttl: timedelta) -> None:
        # A flush takes what was agreed on, by which whoever looks on from outside knows the streams.
        topology = self._context.settings.topology
        await self._context.run("agree", (keys.TOPOLOGY,), (topology.partitions, topology.lanes))
        if report.language is not None:
            # Before anybody can be offered the language: from then on projector and janitor look after its streams.
            for partition in self._context.partitions():
                await self._context.run("know_language", (keys.languages(partition),), (report.language,))
            await self._context.run("know_names", (keys.NAMES,), (report.language, *report.aliases))
        arguments = (report.name, in_milliseconds(ttl), write_report(report))
        await self._context.run("report", (keys.ACTORS,), arguments)

    async def withdraw(self, name: str) -> None:
        await self._context.wire.call("HDEL", keys.ACTORS, name)

    async def actors(self) -> Sequence[ActorReport]:
        reports = await self._context.run("actors", (keys.ACTORS,), ())
        return sorted(read_reports(reports), key=lambda report: report.name)

    async def names(self) -> Mapping[str, str]:
        answer = await self._context.wire.call("HGETALL", keys.NAMES)
        fields = answer if isinstance(answer, dict) else pairs(answer)
        return {name.decode(): language.decode() for name, language in fields.items()}

    async def announced_languages(self) -> Sequence[str]:
        """Implements streams.ports.Health.announced_languages; every partition has them all."""
        return sorted(name.decode() for name in await self._context.wire.call("SMEMBERS", keys.languages(0)))

    async def ping(self) -> None:
        await self._context.wire.call("PING")

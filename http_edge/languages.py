"""Which languages can run now, as executors report it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from streams.ports import ActorReport, LogUnavailableError, Registry

REFRESH = 1.0
"""Seconds between looks at the registry; an unknown language looks at once."""
LOOK_AT_MOST_EVERY = 0.1
"""Seconds, so that requests for nonsense do not become load on Redis."""


@dataclass
class Language:
    """A language, with what all of its executors together have."""

    name: str
    aliases: set[str] = field(default_factory=set)
    versions: dict[str, str] = field(default_factory=dict)
    runners: int = 0
    busy: int = 0
    executors: int = 0
    job_ms: float | None = None  # how long a job takes lately

    def start_in_ms(self, place: int) -> int | None:
        """When, about, the submission at `place` starts; None while nobody can tell: no runner, or no job so far."""
        if not self.runners or self.job_ms is None:
            return None
        free = max(0, self.runners - self.busy)
        return round(self.job_ms * max(0, place - free) / self.runners)


class Languages:
    """A view of the registry, at most REFRESH old while `run` is running."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._languages: dict[str, Language] = {}
        self._names: dict[str, str] = {}
        self._former: Mapping[str, str] = {}
        self._looked_at = float("-inf")

    async def run(self) -> None:
        """Keep the view fresh, until cancelled."""
        while True:
            try:
                await self.look()
            except LogUnavailableError as error:
                structlog.get_logger().warning("registry unavailable", reason=str(error))
            await asyncio.sleep(REFRESH)

    async def look(self) -> Sequence[ActorReport]:
        """Look at the registry now; returns all reports."""
        reports, self._former = await asyncio.gather(self._registry.actors(), self._registry.names())
        self._looked_at = asyncio.get_running_loop().time()  # not before: who comes meanwhile has seen nothing yet
        self._languages = _languages(reports)
        aliases = {alias: language.name for language in self._languages.values() for alias in language.aliases}
        self._names = aliases | {name: name for name in self._languages}  # a name is nobody else's alias
        return reports

    async def look_for(self, name: object) -> None:
        """Look again if `name` is not known; it may have just appeared."""
        now = asyncio.get_running_loop().time()
        if name not in self._names and now - self._looked_at > LOOK_AT_MOST_EVERY:
            await self.look()

    def resolve(self, name: str) -> str | None:
        """The canonical name of a language or alias; None if nobody runs it."""
        return self._names.get(name)

    def resolve_former(self, name: str) -> str | None:
        """As `resolve`, also for what somebody ran once: what was submitted then can still be asked for again."""
        return self._names.get(name) or self._former.get(name)

    def get(self, name: str) -> Language:
        """The language of that canonical name; nobody runs it if its `executors` are 0."""
        return self._languages.get(name) or Language(name)

    def known(self) -> str:
        """The names of all languages, for messages."""
        return ", ".join(sorted(self._languages)) or "none at the moment: no executor is running"

    def all(self) -> list[Language]:
        return [self._languages[name] for name in sorted(self._languages)]


def _languages(reports: Sequence[ActorReport]) -> dict[str, Language]:
    languages: dict[str, Language] = {}
    timed: dict[str, tuple[float, ...]] = {}
    for report in reports:
        if report.kind != "executor" or report.language is None:
            continue
        language = languages.setdefault(report.language, Language(report.language))
        language.aliases |= set(report.aliases)
        language.versions |= report.versions
        language.runners += report.runners
        language.busy += report.busy
        language.executors += 1
        if report.job_ms is not None:
            # The mean over the executors, each with equal say.
            timed[report.language] = (*timed.get(report.language, ()), report.job_ms)
    for name, times in timed.items():
        languages[name].job_ms = sum(times) / len(times)
    return languages

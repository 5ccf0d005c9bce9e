"""The pool: keeps leases of the runners that discovery finds, and hands out the least used one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from actors.languages import canonical, language
from actors.runners.container import Container
from actors.runners.engine import Changed, EngineLost, Listed, Removed, Sighting
from actors.runners.lease import LeasedElsewhereError, LeasedRunner, Lessor, RunnerUnusableError, Watcher
from actors.runners.place import FreePlaces, Place
from actors.runners.port import Census, Runner
from actors.runners.safety import Requirements, dangers, mismatches, shared_with
from actors.runners.selection import Selection
from actors.runners.sharing import Share, executors_of
from streams.ports import LogUnavailableError, Registry

TICK = 1.0
"""Seconds between looks at who else is there, and at the leases."""


@dataclass(frozen=True, slots=True)
class PoolRules:
    """Which containers to use, what they must be like, and the reason given for using unsafe ones all the same."""

    selection: Selection
    requirements: Requirements
    allow_unsafe: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The places that may be used, and how many of them are leased."""

    usable: frozenset[Place]
    leased: int


class Pool:
    """Implements actors.runners.port.Runners. `run` must run for runners to be found and leased."""

    def __init__(
        self, rules: PoolRules, sightings: asyncio.Queue[Sighting], lessor: Lessor, registry: Registry, name: str
    ) -> None:
        self._rules = rules
        self._sightings = sightings
        self._lessor = lessor
        self._registry = registry
        self._name = name
        self._places: dict[str, Place] = {}
        self._free = FreePlaces()
        self._counted: Standing | None = None
        self._share = Share()
        self._executors = frozenset({name})
        self._changed = asyncio.Event()
        self._wake: Callable[[], None] = lambda: None
        self._leasing: set[asyncio.Task[None]] = set()
        self._unreachable: str | None = None
        self._retired = False
        self._logger: Any = structlog.get_logger().bind(actor="pool", language=rules.selection.language)

    # -- actors.runners.port.Runners

    @property
    def free(self) -> int:
        return len(self._free)

    def take(self) -> Runner | None:
        place = self._free.least_used()
        if place is None:
            return None
        place.state = "taken"
        place.jobs += 1
        return place.runner

    def put_back(self, runner: Runner) -> None:
        for place in self._places.values():
            if place.runner is runner and place.state == "taken":
                place.jobs -= 1
                self._ready(place)

    def on_free(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def retire(self) -> None:
        self._retired = True
        for place in self._places.values():
            if place.state == "free":
                self._release(place, "the executor stops")

    def census(self) -> Census:
        leased = [place for place in self._places.values() if place.runner is not None]
        quarantined = sum(place.trouble is not None for place in self._places.values())
        if not leased:
            return Census(trouble=self._trouble(), quarantined=quarantined)
        greeting = max((place.runner.greeting for place in leased if place.runner), key=lambda said: len(said.versions))
        known = language(self._rules.selection.language)
        aliases = greeting.aliases or (known.aliases if known else ())
        busy = sum(place.state == "taken" for place in leased)
        return Census(len(leased), busy, greeting.versions, aliases, quarantined=quarantined)

    def leased(self) -> dict[str, str]:
        """The names of the leased runners, by their containers' ids."""
        return {place.container.id: place.container.name for place in self._places.values() if place.runner is not None}

    def _trouble(self) -> str | None:
        troubles = [f"{place.container.name} {place.trouble}" for place in self._places.values() if place.trouble]
        if self._unreachable is not None:
            troubles.insert(0, self._unreachable)
        return "; ".join(troubles) or None

    # -- its own life

    async def run(self) -> None:
        """Find, lease and share runners until cancelled; then give all leases up."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_engine(), name="pool-engine")
                tasks.create_task(self._follow_registry(), name="pool-registry")
                tasks.create_task(self._balance_forever(), name="pool-balance")
        finally:
            for task in tuple(self._leasing):
                task.cancel()
            await asyncio.gather(*self._leasing, return_exceptions=True)
            runners = [place.runner for place in self._places.values() if place.runner is not None]
            for place in self._places.values():
                self._release(place, "the executor stops")
            await asyncio.gather(*(runner.released() for runner in runners))

    async def _follow_registry(self) -> None:
        while True:
            try:
                reports = await self._registry.actors()
            except LogUnavailableError:
                pass  # whoever was there a moment ago still counts
            else:
                self._executors = executors_of(reports, self._rules.selection.language, self._name)
                self._changed.set()
            await asyncio.sleep(TICK)

    async def _follow_engine(self) -> None:
        while True:
            self._see(await self._sightings.get())
            self._changed.set()

    def _see(self, sighting: Sighting) -> None:
        match sighting:
            case Listed():
                for gone in self._places.keys() - {container.id for container in sighting.containers}:
                    self._forget(gone)
                for container in sighting.containers:
                    self._see_container(container)
                self._unreachable = None
            case Changed():
                self._see_container(sighting.container)
            case Removed():
                self._forget(sighting.id)
            case EngineLost():
                # Runners live on without the engine, and so do their leases.
                self._unreachable = sighting.reason
                self._logger.warning("engine lost", reason=sighting.reason)

    def _see_container(self, container: Container) -> None:
        self._counted = None
        role = self._rules.selection.role(container) if container.running else None
        known = self._places.get(container.id)
        if role is None or (known is not None and known.container.started_at != container.started_at):
            self._forget(container.id)
            known = None
        if role is None:
            return
        if known is None:
            known = self._places[container.id] = Place(container, role, asyncio.get_running_loop().time(), self._free)
        known.container, known.role = container, role
        self._judge(known)

    def _judge(self, place: Place) -> None:
        """Refuse what is unsafe, or no longer so; fail closed."""
        unsafe = dangers(place.container, self._rules.requirements)
        wrong = mismatches(place.container, self._rules.requirements)
        usable = (other.container for other in self._places.values() if other.state != "refused")
        wrong += shared_with(place.container, usable)
        name = place.container.name
        if unsafe and self._rules.allow_unsafe:
            self._logger.warning("unsafe runner allowed", runner=name, unsafe=unsafe, why=self._rules.allow_unsafe)
            unsafe = []
        if unsafe or wrong:
            reason = "; ".join([*unsafe, *wrong])
            if place.trouble != reason:
                self._logger.error("runner refused", runner=name, reason=reason)
            self._release(place, reason)
            place.refused(reason)
        elif place.state == "refused":
            place.state, place.trouble = "unleased", None

    def _forget(self, container_id: str) -> None:
        self._counted = None
        place = self._places.pop(container_id, None)
        if place is not None:
            self._release(place, "its container stopped")
            self._logger.info("runner gone", runner=place.container.name)
            for other in self._places.values():
                if other.state == "refused":
                    self._judge(other)  # it may have been refused for what it shared with this one

    # -- leases

    async def _balance_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            self._balance(now)
            due = min((place.next_try for place in self._unleased()), default=now + TICK)
            try:
                async with asyncio.timeout(min(TICK, max(0.05, due - now))):
                    await self._changed.wait()
            except TimeoutError:
                continue
            self._changed.clear()

    def _usable(self) -> list[Place]:
        """Containers that may be used: the fallback only counts while there are no others."""
        pooled = [place for place in self._places.values() if place.role == "pool"]
        return [place for place in pooled or self._places.values() if place.state != "refused"]

    def _unleased(self) -> list[Place]:
        return [place for place in self._usable() if place.state == "unleased"]

    def _balance(self, now: float) -> None:
        if self._retired:
            return
        usable = self._usable()
        self._share.recount(self._executors, len(usable), now)
        held = [place for place in usable if place.leased or place.state == "leasing"]
        candidates = [place for place in usable if place.state == "unleased" and place.next_try <= now]
        room = self._share.allowance - len(held)
        if room > 0:
            for place in sorted(candidates, key=lambda place: place.jobs)[:room]:
                self._start_lease(place, above_share=False)
        elif candidates and self._share.may_take_more(now):
            for place in candidates:
                self._start_lease(place, above_share=True)
        surplus = [place for place in usable if place.state == "free"][: max(0, -room)]
        unneeded = [place for place in self._places.values() if place.state == "free" and place not in usable]
        for place in (*surplus, *unneeded):
            self._release(place, "left to other executors")

    def _start_lease(self, place: Place, above_share: bool) -> None:
        place.lease_begins()
        task = asyncio.get_running_loop().create_task(self._lease(place, above_share), name="pool-lease")
        self._leasing.add(task)
        task.add_done_callback(self._leasing.discard)

    async def _lease(self, place: Place, above_share: bool) -> None:
        lost: list[str] = []
        watcher = Watcher(
            ready=lambda: self._ready(place),
            gone=lambda reason: lost.append(reason) if place.runner is None else self._gone(place, reason),
        )
        try:
            runner = await self._lessor.lease(place.container, watcher)
        except LeasedElsewhereError:
            self._not_leased(place)
        except RunnerUnusableError as error:
            self._lease_failed(place, str(error))
        except asyncio.CancelledError:
            self._not_leased(place)  # for the pool that its supervisor starts again
            raise
        except Exception as error:
            self._logger.exception("lease broke", runner=place.container.name)
            self._lease_failed(place, f"cannot be leased: {type(error).__name__}: {error}")
        else:
            if lost:
                self._lease_failed(place, lost[0])
            else:
                self._leased(place, runner, above_share)

    def _not_leased(self, place: Place) -> None:
        if place.state == "leasing":  # else it was refused meanwhile, and stays so
            place.held_elsewhere(asyncio.get_running_loop().time())

    def _lease_failed(self, place: Place, reason: str) -> None:
        if place.state != "leasing":
            return
        if place.trouble != reason:
            self._logger.info("runner not usable yet", runner=place.container.name, reason=reason)
        place.failed(reason, asyncio.get_running_loop().time())
        self._changed.set()

    def _leased(self, place: Place, runner: LeasedRunner, above_share: bool) -> None:
        self._counted = None
        wanted, offered = self._rules.selection.language, canonical(runner.greeting.language)
        still_there = self._places.get(place.container.id) is place and place.state == "leasing"
        if self._retired or not still_there:
            runner.release()
        elif offered != wanted:
            runner.release()
            place.refused(f"runs {offered}, not {wanted}")
            self._logger.error("runner refused", runner=place.container.name, reason=place.trouble)
        else:
            place.lease_succeeded(runner)
            if above_share:
                self._share.took_more()
            self._logger.info("runner leased", runner=place.container.name, versions=runner.greeting.versions)
            self._wake()

    def _ready(self, place: Place) -> None:
        if place.runner is None or place.state != "taken":
            return
        standing = self._standing()
        over_share = standing.leased > self._share.allowance
        if self._retired or over_share or place not in standing.usable:
            # At once: a busy executor would take it again before the next look at the balance.
            self._release(place, "left to other executors")
            return
        place.state = "free"
        self._wake()

    def _standing(self) -> Standing:
        """Counted anew only after leases or containers came or went: each job asks."""
        if self._counted is None:
            usable = self._usable()
            self._counted = Standing(frozenset(usable), sum(place.leased for place in usable))
        return self._counted

    def _gone(self, place: Place, reason: str) -> None:
        self._counted = None
        self._logger.info("lease over", runner=place.container.name, reason=reason)
        place.failed(reason, asyncio.get_running_loop().time())
        self._changed.set()

    def _release(self, place: Place, reason: str) -> None:
        self._counted = None
        runner, place.runner = place.runner, None
        if runner is not None:
            self._logger.info("lease given up", runner=place.container.name, reason=reason)
            place.held_elsewhere(asyncio.get_running_loop().time())
            runner.release()

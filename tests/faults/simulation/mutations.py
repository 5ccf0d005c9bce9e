"""Mistakes that somebody could make in the actors or the log, each of which some seed must notice.

A mutation is a name and what it puts in the place of what: `setattr(owner, attribute, made(original))`.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import streams.memory.contents
from actors import writing
from actors.archiver import Archiver
from actors.attempt import Attempt, Stage
from actors.beginning import Beginning
from actors.executor import Executor
from actors.janitor import Janitor
from actors.keeping import Keeper, LogWatch
from actors.projector import Projector
from actors.runners.port import RunnerError, RunReport
from actors.supervision import Supervisor
from streams import keys
from streams.memory.contents import MemoryPart
from streams.memory.projection import Projection
from streams.memory.stream import MemoryStream
from streams.memory.submissions import Submissions
from streams.memory.work import Work
from streams.ports import Attempts, LogUnavailableError
from streams.state import attempt_mark

Make = Callable[[Any], Any]


@dataclass(frozen=True)
class Mutation:
    """`make` gets the original and returns what stands in its place."""

    name: str
    owner: Any
    attribute: str
    make: Make

    @contextmanager
    def _applied(self) -> Any:
        original = self.owner.__dict__[self.attribute]
        setattr(self.owner, self.attribute, self.make(original))
        try:
            yield
        finally:
            setattr(self.owner, self.attribute, original)

    def applied(self) -> AbstractContextManager[None]:
        """While inside, the mistake is in the code."""
        applied: AbstractContextManager[None] = self._applied()
        return applied


def _never(_original: Any) -> Any:
    async def never(*_: Any, **__: Any) -> None:
        await asyncio.sleep(1e9)

    return never


def _does_nothing(_original: Any) -> Any:
    async def nothing(*_: Any, **__: Any) -> Any:
        return ()

    return nothing


def _counts_nothing(_original: Any) -> Any:
    return lambda *_: None


def _end_without_acknowledging(original: Any) -> Any:
    async def end(self: Any, claim: Any, consumer: str, *rest: Any) -> Any:
        group = self._group(claim)
        held = group.pending.get(claim.job.address.position)
        answer = await original(self, claim, consumer, *rest)
        if held is not None:
            group.pending[claim.job.address.position] = held
        return answer

    return end


def _end_without_guard(original: Any) -> Any:
    async def end(self: Any, claim: Any, consumer: str, ending: Any, dead_letter: Any = None) -> Any:
        if self._holder(claim) == consumer:
            return await original(self, claim, consumer, ending, dead_letter)
        return self._append_ending(claim.job, ending)

    return end


def _begin_without_ownership(original: Any) -> Any:
    async def begin(self: Any, claim: Any, consumer: str, started: Any) -> Any:
        return await original(self, claim, self._holder(claim) or consumer, started)

    return begin


def _without(field: str) -> Make:
    """`begin` that does not look at a field of the hash."""

    def make(original: Any) -> Any:
        async def begin(self: Any, claim: Any, consumer: str, started: Any) -> Any:
            fields = self.contents.hashes[keys.hash_of(claim.job)]
            hidden = fields.pop(field, None)
            answer = await original(self, claim, consumer, started)
            if hidden is not None:
                fields[field] = hidden
            return answer

        return begin

    return make


def _begin_forgets_to_count(original: Any) -> Any:
    async def begin(self: Any, claim: Any, consumer: str, started: Any) -> Any:
        fields = self.contents.hashes[keys.hash_of(claim.job)]
        before = fields.get("attempts", b"000000")
        answer = await original(self, claim, consumer, started)
        if not isinstance(answer, Attempts):
            fields["attempts"] = before
        return answer

    return begin


def _without_limit(original: Any) -> Any:
    def init(self: Any, claim: Any, runner: Any, bench: Any, observer: Any) -> None:
        original(self, claim, runner, replace(bench, max_attempts=1000), observer)

    return init


def _failure_is_final(_original: Any) -> Any:
    def failed(self: Any, started: Any, reason: str) -> Any:
        return writing.lost(self.claim, self._bench, started.trace, started.attempt, reason)

    return failed


def _hand_back_forgotten(_original: Any) -> Any:
    async def hand_back(self: Any) -> None:
        self._observer.let_go(self)

    return hand_back


def _hand_back_steals(_original: Any) -> Any:
    async def hand_back(self: Any, claims: Any, _consumer: str) -> None:
        for claim in claims:
            pending = self._group(claim).pending.get(claim.job.address.position)
            if pending is not None:
                pending.consumer = "nobody"
                pending.since = 1e9

    return hand_back


def _acknowledges_without_applying(_original: Any) -> Any:
    async def project(self: Any, entries: Any) -> None:
        for entry in entries:
            self.contents.streams[entry.stream].acknowledge(keys.PROJECTOR, entry.position)

    return project


def _applies_without_acknowledging(original: Any) -> Any:
    async def project(self: Any, entries: Any) -> None:
        pending = {entry: self.contents.streams[entry.stream].group(keys.PROJECTOR).pending.copy() for entry in entries}
        await original(self, entries)
        for entry, held in pending.items():
            self.contents.streams[entry.stream].group(keys.PROJECTOR).pending = held

    return project


def _last_one_wins(_original: Any) -> Any:
    def join(fields: dict[str, bytes], slot: Any) -> bool:
        fields[slot.field] = slot.rank.encode() if slot.payload is None else slot.payload
        if slot.payload is not None:
            fields[slot.field + "@"] = slot.rank.encode()
        return True

    return join


def _group_from_the_end(original: Any) -> Any:
    def group(self: Any, name: str) -> Any:
        known = name in self.groups
        made = original(self, name)
        if not known:
            made.last_delivered = self.last
        return made

    return group


def _trims_what_is_pending(_original: Any) -> Any:
    def trim(self: Any, before: Any, _needed: Any, _unneeded: Any = None) -> int:
        gone = [position for position in self.entries if position < before]
        for position in gone:
            del self.entries[position]
        return len(gone)

    return trim


def _appends_every_time(original: Any) -> Any:
    async def submit(self: Any, submission: Any, partition: int) -> Any:
        self.contents.idempotency.clear()
        return await original(self, submission, partition)

    return submit


def _swallows(_original: Any) -> Any:
    async def end(self: Any, ending: Any) -> None:
        try:
            await self._bench.log.end(self.claim, self._bench.consumer, ending, None)
        except Exception:  # noqa: BLE001 -- the mistake
            self._observer.let_go(self)

    return end


def _runs_without_start(original: Any) -> Any:
    async def this(self: Any, started: Any) -> Any:
        await original(self, started)
        return started

    return this


def _takes_any_start_for_its_own(original: Any) -> Any:
    async def this(self: Any, started: Any) -> Any:
        log, unanswered = self._bench.log, {}

        class Confused:
            async def begin(self, claim: Any, consumer: str, started: Any) -> Any:
                try:
                    answer = await log.begin(claim, consumer, started)
                except LogUnavailableError:
                    unanswered[started.attempt] = started
                    raise
                if isinstance(answer, Attempts) and answer.started in unanswered:
                    return Attempts(answer.started, attempt_mark(unanswered[answer.started]))
                return answer

        sound, self._bench = self._bench, replace(self._bench, log=Confused())
        try:
            return await original(self, started)
        finally:
            self._bench = sound

    return this


def _always_steady(_original: Any) -> Any:
    async def steady(_self: Any) -> bool:
        return True

    return steady


def _gives_up_at_once(_original: Any) -> Any:
    async def run(self: Any) -> None:
        try:
            await self._work()
        except Exception:  # noqa: BLE001 -- the mistake
            self.state = "dead"

    return run


def _takes_idle_at_once(original: Any) -> Any:
    def take_idle(self: Any, name: str, consumer: str, count: int, _since: float, now: float) -> Any:
        return original(self, name, consumer, count, now, now)

    return take_idle


def _reports_runner_error_as_output(_original: Any) -> Any:
    async def perform(self: Any, started: Any) -> Any:
        self.stage, self._runner_used = Stage.RUNNING, True
        try:
            report = await self._runner.run(self._job(started, self._show(started)))
        except RunnerError:
            report = RunReport(outcome="exited", stage="run", stdout=b"", stderr=b"", duration_ms=0.0, exit_code=0)
        return self._judged(started, report)

    return perform


def _acknowledges_first(_original: Any) -> Any:
    async def archive(self: Any, entries: Any) -> None:
        if entries:
            await self._log.archived(entries)
            await self._store.store(entries)

    return archive


def _trims_past_the_archive(original: Any) -> Any:
    def trim(self: Any, before: Any, needed: Any, _unneeded: Any = None) -> int:
        return int(original(self, before, [group for group in needed if group != keys.ARCHIVE], keys.ARCHIVE))

    return trim


MUTATIONS = (
    Mutation("end does not acknowledge", Work, "end", _end_without_acknowledging),
    Mutation("end takes an ending from anybody", Work, "end", _end_without_guard),
    Mutation("begin does not ask who holds the claim", Work, "begin", _begin_without_ownership),
    Mutation("begin does not look for an ending", Work, "begin", _without("ended")),
    Mutation("begin does not look for a cancellation", Work, "begin", _without("cancel_requested")),
    Mutation("begin does not count attempts", Work, "begin", _begin_forgets_to_count),
    Mutation("claims are not renewed", Keeper, "renew_forever", _never),
    Mutation("overdue claims are not taken over", Executor, "_reclaim_forever", _never),
    Mutation("claims in use are taken over", MemoryStream, "take_idle", _takes_idle_at_once),
    Mutation("a failed attempt is not handed back", Attempt, "_hand_back", _hand_back_forgotten),
    Mutation("what is handed back is nobody's", Work, "hand_back", _hand_back_steals),
    Mutation("the number of attempts has no limit", Attempt, "__init__", _without_limit),
    Mutation("the first failure is the last", Attempt, "_failed", _failure_is_final),
    Mutation("an ending that the log refused is forgotten", Attempt, "_end", _swallows),
    Mutation("jobs run whatever begin says", Beginning, "this", _runs_without_start),
    Mutation("an attempt takes another's start for its own", Beginning, "this", _takes_any_start_for_its_own),
    Mutation("an outage of the log makes claims overdue", LogWatch, "is_steady", _always_steady),
    Mutation("a broken runner counts as success", Attempt, "_perform", _reports_runner_error_as_output),
    Mutation("the projector acknowledges and does not apply", Projection, "project", _acknowledges_without_applying),
    Mutation("the projector applies and does not acknowledge", Projection, "project", _applies_without_acknowledging),
    Mutation("what a dead projector read is left", Projector, "_look_around", _does_nothing),
    Mutation("of two facts the last one counts", streams.memory.contents, "join", _last_one_wins),
    Mutation("groups are made from the end", MemoryStream, "group", _group_from_the_end),
    Mutation("trimming does not look at groups", MemoryStream, "trim", _trims_what_is_pending),
    Mutation("an idempotency key is not kept", Submissions, "submit", _appends_every_time),
    Mutation("an ending takes no job off its owner's count", MemoryPart, "_count_ending", _counts_nothing),
    Mutation("nobody cancels what waits", Janitor, "cancel_waiting", _does_nothing),
    Mutation("claims of the future are left", Janitor, "mend_claims", _does_nothing),
    Mutation("what crashed stays down", Supervisor, "run", _gives_up_at_once),
    Mutation("the archive is told before it has", Archiver, "_archive", _acknowledges_first),
    Mutation("trimming does not wait for the archive", MemoryStream, "trim", _trims_past_the_archive),
)

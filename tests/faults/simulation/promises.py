"""What must hold when a seed's system has come to rest."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from streams import keys
from streams.codec import decode
from streams.facts import AnyFact, Cancelled, CancelRequested, Finished, Lost, Started
from streams.jobid import parse_job_id
from streams.position import Position
from streams.state import fold
from streams.text import bytes_from_text
from tests.faults.simulation.clients import NOBODYS
from tests.faults.simulation.plan import chance_of
from tests.faults.simulation.runners import output_of
from tests.faults.simulation.world import World

QUICK = timedelta(seconds=8)
"""A short job without faults is over by then, though its runner failed twice; an overdue claim would take longer."""
ENDINGS = (Finished, Cancelled, Lost)
Facts = list[tuple[Position, AnyFact]]


def broken(world: World) -> Iterator[str]:
    """The promises that do not hold, in words."""
    for client in world.clients:
        yield from client.complaints
        if client.job is not None and str(client.job) not in world.log.submissions:
            yield f"{client.job} was accepted, and is in no stream"
    submitted = Counter(s.idempotency.key for _, s in world.log.submissions.values() if s.idempotency is not None)
    yield from (f"the key {key} stands for {count} jobs" for key, count in submitted.items() if count > 1)
    yield from (f"{process.name} broke: {process.broken!r}" for process in world.processes if process.broken)
    yield from (f"{process.name} still holds {process.held} jobs" for process in world.processes if process.held)
    yield from (f"{job}: started by an executor that did not hold it" for job in world.log.usurped)
    if world.plan.calm and world.log.overdue:
        yield f"{world.log.overdue} claims were overdue though nobody died"
    for job in world.log.submissions:
        yield from (f"{job}: {complaint}" for complaint in _broken_for(world, job))
    if world.plan.archivers:
        yield from _archived(world)
    yield from _left_in_memory(world)


def _archived(world: World) -> Iterator[str]:
    """Every fact there ever was is in the archive, as it was, though its stream may have been trimmed."""
    facts: list[tuple[str, Position, AnyFact]] = [
        (keys.stream_of(parse_job_id(job).address), at, fact) for job, (at, fact) in world.log.submissions.items()
    ]
    for job, events in world.log.events.items():
        stream = keys.events(parse_job_id(job).address.partition)
        facts += [(stream, at, fact) for at, fact in events]
    for stream, at, fact in facts:
        kept = world.archive.entries.get((stream, at))
        if kept is None:
            yield f"{type(fact).__name__} at {at} of {stream} is not in the archive"
        elif decode(kept) != fact:
            yield f"{type(fact).__name__} at {at} of {stream} is another in the archive"


def _broken_for(world: World, job: str) -> Iterator[str]:
    position, submission = world.log.submissions[job]
    facts: Facts = [(position, submission), *world.log.events.get(job, [])]
    endings = [(at, fact) for at, fact in facts if isinstance(fact, ENDINGS)]
    if len(endings) != 1:
        yield f"{len(endings)} endings"
        return
    (ended_at, ending), *_ = endings
    yield from _attempts(world, job, facts, ended_at)
    expected = output_of(bytes_from_text(submission.code))
    if isinstance(ending, Finished) and bytes_from_text(ending.result.stdout) != expected:
        yield f"the output is {ending.result.stdout!r}"
    if isinstance(ending, Cancelled) and not any(isinstance(fact, CancelRequested) for _, fact in facts):
        yield "cancelled, and nobody asked for it"
    yield from _dead_letter(world, job, ending)
    if world.plan.calm and submission.language != NOBODYS:
        yield from _without_faults(world, job, ending, sum(isinstance(fact, Started) for _, fact in facts))
        if world.plan.kind == "quick" and ending.at - submission.at > QUICK:
            yield f"took {ending.at - submission.at} though nothing was in its way"
    yield from _state(world, job, facts)


def _attempts(world: World, job: str, facts: Facts, ended_at: Position) -> Iterator[str]:
    starts = [(at, fact) for at, fact in facts if isinstance(fact, Started)]
    cancels = [at for at, fact in facts if isinstance(fact, CancelRequested)]
    numbers = [fact.attempt for _, fact in starts]
    runs = world.runs.attempts.get(str(parse_job_id(job).address), [])
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"attempts are numbered {numbers}"
    if len(numbers) > world.plan.max_attempts:
        yield f"{len(numbers)} attempts, more than {world.plan.max_attempts}"
    if any(at > ended_at for at, _ in starts):
        yield "started after it had ended"
    if cancels and any(at > min(cancels) for at, _ in starts):
        yield "started after its cancelling was asked for"
    if len(runs) != len(set(runs)):
        yield f"ran as attempts {runs}: one of them more than once"
    if set(runs) - set(numbers):
        yield f"ran as attempts {runs}, of which {numbers} are known"


def _without_faults(world: World, job: str, ending: AnyFact, starts: int) -> Iterator[str]:
    failures = world.runs.failures.get(str(parse_job_id(job).address), 0)
    expected = failures if isinstance(ending, Lost) else failures + 1
    if starts != expected and not (isinstance(ending, Cancelled) and starts <= expected):
        yield f"{starts} attempts where {expected} were needed"
    if isinstance(ending, Lost) and failures < world.plan.max_attempts:
        yield f"given up after {failures} failures of its runners"


def _dead_letter(world: World, job: str, ending: AnyFact) -> Iterator[str]:
    address = parse_job_id(job).address
    kept = f"{keys.stream_of(address)} {address.position}" in world.log.contents.dead_letters
    if kept != isinstance(ending, Lost):
        yield f"{'a' if kept else 'no'} dead letter for {type(ending).__name__}"


def _state(world: World, job: str, facts: Facts) -> Iterator[str]:
    held = world.log.contents.hashes[keys.hash_of(parse_job_id(job))]
    chance = chance_of(world.plan, "fold", job)
    for _ in range(2):
        if fold(chance.sample(facts, len(facts))) != held:
            yield "its hash is not the fold of its facts"
            return


def _left_in_memory(world: World) -> Iterator[str]:
    """After the retention time nothing but hashes, which Redis lets expire, and dead letters are left."""
    contents = world.log.contents
    for name, stream in contents.streams.items():
        stream.trim(Position(2**49, 0), ())
        kept = NOBODYS not in name and len(stream.entries)
        if kept:
            yield f"{kept} entries of {name} can never be trimmed"
    if contents.counted:
        yield f"{len(contents.counted)} jobs that have ended count as in flight"
    for owner, used in contents.used.items():
        if used.in_flight:
            yield f"{len(used.in_flight)} jobs of {owner} that have ended count as in flight"
    if contents.cancellations:
        yield f"{len(contents.cancellations)} cancellations are left"
    known = {keys.hash_of(parse_job_id(job)) for job in world.log.submissions}
    yield from (f"{name} is no job's hash" for name, fields in contents.hashes.items() if fields and name not in known)

"""The account after a run: what was accepted, what became of it, and what is left in Redis."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streams import keys
from streams.codec import decode
from streams.entries import claim_of
from streams.facts import AnyFact, Cancelled, Finished, Lost, Started, Submission
from streams.jobid import Address, parse_job_id
from streams.lanes import all_lanes
from streams.ports import Claim
from streams.position import Position
from streams.state import fold
from tests.faults.processes.load import Load
from tests.faults.processes.system import System

PARTITIONS, LANES = 2, 2
ENDINGS = Finished | Cancelled | Lost
SETTLED_WITHIN = 30.0
LATEST = 40
"""Events among which the jobs that run now have started, if they are short."""
A_WHILE = 80
"""Milliseconds that a job which sleeps has run before it is struck: most others are over by then."""
Facts = dict[str, list[tuple[Position, AnyFact]]]


@dataclass(frozen=True, slots=True)
class Strike:
    """When (Redis's time) what was struck: a part or runner whose facts say `by` or `runner`, or everything."""

    ms: int
    by: str | None = None
    runner: str | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """What Redis knew until `ms` (its time), and what of that it has kept."""

    ms: int
    facts: Facts
    kept: Facts

    def excuses(self, job: str) -> bool:
        """Whether it explains that an accepted job is not known any more."""
        return parse_job_id(job).address.position.ms <= self.ms and job not in self.kept

    @property
    def verdicts(self) -> int:
        """How many jobs that are kept had their verdict, and get another."""
        return sum(
            _ended(known) and job in self.kept and not _ended(self.kept[job]) for job, known in self.facts.items()
        )


def _ended(facts: list[tuple[Position, AnyFact]]) -> bool:
    return any(isinstance(fact, ENDINGS) for _, fact in facts)


@dataclass(frozen=True, slots=True)
class Account:
    """The figures of one run. `verdicts` were lost and made again; `complaints` are broken promises."""

    name: str
    jobs: int
    strikes: int
    mid_flight: int
    second_attempts: int
    lost: int
    verdicts: int
    seconds: float
    complaints: tuple[str, ...]

    HEAD = (
        f"{'fault':<34} {'jobs':>6} {'strikes':>8} {'in flight':>10} {'re-run':>7} {'lost':>5}"
        f" {'verdicts':>9} {'broken':>7} {'s':>6}"
    )

    def __str__(self) -> str:
        return (
            f"{self.name:<34} {self.jobs:>6} {self.strikes:>8} {self.mid_flight:>10} {self.second_attempts:>7}"
            f" {self.lost:>5} {self.verdicts:>9} {len(self.complaints):>7} {self.seconds:>6.0f}"
        )


def facts_in(at: System) -> Facts:
    """All facts in the streams, by job."""
    facts: Facts = defaultdict(list)
    with at.client() as client:
        for partition in range(PARTITIONS):
            for entry, fields in client.xrange(keys.events(partition)):
                fact = decode(fields)
                assert not isinstance(fact, Submission)
                facts[fact.job].append((Position.parse(entry), fact))
            for lane in all_lanes(LANES):
                for entry, fields in client.xrange(keys.submissions(partition, "python", lane)):
                    claim = claim_of(Address(partition, "python", lane, Position.parse(entry)), fields)
                    assert isinstance(claim, Claim)
                    facts[str(claim.job)].append((claim.job.address.position, claim.submission))
    return facts


def running_now(at: System) -> list[Started]:
    """What has started a while ago and has no ending yet, judged by the latest events: it goes on for a while, too."""
    running: list[Started] = []
    begun = at.now_ms() - A_WHILE
    with at.client() as client:
        for partition in range(PARTITIONS):
            seen: set[str] = set()
            for entry, fields in client.xrevrange(keys.events(partition), count=LATEST):
                fact = decode(fields)
                if isinstance(fact, Started) and fact.job not in seen and Position.parse(entry).ms <= begun:
                    running.append(fact)
                if isinstance(fact, ENDINGS | Started):
                    seen.add(fact.job)
    return running


def mid_flight(strike: Strike, facts: Facts) -> int:
    """How many jobs ran, on what was struck, at that moment."""
    return sum(_ran_at(strike, job) for job in facts.values())


def _ran_at(strike: Strike, facts: list[tuple[Position, AnyFact]]) -> bool:
    before = [(at, fact) for at, fact in facts if at.ms <= strike.ms]
    starts = [(at, fact) for at, fact in before if isinstance(fact, Started)]
    if not starts or _ended(before):
        return False
    _, last = max(starts)
    return last.by.startswith(strike.by or "") and strike.runner in (None, last.runner)


def audit(at: System, load: Load, outcomes: dict[str, Any], losses: Sequence[Loss] = ()) -> tuple[int, list[str]]:
    """How many accepted jobs are gone, and what is not as promised."""
    _settle(at)
    forgiven = any(not loss.kept for loss in losses)  # executors may write of jobs that a flush took
    facts = facts_in(at)
    complaints: list[str] = []
    gone = 0
    for job, printed in load.accepted.items():
        outcome = outcomes.get(job)
        if outcome is None:
            gone += 1
            if not any(loss.excuses(job) for loss in losses):
                complaints.append(f"{job} was accepted and is not known")
        elif (outcome["status"], outcome["stdout"]) != ("succeeded", printed):
            complaints.append(f"{job}: {outcome['status']} {outcome['stdout']!r} {outcome['error']}")
    for job, known in facts.items():
        complaints += [f"{job}: {complaint}" for complaint in _job(at, job, known, forgiven)]
    return gone, complaints + _left(at, facts, forgiven)


def _job(at: System, job: str, facts: list[tuple[Position, AnyFact]], forgiven: bool) -> list[str]:
    complaints: list[str] = []
    endings = sum(isinstance(fact, ENDINGS) for _, fact in facts)
    accepted = any(isinstance(fact, Submission) for _, fact in facts)
    if accepted and endings != 1:
        complaints.append(f"{endings} endings")
    with at.client() as client:
        held = client.hgetall(keys.hash_of(parse_job_id(job)))
    folded = {name.encode(): value for name, value in fold(facts).items()}
    if held != folded and not (forgiven and not accepted):
        names = {name for name in held.keys() | folded if held.get(name) != folded.get(name)}
        complaints.append(f"its hash is not the fold of its facts: {names}")
    return complaints


def _settle(at: System) -> None:
    """Until nothing is pending; the last acknowledgements may be a moment behind the last answers."""
    deadline = time.monotonic() + SETTLED_WITHIN
    while _pending(at) and time.monotonic() < deadline:
        time.sleep(0.05)


def _pending(at: System) -> list[str]:
    found: list[str] = []
    with at.client() as client:
        for stream in client.scan_iter(match="sandbox:*", _type="stream"):
            if _kind(stream.decode()) == "output":  # which no group reads
                continue
            groups = client.xinfo_groups(stream)
            missing = set(keys.groups_of(stream.decode())) - {group["name"].decode() for group in groups}
            if missing and client.xlen(stream):  # after a flush: nothing of it is read yet
                found.append(f"no group {', '.join(sorted(missing))} reads {stream.decode()}")
            found += [
                f"{group['pending']} pending, {group['lag']} unread in {stream.decode()}"
                for group in groups
                if group["pending"] or group["lag"]
            ]
    return found


def _left(at: System, facts: Facts, forgiven: bool) -> list[str]:
    complaints = _pending(at)
    known = {keys.hash_of(parse_job_id(job)) for job in facts}
    with at.client() as client:
        for key in client.scan_iter(match="*", count=1000):
            kind = _kind(key.decode())
            if kind == "job" and key.decode() not in known and not forgiven:
                complaints.append(f"{key.decode()} belongs to no submission")
            if kind in ("job", "idempotency", "output") and client.ttl(key) < 0:
                complaints.append(f"{key.decode()} never expires")
            if kind in ("cancellations", "dead", "unknown"):
                complaints.append(f"{key.decode()} is left")
    return complaints


def _kind(key: str) -> str:
    if key in (keys.TOPOLOGY, keys.ACTORS, keys.NAMES, keys.ARCHIVED, keys.RECLAIMED):
        return "service"
    name = key.partition("}:")[2].partition(":")[0]
    expected = ("submissions", "events", "job", "languages", "dead", "cancellations", "idempotency", "output")
    return name if name in expected else "unknown"


def second_attempts(facts: Facts) -> int:
    """How many attempts came after a first one."""
    counts = Counter(job for job, known in facts.items() for _, fact in known if isinstance(fact, Started))
    return sum(count - 1 for count in counts.values())

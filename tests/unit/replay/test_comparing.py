"""What differs between two runs."""

from datetime import timedelta

from hypothesis import given
from msgspec.structs import replace

from streams.facts import AnyFact, Cancelled, Compile, Finished, Lost
from streams.position import Position
from streams.replay.comparing import Outcome, compare, outcome_of
from streams.replay.recorded import Recorded
from streams.replay.timeline import phases
from tests.unit.streams.facts_made import AT, FACTS, finished, job_id, started, submission


@given(FACTS)
def test_an_outcome_does_not_differ_from_itself(fact: AnyFact) -> None:
    if isinstance(fact, Finished | Cancelled | Lost):
        assert compare(outcome_of(fact), outcome_of(fact)) == []


def test_what_differs_is_named_verdict_first() -> None:
    was, now = Outcome("succeeded", 0, stdout="a\nb\n"), Outcome("failed", 1, stdout="a\nc\n", stderr="oh")
    found = compare(was, now)
    assert [each.part for each in found] == ["verdict", "stdout", "stderr"]
    assert (found[0].was, found[0].now) == ("succeeded, exit code 0", "failed, exit code 1")
    assert [line for line in found[1].lines() if line[0] in "+-"] == ["-b", "+c"]


def test_the_phases_add_up_to_the_jobs_time() -> None:
    job = job_id()
    later = AT + timedelta(milliseconds=10)
    end = finished(job)
    facts = [
        Recorded("s", Position(1, 0), job, submission()),
        Recorded("e", Position(11, 0), job, _at(started(job), later)),
        Recorded("e", Position(21, 0), job, _at(end, later + timedelta(milliseconds=10))),
    ]
    spent = {phase.name: phase.ms for phase in phases(facts, 23.0)}
    assert spent == {"queue": 10.0, "start": 6.5, "run": 3.5, "projection": 2.0}


def test_a_job_that_needed_no_compiling_has_no_such_phase() -> None:
    job = job_id()
    end = finished(job)
    built = Compile(exit_code=0, stdout="", stderr="", duration_ms=0.0, cached=True)
    facts = [
        Recorded("e", Position(11, 0), job, started(job)),
        Recorded("e", Position(21, 0), job, replace(end, result=replace(end.result, compile=built))),
    ]
    assert [phase.name for phase in phases(facts)] == ["start", "run"]
    assert outcome_of(replace(end, result=replace(end.result, compile=built))) == outcome_of(end)


def _at(fact: AnyFact, at: object) -> AnyFact:
    return replace(fact, at=at)

"""Runs beside what was recorded: verdict, output, usage."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from statistics import median
from typing import Any

from deploy.cli.stream.words import byte_count, coloured, milliseconds, visible
from deploy.cli.terminal import table
from streams.facts import AnyFact, Cancelled, Finished, Lost
from streams.jobid import JobId
from streams.replay.comparing import Difference, Outcome, Usage, compare, outcome_of, usage_of

MOST_LINES = 40
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Run:
    """A run that came to its end."""

    job: JobId
    outcome: Outcome
    usage: Usage

    @classmethod
    def of(cls, job: JobId, fact: AnyFact | None) -> "Run | None":
        """The run that an ending tells of; None for any other fact."""
        if not isinstance(fact, Finished | Cancelled | Lost):
            return None
        return cls(job, outcome_of(fact), usage_of(fact))


def as_object(job: JobId, recorded: Run | None, runs: Sequence[Run]) -> dict[str, Any]:
    """For programs."""
    return {
        "job": str(job),
        "recorded": None if recorded is None else _run(recorded),
        "runs": [
            {**_run(run), "differs": [each.part for each in compare(recorded.outcome, run.outcome)] if recorded else []}
            for run in runs
        ],
        "same": len({run.outcome for run in (*runs, *([recorded] if recorded else []))}) == 1,
    }


def _run(run: Run) -> dict[str, Any]:
    return {"job": str(run.job), **asdict(run.outcome), "usage": asdict(run.usage)}


def render(job: JobId, recorded: Run | None, runs: Sequence[Run]) -> str:
    """For people."""
    if len(runs) == 1 and recorded is not None:
        return _render_pair(recorded, runs[0])
    return _render_many(job, recorded, runs)


def _render_pair(recorded: Run, run: Run) -> str:
    differences = compare(recorded.outcome, run.outcome)
    differing = {each.part for each in differences}
    rows = [("", "RECORDED", "REPLAYED", "")]
    was, now = recorded.outcome, run.outcome
    rows.append(("verdict", was.verdict, now.verdict, _mark("verdict", differing)))
    for part, before, after in (
        ("compiler", was.compile_output, now.compile_output),
        ("stdout", was.stdout, now.stdout),
        ("stderr", was.stderr, now.stderr),
    ):
        if before or after:
            rows.append((part, _extent(before), _extent(after), _mark(part, differing)))
    rows += _usage_rows(recorded.usage, run.usage)
    parts = [f"{recorded.job}\nreplayed as {run.job}", table(rows[0], rows[1:])]
    parts += [_diff(each) for each in differences if each.part != "verdict"]
    last = (
        "the same verdict and output" if not differences else f"differs: {', '.join(each.part for each in differences)}"
    )
    return "\n\n".join((*parts, coloured(last, "failed" if differences else "succeeded")))


def _usage_rows(was: Usage, now: Usage) -> list[tuple[str, str, str, str]]:
    rows = [
        (
            "time",
            milliseconds(was.duration_ms),
            milliseconds(now.duration_ms),
            _ratio(was.duration_ms, now.duration_ms),
        ),
        ("cpu", milliseconds(was.cpu_ms), milliseconds(now.cpu_ms), _ratio(was.cpu_ms, now.cpu_ms)),
        (
            "memory",
            byte_count(was.memory_peak_bytes),
            byte_count(now.memory_peak_bytes),
            _ratio(was.memory_peak_bytes, now.memory_peak_bytes),
        ),
    ]
    return [row for row in rows if row[1:3] != ("-", "-")]


def _render_many(job: JobId, recorded: Run | None, runs: Sequence[Run]) -> str:
    counts = Counter(run.outcome for run in runs)
    reference = recorded.outcome if recorded else counts.most_common(1)[0][0]
    rows = [
        (str(count), outcome.verdict, _print_of(outcome), "as recorded" if recorded and outcome == reference else "")
        for outcome, count in counts.most_common()
    ]
    parts = [
        f"{job}\nrun again {len(runs)} time{'' if len(runs) == 1 else 's'}",
        table(("RUNS", "VERDICT", "OUTPUT", ""), rows),
    ]
    spent = [run.usage.duration_ms for run in runs if run.usage.duration_ms is not None]
    if spent:
        said = " / ".join(milliseconds(each) for each in (min(spent), median(spent), max(spent)))
        parts.append(f"time, least / median / most: {said}")
    for outcome in counts:
        if outcome != reference:
            parts += [_diff(each) for each in compare(reference, outcome) if each.part != "verdict"]
    return "\n\n".join((*parts, _judgement(recorded, counts)))


def _judgement(recorded: Run | None, counts: Counter[Outcome]) -> str:
    if len(counts) > 1:
        return coloured(f"FLAKY: {len(counts)} different outcomes", "failed")
    if recorded is None:
        return "the same each time; the recorded job has not ended"
    if recorded.outcome in counts:
        return coloured("the same each time, and as recorded", "succeeded")
    return coloured("the same each time, but not as recorded", "failed")


def _diff(difference: Difference) -> str:
    lines = difference.lines()
    shown = [f"  {visible(line)}" for line in lines[:MOST_LINES]]
    rest = [f"  … {len(lines) - MOST_LINES} more lines (--json has all)"] if len(lines) > MOST_LINES else []
    if not lines:  # only line ends differ
        shown = [f"  -{difference.was!r}", f"  +{difference.now!r}"]
    return "\n".join((f"{difference.part}:", *shown, *rest))


def _mark(part: str, differing: set[str]) -> str:
    return "DIFFERS" if part in differing else "same"


def _extent(text: str) -> str:
    return byte_count(len(text.encode()))


def _print_of(outcome: Outcome) -> str:
    whole = f"{outcome.compile_output}\0{outcome.stdout}\0{outcome.stderr}".encode()
    return f"{sha256(whole).hexdigest()[:8]} ({byte_count(len(whole) - 2)})"


def _ratio(was: float | None, now: float | None) -> str:
    return f"x{now / was:.2f}" if was and now is not None else ""

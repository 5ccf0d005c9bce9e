"""The stages of a test run and the summary of how they went."""

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack.console import Console
from deploy.stack.errors import DeployError


@dataclass(frozen=True)
class Result:
    """How one stage went; `note` says what it did, left out, or why it failed."""

    name: str
    ok: bool
    seconds: float
    note: str


@dataclass
class Report:
    """Runs stages, nearly all one after the other; a failed one does not keep the next from telling what it knows."""

    console: Console
    results: list[Result] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)

    def stage(self, name: str, action: Callable[[], str]) -> bool:
        """Runs `action`, which returns a note or raises DeployError."""
        self.console.say("stage", name)
        start = time.monotonic()
        try:
            note, ok = action(), True
        except DeployError as error:
            note, ok = str(error), False
            self.console.say("FAILED", f"{name}: {note}")
        except KeyboardInterrupt:
            self.results.append(Result(name, ok=False, seconds=time.monotonic() - start, note="interrupted"))
            raise
        self.results.append(Result(name, ok, time.monotonic() - start, note))
        return ok

    def meanwhile(self, name: str, action: Callable[[], str]) -> Callable[[], bool]:
        """Begins a stage beside those that follow, for one that mostly waits. What this returns waits for its end."""
        beside = ThreadPoolExecutor(1, thread_name_prefix=name)
        self.console.say("stage", f"{name}, beside what follows")
        start = time.monotonic()
        running = beside.submit(lambda: (action(), time.monotonic() - start))
        beside.shutdown(wait=False)

        def waited() -> str:
            note, seconds = running.result()
            return f"{note} ({seconds:.0f} s in all, begun beside the stages before)"

        return lambda: self.stage(name, waited)

    def note(self, name: str, text: str) -> None:
        """Says that a stage does not apply."""
        self.results.append(Result(name, True, 0.0, text))

    def close(self) -> None:
        """Prints the summary."""
        self.console.print("\n" + summary(self.results, self.console.elapsed))


def summary(results: list[Result], seconds: float) -> str:
    lines = [
        f"  {'ok' if result.ok else 'FAILED':<7} {result.name:<14} {result.seconds:7.1f} s  {result.note}"
        for result in results
    ]
    failed = [result.name for result in results if not result.ok]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "everything passed"
    return "\n".join([*lines, f"deploy/test: {verdict} ({seconds:.0f} s)"])


def failures(report: Path) -> list[str]:
    """The names of the tests that failed, from the JUnit file that pytest wrote."""
    suite = _suite(report)
    cases = [] if suite is None else suite.findall("testcase")
    broken = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return [case.get("name", "") for case in broken]


def counts(report: Path) -> str:
    """`12 passed, 1 failed` from the JUnit file that pytest wrote."""
    suite = _suite(report)
    if suite is None:
        return "no report"
    failed, errors, skipped = (int(suite.get(name, "0")) for name in ("failures", "errors", "skipped"))
    passed = int(suite.get("tests", "0")) - failed - errors - skipped
    parts = ((passed, "passed"), (failed, "failed"), (errors, "errors"), (skipped, "skipped"))
    return ", ".join(f"{number} {word}" for number, word in parts if number or word == "passed")


def _suite(report: Path) -> ET.Element | None:
    try:
        return ET.parse(report).getroot().find("testsuite")  # noqa: S314 -- written by our own pytest a moment ago
    except (OSError, ET.ParseError):
        return None

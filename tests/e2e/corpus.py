"""Real programs with known results, read from a directory of JSON lines, and how an answer compares to one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LANGUAGES = ("python", "javascript", "go")
OUTCOMES = {"succeeded": "ok", "failed": "nonzero_exit", "compile_error": "compile_error"}
LEAST_LIMIT = 10.0  # seconds: the rows' own limits are those of an idle machine
COMPILE_TIMEOUT = 10.0
MOST_LIMIT = 60.0


@dataclass(frozen=True)
class Row:
    """A program and what it is known to do. `stderr` None is not compared."""

    name: str
    language: str
    code: str
    stdin: str
    stdout: str
    stderr: str | None
    exit_code: int | None
    outcome: str
    limit: float
    same_on_3_13: bool

    @property
    def timeout(self) -> str:
        return f"{min(max(self.limit, LEAST_LIMIT), MOST_LIMIT)}s"


def load_corpus(directory: Path) -> list[Row]:
    """Every row of every language. Raises OSError when a file is missing."""
    return [
        _row(json.loads(line))
        for language in LANGUAGES
        for line in (directory / f"{language}.jsonl").read_text(encoding="utf-8").split("\n")
        if line
    ]


def _row(raw: dict[str, Any]) -> Row:
    return Row(
        name=raw["id"],
        language=raw["language"],
        code=raw["code"],
        stdin=raw["stdin"],
        stdout=raw["expected_stdout"],
        stderr=raw.get("expected_stderr"),
        exit_code=raw["expected_exit"],
        outcome=raw["expected_outcome"],
        limit=raw["wall_limit_s"],
        same_on_3_13=raw["native"].get("same_on_3_13", True),
    )


def differences(row: Row, job: dict[str, Any]) -> list[str]:
    """In what `job` is not as known; empty when it passes."""
    outcome = OUTCOMES.get(job["status"], job["status"])
    found = [_difference("outcome", row.outcome, outcome)]
    if row.outcome != "compile_error":
        found.append(_difference("exit code", row.exit_code, job["exit_code"]))
        found.append(_difference("stdout", row.stdout, job["stdout"]))
    if row.stderr is not None:
        found.append(_difference("stderr", row.stderr, job["stderr"]))
    if outcome != row.outcome:
        found.append(f"stderr is {job['stderr']!r:.300}, compile {job['compile']!r:.300}, error {job['error']!r}")
    return [each for each in found if each]


def _difference(what: str, known: Any, got: Any) -> str:
    if known == got:
        return ""
    if isinstance(known, str) and isinstance(got, str):
        at = next((i for i, (a, b) in enumerate(zip(known, got, strict=False)) if a != b), min(len(known), len(got)))
        start = max(at - 20, 0)
        return f"{what} differs from character {at}: known {known[start : at + 60]!r}, got {got[start : at + 60]!r}"
    return f"{what}: known {known!r}, got {got!r}"

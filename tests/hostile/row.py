"""A hostile program with what must be answered and what must not be seen, as the TOML files in `rows/` have it."""

import re
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

ROWS = Path(__file__).parent / "rows"
LANGUAGES = ("python", "javascript", "go")
_OF_THE_ROW = ("without", "limits", "timeout", "leaves_nothing", "off_may_pass")


@dataclass(frozen=True)
class Expected:
    """What must be answered. None: not looked at. `matches` is a regular expression for all of stdout."""

    status: tuple[str, ...] = ("succeeded",)
    stdout: str | None = None
    stdout_bytes: int | None = None
    matches: str | None = None
    stderr: str | None = None
    stderr_bytes: int | None = None
    signal: str | None = None
    stage: str | None = "run"
    truncated: bool = False
    never: tuple[str, ...] = ()
    within_ms: float | None = None


@dataclass(frozen=True)
class Row:
    """A program. `without` names the defence that answers it (defences.py); switched off, the row must fail.

    `leave` is a program that runs before it in the same runner. `off_may_pass` says why a machine may be safe even so.
    `gvisor` is what must be answered under runsc where that differs, and `reason` why.
    """

    name: str
    language: str
    code: str
    without: str
    expected: Expected
    leave: str | None = None
    limits: dict[str, Any] = field(default_factory=dict)
    timeout: str | None = None
    leaves_nothing: bool = False
    off_may_pass: str | None = None
    gvisor: Expected | None = None
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.language}: {self.name}"


@dataclass(frozen=True)
class Answer:
    """What came back, from the agent or over HTTP. Milliseconds."""

    status: str
    stdout: bytes
    stderr: bytes
    signal: str | None
    stage: str | None
    truncated: bool
    duration_ms: float
    error: str | None = None


def problems(expected: Expected, answer: Answer) -> list[str]:
    """In what `answer` is not as expected; empty when the defence holds."""
    found = []
    stdout, stderr = answer.stdout.decode(errors="replace"), answer.stderr.decode(errors="replace")
    if answer.status not in expected.status:
        found.append(f"status {answer.status} ({answer.error}), not {' or '.join(expected.status)}: {stderr[-400:]}")
    for name, wanted, seen in (
        ("stdout", expected.stdout, stdout),
        ("stderr", expected.stderr, stderr),
        ("signal", expected.signal, answer.signal),
        ("stage", expected.stage, answer.stage),
        ("bytes of stdout", expected.stdout_bytes, len(answer.stdout)),
        ("bytes of stderr", expected.stderr_bytes, len(answer.stderr)),
        ("truncated", expected.truncated, answer.truncated),
    ):
        if wanted is not None and wanted != seen:
            found.append(f"{name} {str(seen)[:400]!r}, not {wanted!r}; stderr {stderr[-400:]!r}")
    if expected.matches is not None and not re.fullmatch(expected.matches, stdout):
        found.append(f"stdout {stdout[:400]!r} does not match {expected.matches!r}; stderr {stderr[-400:]!r}")
    found += [f"{pattern!r} was seen" for pattern in expected.never if re.search(pattern, stdout + stderr)]
    if expected.within_ms is not None and answer.duration_ms > expected.within_ms:
        found.append(f"took {answer.duration_ms:.0f} ms, not at most {expected.within_ms:.0f}")
    return found


@cache
def rows() -> tuple[Row, ...]:
    """Every row of every file."""
    return tuple(row for path in sorted(ROWS.glob("*.toml")) for row in _read(path))


def _read(path: Path) -> list[Row]:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    prelude = table.pop("prelude", {})
    return [_row(name, path.stem, given, prelude) for name, given in table.items()]


def _row(name: str, file: str, given: dict[str, Any], prelude: dict[str, str]) -> Row:
    language = given.pop("language", file)
    leave, whole = given.pop("leave", None), given.pop("whole", False)
    code = given.pop("look") if leave is not None else given.pop("code")
    if language == "go" and leave is None and not whole:
        code = f"{prelude['main'].lstrip()}{code}\n}}\n"
    code = prelude.get(given.pop("use", ""), "") + code
    own = {key: given.pop(key) for key in _OF_THE_ROW if key in given}
    different = given.pop("gvisor", None)
    expected = _expected(Expected(), given)
    row = Row(name, language, code, expected=expected, leave=leave, **own)
    if different is None:
        return row
    reason = different.pop("reason")
    return replace(row, gvisor=_expected(_blank(expected, different), different), reason=reason)


def _blank(expected: Expected, different: dict[str, Any]) -> Expected:
    """What is said anew of stdout or of the status replaces all that was said of it, signal and stage included."""
    if "status" in different:
        expected = replace(expected, signal=None, stage=None)
    return replace(expected, stdout=None, matches=None) if {"stdout", "matches"} & different.keys() else expected


def _expected(usual: Expected, given: dict[str, Any]) -> Expected:
    status = given.get("status", usual.status)
    listed = {"status": (status,) if isinstance(status, str) else tuple(status)}
    if "never" in given:
        listed["never"] = tuple(given["never"])
    return replace(usual, **{**given, **listed})

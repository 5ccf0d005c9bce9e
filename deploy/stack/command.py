"""Running other programs: for their answer, or with their output in a log file."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.errors import DeployError

NOT_FOUND = 127
TIMED_OUT = 124

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COMPLAINT = re.compile(r"error|cannot|can't|failed|denied|unable|no such|not found|refused|no module", re.IGNORECASE)
_EMPTY_PHRASE = re.compile(r"encountered errors while|returned a non-zero code", re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """How a program ended: exit status and what it wrote."""

    code: int
    output: str
    errors: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def last_words(self) -> str:
        """The last line it wrote, errors first; for messages."""
        lines = (self.errors.strip() or self.output.strip()).splitlines()
        return lines[-1].strip() if lines else f"exit status {self.code}"


def attempt(argv: Sequence[str], env: Mapping[str, str] | None = None, deadline: float | None = None) -> Outcome:
    """Runs a program for its answer. A missing program and a passed `deadline` (seconds) are outcomes too."""
    try:
        done = subprocess.run(  # noqa: S603 -- a list, no shell; the words are ours
            argv,
            env=_environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=deadline,
            check=False,
        )
    except FileNotFoundError:
        return Outcome(NOT_FOUND, "", f"{argv[0]}: no such program")
    except subprocess.TimeoutExpired:
        return Outcome(TIMED_OUT, "", f"{argv[0]}: no answer within {deadline:g} s")
    return Outcome(done.returncode, done.stdout, done.stderr)


def run(argv: Sequence[str], env: Mapping[str, str] | None = None, deadline: float | None = None) -> str:
    """What the program printed. Raises DeployError when it fails."""
    outcome = attempt(argv, env, deadline)
    if not outcome.ok:
        raise DeployError(f"`{shlex.join(argv[:6])}` failed: {outcome.last_words}")
    return outcome.output


def run_logged(argv: Sequence[str], log: Path, what: str, env: Mapping[str, str] | None = None) -> None:
    """Runs a long program with its output in `log`. Raises DeployError with the log's last line and its path."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        start = sink.tell()
        sink.write(f"\n$ {shlex.join(argv)}\n".encode())
        sink.flush()
        try:
            code = subprocess.run(  # noqa: S603 -- a list, no shell; the words are ours
                argv, env=_environment(env), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, check=False
            ).returncode
        except FileNotFoundError as error:
            raise DeployError(f"{what}: the program {argv[0]} is missing") from error
    if code != 0:
        written = log.read_bytes()[start:].decode("utf-8", errors="replace")
        raise DeployError(f"{what} failed ({telling_line(written)}); the log is {log}")


def telling_line(written: str) -> str:
    """The line of a failed program's output that most likely says why: programs end with a mere `it failed`."""
    lines = [_COLOUR.sub("", line).strip() for line in written.splitlines() if line.strip()]
    telling = [line for line in lines if _COMPLAINT.search(line) and not _EMPTY_PHRASE.search(line)]
    return (telling or lines or ["no output"])[-1][:300]


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **(extra or {})}

"""Running other programs: for their answer, or with their output in a log file."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.errors import DeployError

NOT_FOUND = 127
TIMED_OUT = 124


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
        sink.write(f"\n$ {shlex.join(argv)}\n".encode())
        sink.flush()
        try:
            code = subprocess.run(  # noqa: S603 -- a list, no shell; the words are ours
                argv, env=_environment(env), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, check=False
            ).returncode
        except FileNotFoundError as error:
            raise DeployError(f"{what}: the program {argv[0]} is missing") from error
    if code != 0:
        raise DeployError(f"{what} failed ({_last_line(log)}); the log is {log}")


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no output"


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **(extra or {})}

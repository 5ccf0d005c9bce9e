"""`codeportal run FILE`: runs a program on the server and ends as the program ended."""

import argparse
import base64
import json
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.cli import exits
from deploy.cli.api import RequestRefusedError, Server, ServerUnavailableError
from deploy.cli.command import Command, UsageError
from deploy.cli.durations import duration
from deploy.cli.events import events
from deploy.cli.screen import Screen
from deploy.cli.terminal import Progress, say

SUFFIXES = {".py": "python", ".go": "go", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript"}
UNFINISHED = ("queued", "running")
_LIVE_WAIT = 0.1  # seconds a submission waits for the verdict: most programs are done, the others are listened to
_QUIET_WAIT = 30.0  # seconds one request waits for the job; a progress line wants to move more often
_SHOWN_WAIT = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the program; - reads it from standard input")
    parser.add_argument(
        "args", metavar="ARG", nargs="*", help="arguments of the program; after -- also those that begin with a dash"
    )
    parser.add_argument(
        "--arg", metavar="ARG", action="append", default=[], help="the same, one at a time; these first"
    )
    parser.add_argument(
        "--file",
        metavar="PATH[=LOCAL]",
        action="append",
        default=[],
        dest="files",
        help="put a file beside the program, at PATH, from LOCAL (by default the same)",
    )
    parser.add_argument("--priority", choices=("interactive", "batch"), help="batch: this can wait")
    parser.add_argument("--language", metavar="L", help=f"by default from the suffix: {', '.join(SUFFIXES)}")
    parser.add_argument("--stdin", metavar="FILE", help="what the program reads; - is this command's own input")
    parser.add_argument("--timeout", metavar="DURATION", type=duration, help="wall-clock limit of the run, such as 2s")
    parser.add_argument("--json", action="store_true", help="print the server's whole answer instead of the output")


def run(arguments: argparse.Namespace, server: Server) -> int:
    """Submit, listen, print; the exit code is the program's."""
    progress = Progress(sys.stderr)
    screen = None if arguments.json else Screen(progress)
    job = _RunningJob(server, request_body(arguments), progress, screen)
    try:
        answer = job.result()
    except KeyboardInterrupt:
        job.cancel()
        return exits.INTERRUPTED
    finally:
        job.progress.clear()
    if screen is None:
        _print_answer(answer)
    else:
        screen.finish(answer)
        _say_remark(answer)
    return exits.exit_code_of(answer)


def request_body(arguments: argparse.Namespace) -> dict[str, Any]:
    """What to submit. Raises UsageError."""
    if arguments.file == "-" and arguments.stdin == "-":
        raise UsageError("FILE and --stdin cannot both be -: standard input holds one of them")
    body: dict[str, Any] = {"language": language_of(arguments.file, arguments.language), "code": _text(arguments.file)}
    if arguments.stdin is not None:
        body["stdin"] = _text(arguments.stdin)
    if arguments.timeout is not None:
        body["timeout"] = arguments.timeout
    if arguments.priority is not None:
        body["priority"] = arguments.priority
    if arguments.arg or arguments.args:
        body["args"] = [*arguments.arg, *arguments.args]
    if arguments.files:
        body["files"] = [_file(named) for named in arguments.files]
    return body


def _file(named: str) -> dict[str, str]:
    """The file that `PATH` or `PATH=LOCAL` names. Raises UsageError."""
    path, _, local = named.partition("=")
    content = _read(local or path)
    try:
        return {"path": path, "content": content.decode()}
    except UnicodeDecodeError:
        return {"path": path, "content": base64.b64encode(content).decode(), "encoding": "base64"}


def language_of(file: str, language: str | None) -> str:
    """`language`, or the one that the suffix of `file` says. Raises UsageError."""
    if language:
        return language
    found = SUFFIXES.get(Path(file).suffix)
    if found is None:
        raise UsageError(f"{file}: no language known for this name (known: {', '.join(SUFFIXES)}); give --language")
    return found


@dataclass
class _RunningJob:
    """A job on its way: where it is, once the server has said so, and since when we wait."""

    server: Server
    body: dict[str, Any]
    progress: Progress
    screen: Screen | None
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    path: str | None = None

    def result(self) -> dict[str, Any]:
        """The finished job, as the server describes it."""
        self.progress.show("sending")
        answer = self._submit(self._wait if self.screen is None else _LIVE_WAIT)
        if answer["status"] in UNFINISHED and self.screen is not None:
            self.progress.show(answer["status"])
            answer = self._listened_to(self.screen) or answer
        return self._waited_for(answer)

    @property
    def _wait(self) -> float:
        return _SHOWN_WAIT if self.progress.visible else _QUIET_WAIT

    def _listened_to(self, screen: Screen) -> dict[str, Any] | None:
        """The finished job, its output shown as it came; None when the server stopped telling of it."""
        for event in events(self.server, self.path or ""):
            if event.name == "done":
                done: dict[str, Any] = event.data
                return done
            screen.show(event)
        return None

    def _waited_for(self, answer: dict[str, Any]) -> dict[str, Any]:
        started = time.monotonic()
        while answer["status"] in UNFINISHED:
            self.progress.show(f"{answer['status']} {time.monotonic() - started:.1f}s")
            answer = self.server.get(self.path or "", self._wait)
        return answer

    def cancel(self) -> None:
        """Ask the server to stop the job; whatever goes wrong with that is said, not raised."""
        self.progress.clear()
        say("interrupted; cancelling the job")
        self.server.patience = 3.0
        try:
            if self.path is None:
                # The answer that names the job is still out; the same key asks for it again.
                self._submit(None)
            self.server.delete(self.path or "")
        except RequestRefusedError as error:
            if error.status != 409:  # it has ended by itself
                say(f"the job may still run: {error}")
        except ServerUnavailableError as error:
            say(f"the job may still run: {error}")

    def _submit(self, wait: float | None) -> dict[str, Any]:
        answer: dict[str, Any] = self.server.post("/v1/execute", self.body, self.key, wait)
        self.path = f"/v1/execute/{answer['id']}"
        return answer


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error


def _text(file: str) -> str:
    try:
        return _read(file).decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 (byte {error.start}); the API takes text") from error


def _print_answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


def _say_remark(answer: dict[str, Any]) -> None:
    remark = _remark(answer)
    if remark:
        say(remark)


def _remark(answer: dict[str, Any]) -> str | None:
    """What the program's own output does not say."""
    cut = [name for name, is_cut in (answer.get("truncated") or {}).items() if is_cut]
    remarks = [f"{' and '.join(cut)} cut at the server's limit"] if cut else []
    if answer["status"] in ("timeout", "cpu_limit", "memory_limit", "cancelled", "internal_error"):
        remarks.insert(0, ": ".join(filter(None, (answer["status"].replace("_", " "), answer.get("error")))))
    elif answer.get("signal"):
        remarks.insert(0, f"the program was ended by {answer['signal']}")
    return "; ".join(remarks) or None


RUN = Command("run", "Run FILE on the server as if it ran here.", add_arguments, run, exits.EXPLAINED)

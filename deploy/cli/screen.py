"""A program's output where it belongs: its stdout to ours, its stderr to ours, each character once."""

import sys
from collections.abc import Mapping
from typing import Any

from deploy.cli.events import Event
from deploy.cli.terminal import Progress, say


class Screen:
    """Shows output as it comes, and at the end what is still missing."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._shown = {"stdout": 0, "stderr": 0}
        self._attempt = 0

    def show(self, event: Event) -> None:
        """A status on the progress line, output as output."""
        if event.name == "status":
            self._begin(event.data.get("attempt") or 0, event.data["status"])
        elif event.name in self._shown:
            self._write(event.name, event.data["text"])

    def finish(self, answer: Mapping[str, Any]) -> None:
        """What the finished job has besides: the compiler's words, and output that was not told live."""
        compiled = answer.get("compile") or {}
        for name, shown in self._shown.items():
            if not shown:
                self._write(name, compiled.get(name) or "", count=False)
            self._write(name, (answer.get(name) or "")[shown:])

    def _begin(self, attempt: int, status: str) -> None:
        if attempt > self._attempt and any(self._shown.values()):
            say(f"the job is run again (attempt {attempt}): its output begins anew")
        if attempt > self._attempt:
            self._attempt, self._shown = attempt, dict.fromkeys(self._shown, 0)
        if not any(self._shown.values()):
            self._progress.show(status)

    def _write(self, name: str, text: str, *, count: bool = True) -> None:
        if not text:
            return
        self._progress.clear()
        stream = sys.stdout if name == "stdout" else sys.stderr
        stream.flush()
        stream.buffer.write(text.encode(errors="replace"))
        stream.flush()
        if count:
            self._shown[name] += len(text)

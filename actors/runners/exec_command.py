"""One `docker exec`: its input, its output up to a cap, its exit status; nothing of it is left behind."""

import asyncio
import contextlib
from asyncio.subprocess import PIPE
from dataclasses import dataclass

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Executed:
    """How a command in a container ended. `truncated` names the streams of which only the first bytes were kept."""

    code: int
    stdout: bytes
    stderr: bytes
    truncated: frozenset[str] = frozenset()


class Capture:
    """The first `cap` bytes of a stream; the rest is read and dropped, so that the program runs on."""

    def __init__(self, cap: int) -> None:
        self.kept = bytearray()
        self.truncated = False
        self._cap = cap

    async def drain(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(_CHUNK):
            room = self._cap - len(self.kept)
            self.truncated = self.truncated or len(chunk) > room
            self.kept += chunk[: max(0, room)]


class Command:
    """A running `docker exec`. Its captures can be read at any time, also when it was cut short."""

    def __init__(self, argv: tuple[str, ...], stdin: bytes, cap: int) -> None:
        self._argv = argv
        self._stdin = stdin
        self.stdout = Capture(cap)
        self.stderr = Capture(cap)

    async def run(self) -> Executed:
        """Until it has ended and all its output was read. Cancelling this ends the command line, not the job."""
        process = await asyncio.create_subprocess_exec(*self._argv, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise OSError("a subprocess without pipes")
        try:
            await asyncio.gather(
                self._feed(process.stdin), self.stdout.drain(process.stdout), self.stderr.drain(process.stderr)
            )
            code = await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return self.so_far(code)

    def so_far(self, code: int = -1) -> Executed:
        """What it has written until now."""
        captures = {"stdout": self.stdout, "stderr": self.stderr}
        cut = frozenset(name for name, capture in captures.items() if capture.truncated)
        return Executed(code, bytes(self.stdout.kept), bytes(self.stderr.kept), cut)

    async def _feed(self, stdin: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):  # the program does not want the rest
            stdin.write(self._stdin)
            await stdin.drain()
        stdin.close()
        with contextlib.suppress(ConnectionError):
            await stdin.wait_closed()

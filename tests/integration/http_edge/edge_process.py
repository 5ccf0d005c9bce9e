"""A real edge, as a process of its own on a port of its own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from tests.conftest import RedisServer, free_port

DEADLINE = 20.0  # seconds; the machine may be busy
EDGE = ("http_edge",)
COMMAND = (sys.executable, "-W", "error", "-m")


class EdgeProcess:
    """`python -W error -m http_edge`. What it says on standard error is in `said`."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._host = settings["HTTP_HOST"]
        self.port = int(settings["HTTP_PORT"])
        self.said: list[str] = []
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            (*COMMAND, *EDGE), env={**environment(), **settings}, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._await_health()

    def _await_health(self) -> None:
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                httpx.get(f"{self.url}/health", timeout=DEADLINE, trust_env=False)
            except httpx.ConnectError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self._process.kill()
                    raise AssertionError(f"exit code {self.exit_code()}: {''.join(self.said)}") from None
                time.sleep(0.02)  # there is no signal to wait on before it listens
            else:
                return

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self.port}"

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._news:
                self.said.append(line)
                self._news.notify_all()

    def wait_for_line(self, word: str) -> None:
        """Until it has said a line with `word` in it."""
        with self._news:
            assert self._news.wait_for(lambda: any(word in line for line in self.said), DEADLINE), "".join(self.said)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self, within: float = DEADLINE) -> int:
        """The exit code, once it has ended."""
        code = self._process.wait(within)
        self._reader.join(DEADLINE)
        assert self._process.stderr is not None
        self._process.stderr.close()
        return code

    def stop(self) -> None:
        """End it in the ordinary way; whatever it had to complain about fails the test."""
        if self._process.poll() is None:
            self.terminate()
        code = self.exit_code()
        said = "".join(self.said)
        assert (code, "Traceback" in said, "Warning" in said) == (0, False, False), said


def environment() -> dict[str, str]:
    """Ours, without what would configure an edge."""
    kept = ("PATH", "PYTHONPATH", "HOME", "LANG", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def settings_for(redis: RedisServer, **others: str) -> dict[str, str]:
    """The variables of an edge over `redis`, divided as in tests.conftest.STREAM_SETTINGS."""
    return {
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(free_port()),
        "REDIS_ADDR": f"127.0.0.1:{redis.port}",
        "STREAM_PARTITIONS": "2",
        "STREAM_LANES": "2",
        "LOG_FORMAT": "json",
        **others,
    }


@contextmanager
def running_edge(redis: RedisServer, **others: str) -> Iterator[EdgeProcess]:
    """An edge over `redis` with `others` set besides."""
    process = EdgeProcess(settings_for(redis, **others))
    try:
        yield process
    finally:
        process.stop()


def refused_start(settings: Mapping[str, str], command: tuple[str, ...] = EDGE) -> subprocess.CompletedProcess[str]:
    """What becomes of an edge, or another process, that should not start with `settings`."""
    return subprocess.run(
        (*COMMAND, *command),
        env={**environment(), **settings},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

"""The Docker engine, through the docker package: a listing of containers, then what happens to them.

The package blocks, so all of this runs in a thread of its own and hands what it finds to `tell`.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import docker
import requests
from docker.errors import DockerException, NotFound

from actors.runners.container import Container, from_inspect

_EVENTS = ["start", "die", "pause", "unpause", "rename", "update", "destroy"]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0  # seconds between attempts to reach the engine
_DEFAULT_HOST = "unix:///var/run/docker.sock"
_CALL_DEADLINE = 20  # seconds for one call of the engine's API
_UNREACHABLE = (DockerException, requests.RequestException, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Listed:
    """All containers that run now; others are gone."""

    containers: tuple[Container, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One container, as it is now."""

    container: Container


@dataclass(frozen=True, slots=True)
class Removed:
    """The container with this id is no more."""

    id: str


@dataclass(frozen=True, slots=True)
class EngineLost:
    """The engine cannot be reached; containers may live on without it."""

    reason: str


Sighting = Listed | Changed | Removed | EngineLost


class EngineWatch:
    """Tells `tell` of every change, from its own thread, until closed."""

    def __init__(self, environment: Mapping[str, str], tell: Callable[[Sighting], None]) -> None:
        self._environment = environment
        self._tell = tell
        self._closed = threading.Event()
        self._stream: Any = None
        self._thread = threading.Thread(target=self._watch_forever, name="engine-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop telling. The thread ends as soon as the engine lets go of it."""
        self._closed.set()
        stream = self._stream
        if stream is not None:
            _close(stream)

    def _watch_forever(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closed.is_set():
            try:
                for sighting in self._watch():
                    self._say(sighting)
                    pause = _FIRST_PAUSE
                reason = "the engine ended its stream of events"
            except _UNREACHABLE as error:
                reason = f"the Docker engine cannot be reached: {error}"
            except Exception as error:  # noqa: BLE001 -- were the thread to die, nobody would find runners any more
                reason = f"watching the Docker engine failed: {type(error).__name__}: {error}"
            self._say(EngineLost(reason))
            self._closed.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _say(self, sighting: Sighting) -> None:
        if not self._closed.is_set():
            self._tell(sighting)

    def _api(self) -> docker.APIClient:
        _try_socket(self._environment.get("DOCKER_HOST") or _DEFAULT_HOST)
        return docker.from_env(environment=dict(self._environment), timeout=_CALL_DEADLINE).api

    def _watch(self) -> Iterator[Sighting]:
        with closing(self._api()) as api:
            # Subscribed before the listing, so that nothing falls between the two.
            self._stream = api.events(decode=True, filters={"type": ["container"], "event": _EVENTS})
            try:
                yield Listed(tuple(_listed(api)))
                for event in self._stream:
                    yield _seen(api, event["Actor"]["ID"])
            finally:
                stream, self._stream = self._stream, None
                _close(stream)


def _try_socket(host: str) -> None:
    """Connect once, if the engine is local. The package leaves the socket of a failed connect to the collector."""
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as attempt:
            attempt.settimeout(_CALL_DEADLINE)
            attempt.connect(host.removeprefix("unix://"))


def _close(stream: Any) -> None:
    """Wake whoever reads the stream. It may have ended already, which the package does not expect."""
    with suppress(OSError, AttributeError):
        stream.close()


def _listed(api: Any) -> Iterator[Container]:
    for summary in api.containers():
        sighting = _seen(api, summary["Id"])
        if isinstance(sighting, Changed):
            yield sighting.container


def _seen(api: Any, container_id: str) -> Changed | Removed:
    try:
        return Changed(from_inspect(api.inspect_container(container_id)))
    except NotFound:
        return Removed(container_id)

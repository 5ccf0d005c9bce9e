"""A job's limits on memory and processes, set on its runner's container when they differ from what it has.

The container's cgroup holds for the whole tree of processes, whatever they do. It is changed through the engine, and
not put back: the next job asks for its own.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import docker
import requests
from docker.errors import DockerException

from actors.backoff import Backoff
from actors.runners.port import RunnerError
from streams.facts import Limits

PATIENCE = 30.0
"""Seconds that a job waits for an engine that is away."""
_CALL_DEADLINE = 10
_AWAY = (DockerException, requests.RequestException, OSError)


@dataclass(frozen=True, slots=True)
class Size:
    """What a container may use. Bytes, swap included; processes and threads."""

    memory_bytes: int
    processes: int


OWN = Size(16 << 20, 3)
"""What of a runner is not its job's: the agent, the hunter, a zygote where there is one."""
OWN_BY_LANGUAGE = {"go": Size(24 << 20, 19)}
"""Where more waits beside the agent: a compiler and a linker, of up to eight threads each. They are gone when a program
runs that was compiled just before.
"""


class Engine(Protocol):
    """Changes containers."""

    async def resize(self, container_id: str, size: Size) -> None:
        """Raises RunnerError. Cancelled, it ends when nothing is under way any more that would change the container."""
        ...


class DockerEngine:
    """Implements Engine; one call at a time, in a thread, because the docker package blocks.

    An engine that is away is waited for, up to `patience` seconds: containers live on without it, and a job that needs
    another size would otherwise use up its attempts in the moment that an engine takes to start again.
    """

    def __init__(self, environment: Mapping[str, str], patience: float = PATIENCE) -> None:
        self._environment = dict(environment)
        self._patience = patience
        self._turn = asyncio.Lock()
        self._client: Any = None

    async def resize(self, container_id: str, size: Size) -> None:
        loop = asyncio.get_running_loop()
        deadline, backoff = loop.time() + self._patience, Backoff(first=0.1, longest=1.0)
        while True:
            try:
                async with self._turn:
                    return await to_its_end(asyncio.to_thread(self._resize, container_id, size))
            except _AWAY as error:
                if loop.time() >= deadline:
                    raise RunnerError(f"its container cannot be given {size}: {error}") from error
            await backoff.pause()

    def _resize(self, container_id: str, size: Size) -> None:
        if self._client is None:
            # It asks for the engine's version: what fails here has not reached one.
            self._client = docker.from_env(environment=self._environment, timeout=_CALL_DEADLINE).api
        wanted = {"Memory": size.memory_bytes, "MemorySwap": size.memory_bytes, "PidsLimit": size.processes}
        address = f"{self._client.base_url}/v{self._client.api_version}/containers/{container_id}/update"
        # Its own method for this knows no PidsLimit; and what is sent past those has no deadline but this.
        answer = self._client.post(address, json=wanted, timeout=_CALL_DEADLINE)
        if answer.status_code != requests.codes.ok:
            raise RunnerError(f"its container cannot be given {size}: {answer.text.strip()}")


async def to_its_end(call: Coroutine[Any, Any, None]) -> None:
    """Who is cancelled meanwhile knows, at least, that the call is over: one that is left alone changes the container
    when the next job has it.
    """
    under_way = asyncio.ensure_future(call)
    try:
        await asyncio.shield(under_way)
    except asyncio.CancelledError:
        while not under_way.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait((under_way,))
        if not under_way.cancelled():
            under_way.exception()  # nobody is left to tell it to
        raise


class Sizing:
    """One container's size. `found` None: not known yet, so the first job sets it."""

    def __init__(self, container_id: str, engine: Engine, found: Size | None = None) -> None:
        self._container_id = container_id
        self._engine = engine
        self._size = found

    def differs(self, size: Size | None) -> bool:
        """Whether the container must be changed to have this size."""
        return size is not None and size != self._size

    async def fit(self, size: Size | None) -> None:
        """Give the container this size, if any is asked for. Raises RunnerError."""
        if size is None or not self.differs(size):
            return
        self._size = None  # unknown until the engine has answered
        await self._engine.resize(self._container_id, size)
        self._size = size


def size_to_run(limits: Limits, own: Size = OWN) -> Size | None:
    """The container's size for the run stage of a job with `limits`; None where the limits leave it open."""
    return _size(limits.memory_bytes, limits.processes, own)


def size_to_compile(limits: Limits, own: Size = OWN) -> Size | None:
    """Likewise for its compile stage."""
    return _size(limits.compile_memory_bytes, limits.compile_processes, own)


def own_size(language: str) -> Size:
    """What of a runner for this language is not its job's while all that can wait there does."""
    return OWN_BY_LANGUAGE.get(language, OWN)


def _size(memory_bytes: int | None, processes: int | None, own: Size) -> Size | None:
    if memory_bytes is None or processes is None:
        return None
    return Size(memory_bytes + own.memory_bytes, processes + own.processes)

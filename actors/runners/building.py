"""What one runner and the kept builds have to do with each other: what a job needs not compile, and what it leaves."""

from dataclasses import dataclass

from actors.agent.frames import MAX_FRAME
from actors.builds import BuildKey, Builds, build_key
from actors.runners.container import Container
from actors.runners.lease import Greeting
from actors.runners.port import Job, RunReport

_MEMORY_SHARE = 4
"""An agent has a build in memory several times while that comes or goes, and has no more memory than the job."""
_ROOM = 1 << 20
"""Bytes of a frame for its header."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the agent is told of a job's build: here it is, or: hand on up to `keep` bytes; or nothing at all."""

    key: BuildKey | None = None
    built: bytes | None = None
    keep: int = 0


NOTHING = Order()


class Building:
    """The builds of one runner's jobs, one job at a time."""

    def __init__(self, builds: Builds, container: Container, greeting: Greeting) -> None:
        self._builds = builds
        # The image has all that a build depends on; versions are for those that bring another agent into one.
        versions = (f"{name} {version}" for name, version in sorted(greeting.versions.items()))
        self._made_by = (container.image, greeting.language, *versions)
        self._caches = greeting.caches
        self._order = NOTHING

    def order(self, job: Job) -> Order:
        """What to tell the agent about the job that begins."""
        self._order = self._of(job) if self._caches and job.account is not None else NOTHING
        return self._order

    def _of(self, job: Job) -> Order:
        largest = _largest(job, self._builds.largest)
        if job.account is None or largest <= 0:
            return NOTHING
        key = build_key(job.account, self._made_by, job.source, job.files)
        built = self._builds.get(key)
        if built is None:
            return Order(key, keep=largest)
        return Order(key, built) if len(built) <= largest else NOTHING

    def left(self, built: bytes) -> bool:
        """The agent hands on what the job's compile stage made. False: nobody asked it to."""
        key, keep = self._order.key, self._order.keep
        if key is None or len(built) > keep:
            return False
        self._builds.keep(key, built)
        self._order = NOTHING
        return True

    def over(self, report: RunReport | None) -> None:
        """The job ended; None: it has no report. Where its attempt failed with a kept build, the next is to compile."""
        failed = report is None or report.outcome == "internal_error"
        if failed and self._order.key is not None and self._order.built is not None:
            self._builds.forget(self._order.key)


def _largest(job: Job, largest: int) -> int:
    """Bytes of a build for which there is room in a frame with the rest of the job, and in the container."""
    inputs = len(job.source) + len(job.stdin) + sum(len(path) + len(content) for path, content in job.files)
    room = MAX_FRAME - inputs - _ROOM
    memory = job.limits.memory_bytes
    return min(largest, room, largest if memory is None else memory // _MEMORY_SHARE)

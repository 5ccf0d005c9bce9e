"""Steady load: clients that each submit one job after the other, so that a change happens under work."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.e2e.portal import Job, Portal

DEADLINE = 60.0


@dataclass
class Load:
    """What steady load has seen so far. A wrong answer is kept in `wrong`."""

    jobs: list[Job] = field(default_factory=list)
    wrong: list[Job] = field(default_factory=list)
    broken: list[BaseException] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    stopping: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, seen: Callable[[list[Job]], bool], deadline: float = DEADLINE) -> None:
        """Return once `seen` holds of all jobs that finished. Fails after `deadline` seconds."""
        with self.changed:
            assert self.changed.wait_for(lambda: bool(self.broken) or seen(self.jobs), deadline), self.summary()
            assert not self.broken, self.summary()

    def wait_for_more(self, count: int) -> None:
        """Return once `count` more jobs have finished."""
        before = len(self.jobs)
        self.wait_for(lambda jobs: len(jobs) >= before + count)

    def summary(self) -> str:
        where = [job["stdout"].split()[-1] for job in self.jobs if job["stdout"]]
        spread = {runner: where.count(runner) for runner in sorted(set(where))}
        return f"{len(self.jobs)} jobs, {len(self.wrong)} wrong {self.wrong[:2]}, {self.broken[:2]}, by runner {spread}"

    def add(self, job: Job, token: str) -> None:
        with self.changed:
            self.jobs.append(job)
            if job["status"] != "succeeded" or job["stdout"].split()[:1] != [token]:
                self.wrong.append(job)
            self.changed.notify_all()

    def give_up(self, error: BaseException) -> None:
        with self.changed:
            self.broken.append(error)
            self.changed.notify_all()


@contextmanager
def steady_load(portal: Portal, clients: int = 6, seconds: float = 0.05) -> Iterator[Load]:
    """`clients` at once, each job running for `seconds`. Afterwards every submitted job has ended, and correctly.

    A job says a token that only it knows, so an answer of another job is noticed, and its runner's host name.
    """
    load = Load()

    def client() -> None:
        try:
            while not load.stopping.is_set():
                token = uuid.uuid4().hex
                code = f"import socket, time\ntime.sleep({seconds})\nprint('{token}', socket.gethostname())"
                load.add(portal.execute("python", code, timeout="20s"), token)
        except BaseException as error:
            load.give_up(error)
            raise

    with ThreadPoolExecutor(clients) as threads:
        running = [threads.submit(client) for _ in range(clients)]
        try:
            yield load
        finally:
            load.stopping.set()
    for each in running:
        each.result()  # raises what a client met
    assert not load.wrong, load.summary()

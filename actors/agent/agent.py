"""The agent's own state: who holds the lease, which job runs, whether the runner is clean."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace

from . import layout, proc_usage
from .cleanup import Unused, empty
from .connection import Connection
from .execution import Place
from .frames import Header, ProtocolError
from .job import Job
from .languages import Language
from .loop import Loop
from .names import Names
from .processes import any_of
from .request import Request, parse_request, parse_user
from .sockets import free_in_flight
from .warm import Warmer

PROTOCOL = 1
SILENCE_S = 5.0
_WATCH_S = 0.5
_FLUSH_S = 0.02
_KEEP_WARM_S = 60.0


class Agent:
    """Accepts one executor at a time and runs its jobs, one at a time."""

    def __init__(
        self, loop: Loop, place: Place, language: Language, warmer: Warmer, hello: Header, user: tuple[int, int]
    ) -> None:
        self._loop, self._place, self._language, self._warmer = loop, place, language, warmer
        self._hello = {"type": "hello", "protocol": PROTOCOL, **hello, "uid": user[0], "compiles": language.compiles}
        self._hello["caches"] = language.product is not None
        self._user, self._names = user, Names()
        self._lease: Connection | None = None
        self._job: Job | None = None
        self._request: Request | None = None
        self._heard = 0.0
        self._draining = False
        self._unused = Unused(())
        self.exit_code: int | None = None

    def prepare(self) -> None:
        self._names.call(*self._user)
        self._place.hunter.prepare()
        self._left_by(*self._user)
        self._unused = Unused(layout.WRITABLE, proc_usage.used_bytes if proc_usage.is_of_a_sandbox() else lambda: 0)
        self._keep_warm()

    def accepted(self, sock: socket.socket) -> None:
        connection = Connection(self._loop, sock)
        if self._lease is not None:
            self._lease.receive()  # it may have been closed in this very turn of the loop
        if self._lease is not None or self._job is not None or self._draining:
            connection.send({"type": "refused", "reason": "stopping" if self._draining else "leased"})
            connection.close()
            return
        self._lease = connection
        self._heard = time.monotonic()
        self._loop.after(_WATCH_S, lambda: self._watch_silence(connection))
        connection.on_frame = self._on_frame
        connection.on_close = self._on_close
        connection.send({**self._hello, "cgroup": self._size()})
        connection.listen()

    def _size(self) -> Header:
        """What the container's cgroup allows now; its executor has it changed for a job that may use less or more."""
        cgroup = self._place.cgroup
        return {"memory_bytes": cgroup.memory_limit(), "processes": cgroup.tasks_limit()}

    def children_died(self) -> None:
        """Reap all dead children, then let the job look whether it is over."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            self._warmer.reaped(pid)
            self._place.hunter.reaped(pid)
            if self._job is not None and self._job.execution is not None:
                self._job.execution.reaped(pid, status, usage)
        if self._job is not None and self._job.execution is not None:
            self._job.execution.sweep()

    def drain(self) -> None:
        """Stop, but let the job under way come to its end first: whoever stops a runner gives it time for that."""
        self._draining = True
        if self._job is None:
            self._leave()

    def _leave(self) -> None:
        if self._lease is not None and self._lease.unsent:
            self._loop.after(_FLUSH_S, self._leave)
        else:
            self.stop(0)

    def stop(self, exit_code: int) -> None:
        self.exit_code = exit_code
        self._loop.stop()

    def _keep_warm(self) -> None:
        """A standby that has waited long is replaced, so that it stays close to a fresh start."""
        if self._job is None:
            self._warmer.prepare(*self._user)
        self._loop.after(_KEEP_WARM_S, self._keep_warm)

    def _on_frame(self, header: Header, body: bytes) -> None:
        self._heard = time.monotonic()
        handler: Callable[[Header, bytes], None] | None = {
            "prepare": self._on_prepare,
            "job": self._on_job,
            "stdin": self._on_stdin,
            "run": self._on_run,
            "cancel": self._on_cancel,
            "ping": lambda _header, _body: self._send({"type": "pong"}),
        }.get(header["type"])
        if handler is None:
            raise ProtocolError(f"unknown frame type {header['type']!r}")
        handler(header, body)

    def _on_prepare(self, header: Header, _body: bytes) -> None:
        """Whose jobs will come; without this the first of another user than the last one's starts cold."""
        user = parse_user(header)
        if self._job is None:
            self._user = user
            self._names.call(*user)
            self._warmer.prepare(*user)

    def _on_job(self, header: Header, body: bytes) -> None:
        if self._job is not None:
            raise ProtocolError(f"job {header.get('job')!r} came while {self._job.id!r} runs; wait for ready")
        request = parse_request(header, body)
        # A build would take memory from the job for as long as that runs.
        self._request = request if request.built is None else replace(request, built=None)
        self._names.call(self._request.uid, self._request.gid)
        self._job = Job(self._place, self._language, self._warmer, self._request, self._send, self._job_done)
        self._job.begin(request.built)

    def _on_stdin(self, header: Header, body: bytes) -> None:
        if self._job is not None and header.get("job") == self._job.id:
            self._job.stdin(body, eof=bool(header.get("eof")))

    def _on_run(self, header: Header, _body: bytes) -> None:
        if self._job is not None and header.get("job") == self._job.id:
            self._job.resume()

    def _on_cancel(self, header: Header, _body: bytes) -> None:
        if self._job is not None and header.get("job") == self._job.id:
            self._job.cancel()

    def _on_close(self) -> None:
        self._lease = None
        if self._job is not None:
            self._job.cancel("the executor closed the connection")

    def _send(self, header: Header, *body: bytes | bytearray) -> None:
        if self._lease is not None:
            self._lease.send(header, *body)

    def _watch_silence(self, lease: Connection) -> None:
        """An executor that is stopped or hangs keeps neither its job running nor an idle runner from others."""
        if self._lease is not lease:
            return
        if time.monotonic() - self._heard > SILENCE_S:
            lease.receive()  # what came while this very loop was busy, cleaning up perhaps, counts
        if self._lease is lease and time.monotonic() - self._heard > SILENCE_S:
            if self._job is None:
                lease.close()
                return
            self._job.cancel(f"no word from the executor for {SILENCE_S:g} s")
        self._loop.after(_WATCH_S, lambda: self._watch_silence(lease))

    def _job_done(self) -> None:
        """The result is sent. Those who make an answer of it may share our processor, and come first; but no timer:
        what is left for later would meet the next job.
        """
        os.sched_yield()
        request, job, self._job, self._request = self._request, self._job, None, None
        assert request is not None
        assert job is not None
        reason = job.unended or self._left_by(request.uid, request.gid)
        if not reason:
            job.hand_on_product()
            reason = self._held()
        if reason:
            self._send({"type": "unclean", "reason": reason})
            print(f"unclean after job {request.job}: {reason}", flush=True)
            self.stop(1)
            return
        if self._draining:
            self._leave()
            return
        self._place.hunter.prepare()
        self._user = (request.uid, request.gid)
        self._warmer.prepare(*self._user)
        self._send({"type": "ready"})

    def _left_by(self, uid: int, gid: int) -> str | None:
        """Empty every writable place; the reason when a file or a process is left."""
        left = empty(layout.WRITABLE, uid, gid)
        if left:
            return f"not empty: {', '.join(left)}"
        if any_of(uid, self._place.cgroup, self._place.own_tasks()):
            return f"processes of uid {uid} are left"
        return None

    def _held(self) -> str | None:
        """The reason when something without a name is left."""
        free_in_flight()  # for the memory that is held in this way, and no file
        if held := self._unused.held():
            return f"deleted files are held in {', '.join(held)}"
        return None

"""The agent's protocol from the executor's side: what is said to it, and what its greeting means. Pure."""

from typing import Any

from actors.agent.frames import Header, ProtocolError, encode
from actors.runners.building import NOTHING, Order
from actors.runners.lease import Greeting
from actors.runners.port import Job
from actors.runners.sizing import Size
from streams.duration import in_milliseconds
from streams.facts import Limits

PROTOCOL = 1
_BY_CGROUP = ("memory_bytes", "processes", "compile_memory_bytes", "compile_processes")


def job_frame(
    job: Job, user: tuple[int, int], *, sized: bool = False, hold: bool = False, order: Order = NOTHING
) -> bytes:
    """The frame that starts `job` as `user` (uid, gid).

    `sized`: the container's cgroup keeps the limits on memory and processes, so that the agent need not. `hold`: the
    agent is to wait for a word between the stages, because the container's size will change there. `order`: what there
    is of its build, or is to be kept of it.
    """
    parts = [("source", job.source), ("stdin", job.stdin), *((f"file:{path}", content) for path, content in job.files)]
    if order.built is not None:
        parts.append(("built", order.built))
    header = {
        "type": "job",
        "job": job.address,
        "attempt": job.attempt,
        "uid": user[0],
        "gid": user[1],
        "limits": _limits(job.limits, _BY_CGROUP if sized else ()),
        "args": list(job.args),
        "live_after_ms": None if job.listener is None else in_milliseconds(job.listener.after),
        "parts": [[name, len(content)] for name, content in parts],
    }
    if hold:
        header["hold"] = True
    if order.keep:
        header["keep"] = order.keep
    return encode(header, *(content for _, content in parts))


def _limits(limits: Limits, without: tuple[str, ...]) -> dict[str, int]:
    given = {name: getattr(limits, name) for name in Limits.__struct_fields__ if name not in without}
    return {name: value for name, value in given.items() if value is not None}


def greeting_of(header: Header) -> Greeting:
    """What a `hello` says. Raises ProtocolError."""
    try:
        if header["protocol"] != PROTOCOL:
            raise ProtocolError(f"the agent speaks protocol {header['protocol']!r}, this executor {PROTOCOL}")
        versions = {str(name): str(version) for name, version in header.get("versions", {}).items()}
        return Greeting(
            str(header["language"]),
            versions,
            tuple(str(alias) for alias in header.get("aliases", ())),
            bool(header.get("compiles")),
            _size(header.get("cgroup") or {}),
            bool(header.get("caches")),
            None if header.get("uid") is None else int(header["uid"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ProtocolError(f"a hello is malformed: {type(error).__name__}: {error}") from error


def prepare_frame(user: tuple[int, int]) -> bytes:
    """The frame that has the agent make its warm start ready for jobs of `user` (uid, gid)."""
    return encode({"type": "prepare", "uid": user[0], "gid": user[1]})


def _size(cgroup: dict[str, Any]) -> Size | None:
    memory, processes = cgroup.get("memory_bytes"), cgroup.get("processes")
    return None if memory is None or processes is None else Size(int(memory), int(processes))

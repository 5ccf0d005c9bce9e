"""What an executor asks for: one job with its limits and inputs."""

from dataclasses import dataclass, field
from typing import Any

from .frames import MAX_FRAME, Header, ProtocolError

_OPTIONAL = ("cpu_ms", "memory_bytes", "processes", "file_size_bytes", "open_files")
_COMPILE_OUTPUT = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one stage of a job; None means that only the container's own limit holds."""

    wall_ms: int
    output_bytes: int
    cpu_ms: int | None = None
    memory_bytes: int | None = None
    processes: int | None = None
    file_size_bytes: int | None = None
    open_files: int | None = None


@dataclass(frozen=True)
class Request:
    """One job. `stdin` is None when its bytes come later, in frames of their own."""

    job: str
    attempt: int
    uid: int
    gid: int
    limits: Limits
    compile_limits: Limits
    args: tuple[str, ...] = ()
    live_after_ms: int | None = None
    hold: bool = False
    tell_stages: bool = False
    keep: int = 0  # the largest product of the compile stage that the executor would like to have; bytes
    source: bytes = b""
    stdin: bytes | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    built: bytes | None = None  # such a product: nothing is to be compiled


def parse_request(header: Header, body: bytes) -> Request:
    """The request of a `job` frame; ProtocolError when a field is missing, of the wrong type or dangerous."""
    uid, gid = parse_user(header)
    try:
        parts = _cut(header["parts"], body)
        request = Request(
            job=str(header["job"]),
            attempt=int(header.get("attempt", 1)),
            uid=uid,
            gid=gid,
            limits=_limits(header["limits"]),
            compile_limits=_limits({"compile_output_bytes": _COMPILE_OUTPUT, **header["limits"]}, "compile_"),
            args=tuple(str(arg) for arg in header.get("args", ())),
            live_after_ms=header.get("live_after_ms"),
            hold=bool(header.get("hold")),
            tell_stages=bool(header.get("tell_stages")),
            keep=min(int(header.get("keep") or 0), MAX_FRAME // 2),
            source=parts.get("source", b""),
            stdin=parts.get("stdin"),
            files={name[5:]: part for name, part in parts.items() if name.startswith("file:")},
            built=parts.get("built"),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"a job's header is malformed: {type(error).__name__}: {error}") from None
    return request


def parse_user(header: Header) -> tuple[int, int]:
    """The uid and gid that a frame names; ProtocolError when they are none, or root's."""
    try:
        uid, gid = int(header["uid"]), int(header["gid"])
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"a frame names no user: {type(error).__name__}: {error}") from None
    if uid <= 0 or gid <= 0:
        raise ProtocolError(f"a job asks for uid {uid}, gid {gid}; jobs never run as root (0)")
    return uid, gid


def _limits(given: dict[str, Any], prefix: str = "") -> Limits:
    optional = {name: given.get(prefix + name) for name in _OPTIONAL}
    return Limits(
        wall_ms=int(given[f"{prefix}wall_ms"]),
        output_bytes=int(given[f"{prefix}output_bytes"]),
        **{name: None if value is None else int(value) for name, value in optional.items()},
    )


def _cut(sizes: list[list[Any]], body: bytes) -> dict[str, bytes]:
    parts, start = {}, 0
    for name, size in sizes:
        parts[str(name)] = body[start : start + int(size)]
        start += int(size)
    if start != len(body):
        raise ProtocolError(f"a job's parts are {start} bytes, its body {len(body)}")
    return parts

"""What an agent's result means, and no more than it may say: it lives beside the programs that nobody trusts. Pure."""

from typing import Any, cast, get_args

from actors.agent.frames import Header, ProtocolError
from actors.runners.port import CompileReport, Outcome, RunReport
from streams.facts import Limits

_OUTCOMES = get_args(Outcome)
_LONGEST_TEXT = 2000
_LARGEST = 1 << 53
_STREAMS = {
    "stdout": "output_bytes",
    "stderr": "output_bytes",
    "compile_stdout": "compile_output_bytes",
    "compile_stderr": "compile_output_bytes",
}
"""Part of a result: the limit on its size, which the agent keeps, and this once more."""


def report_of(header: Header, body: bytes, limits: Limits) -> RunReport:
    """What a `result` says of a job with `limits`. Raises ProtocolError."""
    try:
        if header["outcome"] not in _OUTCOMES or header["stage"] not in ("compile", "run"):
            raise ValueError(f"outcome {header['outcome']!r} in stage {header['stage']!r}")
        parts = _cut(header["parts"], body)
        kept = {name: parts.get(name, b"")[: getattr(limits, limit)] for name, limit in _STREAMS.items()}
        shortened = {name for name, part in kept.items() if len(part) < len(parts.get(name, b""))}
        compiled = header.get("compile")
        return RunReport(
            outcome=header["outcome"],
            stage=header["stage"],
            stdout=kept["stdout"],
            stderr=kept["stderr"],
            duration_ms=_amount(header, "duration_ms") or 0.0,
            exit_code=_number(header, "exit_code"),
            signal=_text(header, "signal"),
            cpu_ms=_amount(header, "cpu_ms"),
            memory_peak_bytes=_number(header, "memory_peak_bytes"),
            memory_source=_text(header, "memory_source"),
            compile=None if compiled is None else _compile_report(compiled, kept),
            truncated=frozenset(shortened | {name for name, cut in header.get("truncated", {}).items() if cut}),
            error=_text(header, "error"),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProtocolError(f"a result is malformed: {type(error).__name__}: {error}") from error


def _compile_report(compiled: Header, kept: dict[str, bytes]) -> CompileReport:
    return CompileReport(
        exit_code=_number(compiled, "exit_code"),
        stdout=kept["compile_stdout"],
        stderr=kept["compile_stderr"],
        duration_ms=_amount(compiled, "duration_ms") or 0.0,
        cpu_ms=_amount(compiled, "cpu_ms"),
        memory_peak_bytes=_number(compiled, "memory_peak_bytes"),
        cached=bool(compiled.get("cached")),
    )


def _amount(header: Header, name: str) -> float | None:
    value = header.get(name)
    if value is None:
        return None
    amount = float(value)
    if not 0 <= amount < _LARGEST:  # nor not a number, which no fact could hold
        raise ValueError(f"{name} is {amount}")
    return amount


def _number(header: Header, name: str) -> int | None:
    amount = _amount(header, name)
    return None if amount is None else int(amount)


def _text(header: Header, name: str) -> str | None:
    value = header.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return None if value is None else value[:_LONGEST_TEXT]


def _cut(sizes: list[list[Any]], body: bytes) -> dict[str, bytes]:
    parts, start = {}, 0
    for name, size in sizes:
        if int(size) < 0:
            raise ValueError(f"a part of {size} bytes")
        parts[cast(str, name)] = body[start : start + int(size)]
        start += int(size)
    if start != len(body):
        raise ValueError(f"parts of {start} bytes in a body of {len(body)}")
    return parts

"""The `limits` of a submission: each at most the server's maximum, which the refusal names."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from http_edge.problems import FieldError
from http_edge.settings import RequestLimits
from streams.bytesize import format_size, parse_size
from streams.duration import format_duration, in_milliseconds, parse_duration
from streams.facts import Limits

SHORTEST = timedelta(milliseconds=1)
LEAST_MEMORY = 16 << 20
"""Bytes; no language here starts in less."""
LEAST_FILES = 16
"""An interpreter that loads its libraries needs some."""
MOST_UNKNOWN = 20

Parse = Callable[[Any], int]
_KINDS = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array", dict: "an object"}


def parse_limits(given: Any, timeout: Any, most: RequestLimits) -> tuple[Limits, list[FieldError]]:
    """The limits that `limits` and `timeout`, another name of `limits.wall`, ask for; and what is wrong with them."""
    if given is None and timeout is None:  # most requests
        return Limits(), []
    wall = _duration(most.timeout)
    errors: list[FieldError] = []
    asked: dict[str, int] = {}
    _take(asked, errors, "wall_ms", "timeout", timeout, wall)
    if given is not None and not isinstance(given, Mapping):
        return Limits(**asked), [*errors, FieldError("limits", f"expected an object, got {_kind(given)}")]
    given = given or {}
    if timeout is not None and given.get("wall") is not None:
        errors.append(FieldError("limits.wall", "given twice: timeout means the same; leave one of them out"))
    elif timeout is None:
        _take(asked, errors, "wall_ms", "limits.wall", given.get("wall"), wall)
    known = _parsers(most)
    for name, (field, parse) in known.items():
        _take(asked, errors, field, f"limits.{name}", given.get(name), parse)
    unknown = [name[:64] for name in given if name not in known and name != "wall"][:MOST_UNKNOWN]
    names = ", ".join(("wall", *known))
    errors += [FieldError(f"limits.{name}", f"unknown limit; known are {names}") for name in unknown]
    return Limits(**asked), errors


def _parsers(most: RequestLimits) -> dict[str, tuple[str, Parse]]:
    """Name in a request: the fact's field, and what reads a value for it."""
    maxima = most.maxima
    return {
        "cpu": ("cpu_ms", _duration(maxima.cpu)),
        "memory": ("memory_bytes", _size(LEAST_MEMORY, maxima.memory)),
        "processes": ("processes", _count(1, maxima.processes)),
        "output": ("output_bytes", _size(1, maxima.output)),
        "file_size": ("file_size_bytes", _size(1, maxima.file_size)),
        "open_files": ("open_files", _count(LEAST_FILES, maxima.open_files)),
    }


def _take(asked: dict[str, int], errors: list[FieldError], field: str, name: str, value: Any, parse: Parse) -> None:
    if value is None:
        return
    try:
        asked[field] = parse(value)
    except ValueError as error:
        errors.append(FieldError(name, str(error)))


def _duration(largest: timedelta) -> Parse:
    def parse(value: Any) -> int:
        if not isinstance(value, str):
            raise ValueError(f'expected a duration such as "2s" or "500ms", got {_kind(value)}')
        duration = parse_duration(value)
        if not SHORTEST <= duration <= largest:
            raise ValueError(_outside(repr(value), format_duration(SHORTEST), format_duration(largest)))
        return in_milliseconds(duration)

    return parse


def _size(least: int, largest: int) -> Parse:
    def parse(value: Any) -> int:
        if isinstance(value, str):
            size = parse_size(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            size = value
        else:
            raise ValueError(f'expected a size, in bytes or such as "64MiB", got {_kind(value)}')
        if not least <= size <= largest:
            raise ValueError(_outside(repr(value), format_size(least), format_size(largest)))
        return size

    return parse


def _count(least: int, largest: int) -> Parse:
    def parse(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"expected a whole number, got {_kind(value)}")
        if not least <= value <= largest:
            raise ValueError(_outside(str(value), str(least), str(largest)))
        return value

    return parse


def _outside(value: str, least: str, largest: str) -> str:
    return f"{value[:64]} is not between {least} and the maximum, {largest}"


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "null")

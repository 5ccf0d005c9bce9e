"""Durations in Go's syntax (https://pkg.go.dev/time#ParseDuration): `10s`, `500ms`, `1m30s`."""

import re
from datetime import timedelta
from decimal import Decimal

_SECONDS_PER_UNIT = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),  # U+00B5
    "μs": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}
_TERM = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_WHOLE = re.compile(rf"[+-]?(?:0|(?:{_TERM.pattern})+)")
_LONGEST_TEXT = 64
_LARGEST = timedelta(days=106_751)  # Go's own limit: 2**63 nanoseconds, 292 years


def parse_duration(text: str) -> timedelta:
    """The duration that `text` names, to the microsecond.

    Raises ValueError when `text` is not in Go's syntax or beyond what Go's own type holds.
    """
    if len(text) > _LONGEST_TEXT or not _WHOLE.fullmatch(text):
        raise ValueError(f"{text[:_LONGEST_TEXT]!r} is not a duration such as 10s, 500ms or 1m30s")
    seconds = sum((Decimal(number) * _SECONDS_PER_UNIT[unit] for number, unit in _TERM.findall(text)), Decimal(0))
    if seconds > Decimal(_LARGEST.total_seconds()):
        raise ValueError(f"{text!r} is longer than any duration Go can hold (292 years)")
    duration = timedelta(microseconds=int(seconds * 1_000_000))
    return -duration if text.startswith("-") else duration


def format_duration(duration: timedelta) -> str:
    """`duration` as Go prints it for whole milliseconds: `1m30s`, `500ms`, `0s`."""
    milliseconds = round(duration / timedelta(milliseconds=1))
    if milliseconds < 0:
        return "-" + format_duration(-duration)
    if milliseconds < 1000:
        return f"{milliseconds}ms" if milliseconds else "0s"
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:03d}".rstrip("0").rstrip(".") if rest else ""
    text = f"{seconds}{fraction}s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def in_milliseconds(duration: timedelta) -> int:
    """`duration` in whole milliseconds, rounded down."""
    return duration // timedelta(milliseconds=1)

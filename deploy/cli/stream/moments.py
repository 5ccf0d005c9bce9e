"""Points in time on the command line."""

import argparse
from datetime import UTC, datetime

from streams.duration import in_milliseconds, parse_duration
from streams.position import Position

FORMS = "2026-11-24T03:11:04Z, 03:11:04 (today, UTC), 10m (ago), now, or an entry's id"


def moment(text: str) -> int:
    """Milliseconds since the epoch. For argparse."""
    now = datetime.now(UTC)
    if text == "now":
        return _ms(now)
    for parse in (_ago, _clock, _date, _entry):
        try:
            return parse(text, now)
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"{text!r} is no time such as {FORMS}")


def stamp(ms: float) -> str:
    """`2026-11-24T03:11:04.123Z`."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _ago(text: str, now: datetime) -> int:
    return _ms(now) - in_milliseconds(parse_duration(text))


def _clock(text: str, now: datetime) -> int:
    if "T" in text or "-" in text:
        raise ValueError("a date")
    clock = datetime.strptime(text, "%H:%M:%S" if text.count(":") == 2 else "%H:%M")  # noqa: DTZ007 - takes today's zone
    return _ms(now.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0))


def _date(text: str, now: datetime) -> int:
    at = datetime.fromisoformat(text)
    return _ms(at if at.tzinfo else at.replace(tzinfo=now.tzinfo))


def _entry(text: str, now: datetime) -> int:
    del now
    return Position.parse(text).ms if "-" in text else Position.parse(f"{text}-0").ms

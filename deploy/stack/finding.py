"""What `deploy/doctor` says: one line per thing looked at."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """`bad` would be unsafe; `warn` is missing or weaker than it could be."""

    level: Level
    subject: str
    text: str


def ok(subject: str, text: str) -> Finding:
    return Finding("ok", subject, text)


def warn(subject: str, text: str) -> Finding:
    return Finding("warn", subject, text)


def bad(subject: str, text: str) -> Finding:
    return Finding("bad", subject, text)

"""Reading typed settings from environment variables; every error names the variable, the value and what fits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from streams.bytesize import parse_size
from streams.duration import parse_duration

T = TypeVar("T")
_NEVER_SHOWN = ("PASSWORD", "SECRET", "TOKEN", "DATABASE_URL")


class SettingError(ValueError):
    """A variable has a value that cannot be used. The message is one line, for the operator."""


@dataclass(frozen=True)
class Env:
    """A view of the environment that parses: an empty value counts as unset, as in Compose files."""

    values: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "") or default

    def parsed(self, name: str, default: str, parse: Callable[[str], T], expected: str) -> T:
        """The value of `name` (or `default`) through `parse`, whose ValueError becomes a SettingError."""
        value = self.text(name, default)
        try:
            return parse(value)
        except (ValueError, OverflowError) as error:
            shown = "(hidden)" if any(word in name for word in _NEVER_SHOWN) else repr(value)
            raise SettingError(f"{name}={shown}: expected {expected}") from error

    def duration(self, name: str, default: str) -> timedelta:
        return self.parsed(name, default, _positive_duration, "a positive duration such as 10s, 500ms or 1m30s")

    def size(self, name: str, default: str) -> int:
        return self.parsed(name, default, _positive_size, "a positive size such as 65536, 64KiB or 1MiB")

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        return self.parsed(
            name, str(default), lambda text: _within(text, low, high), f"a whole number from {low} to {high}"
        )

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        return self.parsed(name, default, lambda text: _one_of(text, choices), f"one of {', '.join(choices)}")

    def flag(self, name: str, default: bool) -> bool:
        return self.choice(name, "true" if default else "false", ("true", "false")) == "true"

    def secret(self, name: str) -> str:
        """The value of `name`, or the first line of the file that `<name>_FILE` names (Docker secrets)."""
        path = self.text(f"{name}_FILE")
        if not path:
            return self.text(name)
        try:
            return Path(path).read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError) as error:
            raise SettingError(f"{name}_FILE={path!r}: expected a readable file that holds the value") from error

    def address(self, name: str, default: str) -> tuple[str, int]:
        """Host and port of `host:port` (`[::1]:6379` for IPv6)."""
        return self.parsed(name, default, _host_and_port, "host:port such as redis:6379")

    def address_or_socket(self, name: str, default: str) -> tuple[str, int]:
        """As `address`, or the path of a Unix socket and 0 for `unix:/run/redis/redis.sock`."""
        expected = "host:port such as redis:6379, or unix:/path/of/a/socket"
        return self.parsed(name, default, _socket_or_host_and_port, expected)


def _socket_or_host_and_port(text: str) -> tuple[str, int]:
    scheme, _, path = text.partition(":")
    if scheme != "unix":
        return _host_and_port(text)
    if not path.startswith("/"):
        raise ValueError("a socket's path must be absolute")
    return path, 0


def _positive_duration(text: str) -> timedelta:
    duration = parse_duration(text)
    if duration <= timedelta(0):
        raise ValueError("not positive")
    return duration


def _positive_size(text: str) -> int:
    size = parse_size(text)
    if size <= 0:
        raise ValueError("not positive")
    return size


def _within(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ValueError("out of range")
    return int(text)


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError("unknown choice")
    return text


def _host_and_port(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not separator or not host:
        raise ValueError("no port")
    return host, _within(port, 1, 65535)

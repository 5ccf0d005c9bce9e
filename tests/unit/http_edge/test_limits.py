"""The `limits` of a request: what is understood, and what a refusal says."""

from datetime import timedelta
from typing import Any

import pytest

from http_edge.limits import parse_limits
from http_edge.settings import RequestLimits
from streams.facts import Limits
from streams.maxima import Maxima

MOST = RequestLimits(1 << 20, 1 << 20, timedelta(seconds=60), 100, Maxima())


def refused(limits: Any, timeout: Any = None) -> dict[str, str]:
    return {error.field: error.reason for error in parse_limits(limits, timeout, MOST)[1]}


def test_every_limit_is_understood() -> None:
    given = {
        "wall": "2s",
        "cpu": "1.5s",
        "memory": "64MiB",
        "processes": 8,
        "output": 1000,
        "file_size": "1MB",
        "open_files": 32,
    }
    assert parse_limits(given, None, MOST) == (Limits(2000, 1500, 64 << 20, 8, 1000, 10**6, 32), [])


@pytest.mark.parametrize("nothing", [None, {}, {"cpu": None, "wall": None}])
def test_nothing_asks_for_the_defaults(nothing: Any) -> None:
    assert parse_limits(nothing, None, MOST) == (Limits(), [])


def test_timeout_is_the_wall_clock() -> None:
    assert parse_limits(None, "2s", MOST) == parse_limits({"wall": "2s"}, None, MOST)


def test_both_names_of_the_wall_clock_are_refused() -> None:
    assert "timeout means the same" in refused({"wall": "2s"}, "2s")["limits.wall"]


@pytest.mark.parametrize(
    ("name", "value", "maximum"),
    [
        ("wall", "61s", "1m0s"),
        ("cpu", "121s", "2m0s"),
        ("memory", "2GiB", "1GiB"),
        ("memory", (1 << 30) + 1, "1GiB"),
        ("processes", 513, "512"),
        ("output", "2MiB", "1MiB"),
        ("file_size", "1GiB", "128MiB"),
        ("open_files", 4097, "4096"),
        ("wall", "0s", "1m0s"),
        ("memory", "1KiB", "1GiB"),
        ("processes", 0, "512"),
        ("open_files", 3, "4096"),
    ],
)
def test_a_limit_over_the_maximum_is_refused_naming_it(name: str, value: Any, maximum: str) -> None:
    assert refused({name: value})[f"limits.{name}"].endswith(f"the maximum, {maximum}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cpu", 1),
        ("cpu", "1"),
        ("memory", 1.5),
        ("memory", "lots"),
        ("memory", True),
        ("processes", "8"),
        ("processes", True),
        ("output", []),
        ("threads", 1),
    ],
)
def test_what_is_no_limit_is_refused_by_name(name: str, value: Any) -> None:
    assert refused({name: value}).keys() == {f"limits.{name}"}


@pytest.mark.parametrize("value", [[], "64MiB", 1, True])
def test_limits_must_be_an_object(value: Any) -> None:
    assert refused(value)["limits"].startswith("expected an object, got ")

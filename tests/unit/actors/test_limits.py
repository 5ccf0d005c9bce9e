"""Which limits hold for a job."""

from datetime import timedelta

from actors.limits import DefaultLimits, resolve
from streams.facts import Limits

DEFAULTS = DefaultLimits(timedelta(seconds=3), timedelta(seconds=10), 65536)


def test_defaults_fill_what_a_request_leaves_out() -> None:
    assert resolve(Limits(), DEFAULTS) == Limits(wall_ms=3000, compile_wall_ms=10_000, output_bytes=65536)


def test_a_request_comes_before_defaults() -> None:
    asked = Limits(wall_ms=1, compile_wall_ms=2, output_bytes=3, memory_bytes=4)
    assert resolve(asked, DEFAULTS) == asked

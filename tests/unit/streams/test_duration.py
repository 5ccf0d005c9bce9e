from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10),
        ("500ms", 0.5),
        ("1m30s", 90),
        ("1h", 3600),
        ("0", 0),
        ("0s", 0),
        ("1.5s", 1.5),
        (".5s", 0.5),
        ("1.s", 1),
        ("250us", 0.00025),
        ("250µs", 0.00025),
        ("1h1m1s1ms", 3661.001),
        ("-2s", -2),
        ("+2s", 2),
    ],
)
def test_goes_syntax_is_understood(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "s", "1 s", "1s ", "1d", "--1s", "1e3s", ".s", "10S", "\u0661s", "9" * 70 + "s"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_a_duration_beyond_gos_type_is_refused() -> None:
    with pytest.raises(ValueError, match="292 years"):
        parse_duration("9999999999h")


@given(st.integers(min_value=0, max_value=10**12))
def test_formatting_and_parsing_agree(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration

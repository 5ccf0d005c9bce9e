"""Points in time as people write them."""

import argparse
from datetime import UTC, datetime

import pytest

from deploy.cli.stream.moments import moment, stamp
from deploy.cli.stream.words import byte_count, milliseconds, visible


@pytest.mark.parametrize(
    "text",
    ["2026-11-24T03:11:04Z", "2026-11-24T05:11:04+02:00", "2026-11-24 03:11:04", "1795489864000-7", "1795489864000"],
)
def test_the_same_moment_in_many_forms(text: str) -> None:
    assert moment(text) == 1795489864000
    assert stamp(moment(text)) == "2026-11-24T03:11:04.000Z"


def test_ago_and_now_count_from_this_moment() -> None:
    now = datetime.now(UTC).timestamp() * 1000
    assert 0 <= moment("now") - int(now) < 5000
    assert 595_000 <= now - moment("10m") <= 600_001


def test_a_clock_is_todays() -> None:
    assert stamp(moment("03:11:04"))[10:] == "T03:11:04.000Z"
    assert stamp(moment("03:11"))[:10] == datetime.now(UTC).date().isoformat()


@pytest.mark.parametrize("text", ["", "yesterday", "25:00", "2026-13-01", "-5"])
def test_what_is_no_time_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no time such as"):
        moment(text)


def test_quantities_read_well() -> None:
    assert [byte_count(count) for count in (None, 1, 512, 8_808_038)] == ["-", "1 byte", "512 bytes", "8.4 MiB"]
    assert [milliseconds(ms) for ms in (None, 0.42, 12.3, 1250, 182_000)] == ["-", "0.4 ms", "12 ms", "1.25 s", "3m2s"]


def test_output_cannot_move_the_cursor() -> None:
    assert visible("a\x1b[2Jb\r\N{RIGHT-TO-LEFT OVERRIDE}\té") == "a\\x1b[2Jb\\x0d\\x202e\té"

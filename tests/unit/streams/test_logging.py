"""What logs hold of a failure: where it was and what it was, and not the values of variables."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from streams import keys
from streams.facts import Lane
from streams.jobid import Address, JobId
from streams.logging import VERBATIM, Format, configure_logging
from streams.position import Position


@contextmanager
def configured(style: Format) -> Iterator[None]:
    """Logging as a process has it."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    configure_logging(style, "info")
    try:
        yield
    finally:
        structlog.configure(**before)
        logging.basicConfig(level=level, handlers=handlers, force=True)


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_holds_no_values(style: Format, capsys: pytest.CaptureFixture[str]) -> None:
    """Among them would be programs, passwords and tokens."""
    with configured(style):
        try:
            fail("the-" + "secret")
        except ValueError:
            structlog.get_logger().exception("request failed")
    said = capsys.readouterr().err
    assert "a mistake of ours" in said
    assert "test_logging.py" in said
    assert "the-secret" not in said
    if style == "json":
        assert json.loads(said)["event"] == "request failed"


def fail(password: str) -> None:
    assert password
    raise ValueError("a mistake of ours")


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_line_holds_a_whole_id(style: Format, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has that of an anonymous job reads the job. Exceptions quote it, and libraries name keys that hold it."""
    job = JobId(Address(0, "python", Lane("interactive", 2), Position(1790000000000, 1)), "0123456789abcdef")
    with configured(style):
        structlog.get_logger().warning("log unavailable", reason=f"no answer for {keys.hash_of(job)}", jobs=[str(job)])
        logging.getLogger("redis").error("%s is away", keys.hash_of(job))
        try:
            raise ValueError(f"job {str(job)!r} broke")
        except ValueError:
            structlog.get_logger().exception("request failed")
    said = capsys.readouterr().err
    assert str(job) not in said
    assert said.count("0:python:interactive-2:1790000000000-1") >= 4


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_line_that_is_there_for_what_is_in_it_stays_whole(style: Format, capsys: pytest.CaptureFixture[str]) -> None:
    """A letter whose link was cut short was of no use, and one token in thirty looks as if an id was in it."""
    link = "http://edge/verify?token=r-ASOh-GQg5y0nyIs6pLdTdYhmhXvSF5GD_XjPJwc1H"
    with configured(style):
        structlog.get_logger().info("mail", text=link, **{VERBATIM: True})
    said = capsys.readouterr().err
    assert link in said
    assert VERBATIM not in said

"""What logs hold of a failure: where it was and what it was, and not the values of variables."""

import json
import logging

import pytest
import structlog

from streams.logging import Format, configure_logging


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_holds_no_values(style: Format, capsys: pytest.CaptureFixture[str]) -> None:
    """Among them would be programs, passwords and tokens."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    configure_logging(style, "info")
    try:
        fail("the-" + "secret")
    except ValueError:
        structlog.get_logger().exception("request failed")
    finally:
        structlog.configure(**before)
        logging.basicConfig(level=level, handlers=handlers, force=True)
    said = capsys.readouterr().err
    assert "a mistake of ours" in said
    assert "test_logging.py" in said
    assert "the-secret" not in said
    if style == "json":
        assert json.loads(said)["event"] == "request failed"


def fail(password: str) -> None:
    assert password
    raise ValueError("a mistake of ours")

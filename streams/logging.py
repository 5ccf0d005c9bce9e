"""Logs of every process: JSON lines, or readable where a person looks on. Addresses of jobs, durations and reasons:
never code, input, output or secrets. A job's id is a secret: it lets its holder read the job.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal, cast

import msgspec
import structlog

from streams.env import Env
from streams.jobid import without_ids
from streams.log_writer import LogWriterFactory

Format = Literal["auto", "json", "console"]
LEVELS = ("debug", "info", "warning", "error")
VERBATIM = "verbatim"
"""A line with this field set stays as it is: it is there for what is in it, such as a letter with its link."""
_encoder = msgspec.json.Encoder(enc_hook=repr)
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    # Values of variables are what must not be logged: programs, passwords, tokens.
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def log_format(env: Env) -> Format:
    """From LOG_FORMAT. Raises SettingError."""
    return cast(Format, env.choice("LOG_FORMAT", "auto", ("auto", "json", "console")))


def log_level(env: Env) -> str:
    """From LOG_LEVEL. Raises SettingError."""
    return env.choice("LOG_LEVEL", "info", LEVELS)


def configure_logging(style: Format, level: str) -> None:
    """Set structlog up for this process; `auto` is JSON unless standard error is a terminal."""
    readable = style == "console" or (style == "auto" and sys.stderr.isatty())
    processors: list[structlog.typing.Processor] = [structlog.processors.add_log_level]
    if readable:
        console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        processors += [structlog.processors.TimeStamper(fmt="iso", utc=True), _Line(console)]
    else:
        processors += [_stamped, _TRACEBACKS, _Line(_json)]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=LogWriterFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_ToStructlog()], force=True)
    # What clients send that is no HTTP is answered with 400, and no business of the operator's.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


def _stamped(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """As TimeStamper, but the JSON encoder spells the time: there is a line for each request."""
    event["timestamp"] = datetime.now(UTC)
    return event


def _json(_logger: Any, _method: str, event: structlog.typing.EventDict) -> str:
    return _encoder.encode(event).decode()


class _Line:
    """A line without ids: our own name addresses, but exceptions and libraries may name keys with whole ids in them."""

    def __init__(self, render: structlog.typing.Processor) -> None:
        self._render = render

    def __call__(self, logger: Any, method: str, event: structlog.typing.EventDict) -> str:
        verbatim = event.pop(VERBATIM, False)
        line = cast(str, self._render(logger, method, event))
        return line if verbatim else without_ids(line)


class _ToStructlog(logging.Handler):
    """Gives what libraries log the form of our own lines."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger()
        logger.log(record.levelno, record.getMessage(), library=record.name, exc_info=record.exc_info)

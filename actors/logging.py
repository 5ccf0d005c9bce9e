"""Logs as JSON lines, or readable where a person looks on. Ids, durations and reasons: never code, input or output."""

import logging
import sys
from typing import Literal

import structlog

Format = Literal["auto", "json", "console"]
LEVELS = ("debug", "info", "warning", "error")


def configure(style: Format, level: str) -> None:
    """Set structlog up for this process; `auto` is JSON unless standard error is a terminal."""
    readable = style == "console" or (style == "auto" and sys.stderr.isatty())
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if readable:
        processors.append(structlog.dev.ConsoleRenderer())
    else:
        processors += [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )

"""Structured logs: JSON lines in production, colours on a terminal. Never code, input, output or secrets."""

import logging
import sys

import structlog


def configure_logging(log_format: str) -> None:
    """Set up structlog; `log_format` is `json`, `console` or `auto` (by whether standard error is a terminal)."""
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    )
    exceptions = () if console else (structlog.processors.format_exc_info,)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *exceptions,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_ToStructlog()], force=True)
    # What clients send that is no HTTP is answered with 400, and no business of the operator's.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


class _ToStructlog(logging.Handler):
    """Gives what libraries log the form of our own lines."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(logger=record.name)
        logger.log(record.levelno, record.getMessage(), exc_info=record.exc_info)

"""Logging set-up: structured lines on the console, as text for people or JSON for machines.

No request bodies, no query strings, no database error details: PostgreSQL's DETAIL carries the values of the row.
"""

import logging
import re

import structlog

TIMESTAMP = structlog.processors.TimeStamper(fmt="iso", utc=True)
SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    TIMESTAMP,
]


# PostgreSQL ends some messages with the offending input: invalid input syntax for type integer: "..."
QUOTED_VALUE = re.compile(r': ".*"$')


class NoRowValues(logging.Filter):
    """Cut the DETAIL and CONTEXT of a database error out of a log record, traceback included."""

    def filter(self, record):
        if record.exc_info:
            text = logging.Formatter().formatException(record.exc_info)
            lines = [QUOTED_VALUE.sub(": (value)", line) for line in text.splitlines() if not _tells_values(line)]
            record.exc_text = "\n".join(lines)
            record.exc_info = None
        return True


def _tells_values(line: str) -> bool:
    return line.lstrip().startswith(("DETAIL:", "CONTEXT:", "HINT:", "PARAMETERS:"))


def logging_config(form: str, level: str) -> dict:
    """The LOGGING dictionary; `form` is "console" or "json"."""
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"no_row_values": {"()": NoRowValues}},
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_row_values"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "axes": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "fontTools": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.server": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            "uvicorn": {"level": "WARNING"},
        },
    }

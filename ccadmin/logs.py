"""How a line of the log is written: one line for one thing, what it belongs to, and no address or token in it.

The code logs ids only. Hiding is the second line of defence: the text of an exception, a database's own words about a
row, or a library may repeat what it was given. What a line belongs to (``contacts.trace``) is a request by its number,
or a task with its run, job and account.
"""

import json
import logging
import re
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from contacts import trace

# Bounded, so that a long text without a blank takes no longer than any other. In an address of the web @ is %40, and
# %2540 where that one stands in another; in JSON it may be escaped. An apostrophe within a word belongs to a name.
ADDRESS: Final = re.compile(
    r"(?:\b\w[\w.]{0,63}')?[^\s\"'<>()\[\],;:=|@]{1,64}(?:@|%(?:25){0,3}40|\\u0040)"
    r"[^\s\"'<>()\[\],;:=|@]{1,255}\.[^\W\d_]{2,}"
)
TOKEN: Final = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+)*|(?<=Bearer )[^\s(]\S+|\bgAAAA[\w-]{20,}=*")
# What ends a line somewhere, or steers a terminal. The tab and, in a traceback, the end of a line are ours.
CONTROL: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != ord("\t")} | {
    ord("\r"): "\\r",
    ord("\n"): "\\n",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
STEERING: Final = {code: shown for code, shown in CONTROL.items() if code != ord("\n")}
#: Form to its formatter, for CCADMIN_LOG_FORMAT.
FORMS: Final = {"text": "ccadmin.logs.Redacting", "json": "ccadmin.logs.Json"}
# At DEBUG these write whole paths, queries and contexts of pages, and each of them may carry an address.
QUIET: Final = ("urllib3", "django.db.backends", "django.template")


def config(*, form: str, level: str) -> dict[str, Any]:
    """The settings for ``logging.config.dictConfig``; ``form`` is one of FORMS. Also for a server's own lines."""
    loggers = {name: {"level": "WARNING"} for name in QUIET}
    # It repeats what was typed behind our host. That such a page was asked for is said by contacts.requests.
    loggers["django.request"] = {"level": "ERROR"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": FORMS[form]}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": loggers,
    }


def hidden(text: str) -> str:
    """The text without addresses and tokens."""
    return TOKEN.sub("(token hidden)", ADDRESS.sub("(address hidden)", text))


class Redacting(logging.Formatter):
    """A line for people: moment, level, logger, message, and in brackets what it belongs to. A traceback is indented,
    so that nothing in it can pass for a line."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line itself; whoever puts a break into an address of the site must not write a line of their own."""
        told = trace.words()
        return super().formatMessage(record).translate(CONTROL) + (f" [{told}]" if told else "")

    def formatException(self, ei: Any) -> str:
        """The traceback, below its line."""
        return textwrap.indent(super().formatException(ei).translate(STEERING), "  ")

    def formatStack(self, stack_info: str) -> str:
        """The same for the way that led to a line."""
        return textwrap.indent(super().formatStack(stack_info).translate(STEERING), "  ")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the traceback if there is one."""
        return hidden(super().format(record))


class Json(logging.Formatter):
    """A line for programs: one object on one line, a traceback with its line breaks inside ``exception``.

    ``time`` is UTC. Beside the ids of ``contacts.trace`` there are the record's own ``facts``, as a request's line has.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object as ASCII: no character in it can end a line or steer a terminal."""
        facts: Mapping[str, Any] = getattr(record, "facts", {})
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **trace.now(),
            **facts,
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            told["stack"] = self.formatStack(record.stack_info)
        # Hidden before it is packed: behind a backslash an address would take half of an escape with it.
        return json.dumps({name: hidden(each) if isinstance(each, str) else each for name, each in told.items()})

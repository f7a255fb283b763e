"""How a line of the log is written: in one line, and without an address or a token that slipped into it.

The code logs ids only. This is the second line of defence: the text of an exception, a database's own words about a
row, or a library may repeat what it was given.
"""

import logging
import re
from typing import Final

# Bounded, so that a long text without a blank takes no longer than any other.
ADDRESS: Final = re.compile(r"[^\s\"'<>()\[\],;:=|@]{1,64}@[^\s\"'<>()\[\],;:=|@]{1,255}\.[^\W\d_]{2,}")
TOKEN: Final = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+)*|(?<=Bearer )[^\s(]\S+|\bgAAAA[\w-]{20,}=*")


class Redacting(logging.Formatter):
    """Hides addresses and tokens, also in a traceback, and keeps a message on its line."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line itself; whoever puts a break into an address of the site must not write a line of their own."""
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the traceback if there is one."""
        return TOKEN.sub("(token hidden)", ADDRESS.sub("(address hidden)", super().format(record)))

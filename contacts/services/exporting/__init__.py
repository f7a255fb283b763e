"""The history as a file: a table for people, or lines that prove themselves. Exporting is itself written down.

A file is made whole before its first byte leaves: only then its checksum can stand in the history.
"""

from contacts.services.exporting.making import Form, Made, make, note
from contacts.services.exporting.spool import Spooled, TooLarge, spooled
from contacts.services.exporting.table import Echo
from contacts.services.exporting.view import MOST_COUNTED, View

__all__ = ["MOST_COUNTED", "Echo", "Form", "Made", "Spooled", "TooLarge", "View", "make", "note", "spooled"]

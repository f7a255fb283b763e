"""The history and the contacts as files. Exporting is itself written down.

A file of the history is made whole before its first byte leaves: only then its checksum can stand in its entry. One of
contacts may be far larger: it is sent as it is read, and a second entry has the checksum or says where it broke off.
"""

from contacts.services.exporting.columns import FIELDS, GROUPS
from contacts.services.exporting.making import Form, Made, make, note
from contacts.services.exporting.people import Wanted, wanted
from contacts.services.exporting.sending import Sending, end_lost, name_of, send
from contacts.services.exporting.spool import Spooled, TooLarge, spooled
from contacts.services.exporting.table import Echo
from contacts.services.exporting.view import MOST_COUNTED, View

__all__ = [
    "FIELDS",
    "GROUPS",
    "MOST_COUNTED",
    "Echo",
    "Form",
    "Made",
    "Sending",
    "Spooled",
    "TooLarge",
    "View",
    "Wanted",
    "end_lost",
    "make",
    "name_of",
    "note",
    "send",
    "spooled",
    "wanted",
]

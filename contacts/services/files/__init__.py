"""Files that people bring: stored in pieces, read row by row, each row compared with our copy.

``receive`` takes one in; the worker carries it on, in turns, until it is ready or refused. Nothing of it outlives its
days: ``forget`` and the hourly tidying take its bytes and its rows.
"""

from contacts.services.files.choosing import Choice, choose, judge_again, sample
from contacts.services.files.fields import custom_fields
from contacts.services.files.forgetting import forget, forget_old, refuse
from contacts.services.files.judging import judge_row
from contacts.services.files.live import LiveRow, look_live
from contacts.services.files.packing import cells
from contacts.services.files.people import erase, erase_at_once
from contacts.services.files.receiving import receive
from contacts.services.files.storing import stored
from contacts.services.files.walking import carry_on, due

__all__ = [
    "Choice",
    "LiveRow",
    "carry_on",
    "cells",
    "choose",
    "custom_fields",
    "due",
    "erase",
    "erase_at_once",
    "forget",
    "forget_old",
    "judge_again",
    "judge_row",
    "look_live",
    "receive",
    "refuse",
    "sample",
    "stored",
]

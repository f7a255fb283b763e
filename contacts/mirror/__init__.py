"""The only writer of mirror rows. Each function is one transaction, and none is called during a network call.

``seen_at`` and ``since`` are on Constant Contact's clock, ``fetched_at`` and ``written_at`` on ours.
"""

from contacts.mirror.erased import Erased, erased_addresses
from contacts.mirror.forgetting import forget
from contacts.mirror.missing import mark_missing
from contacts.mirror.names import close_unseen, store_custom_fields, store_lists, store_tags
from contacts.mirror.pages import Stored, mark_all_written, mark_written, store_contact, store_page
from contacts.mirror.reckoning import count_reports, keep_day
from contacts.mirror.tallies import count_lists

__all__ = [
    "Erased",
    "Stored",
    "close_unseen",
    "count_lists",
    "count_reports",
    "erased_addresses",
    "forget",
    "keep_day",
    "mark_all_written",
    "mark_missing",
    "mark_written",
    "store_contact",
    "store_custom_fields",
    "store_lists",
    "store_page",
    "store_tags",
]

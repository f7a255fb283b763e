"""Rows, constraints and the queryset words that pages and services speak."""

from contacts.models.accounts import CallBudget, LinkedAccount, RequestLog
from contacts.models.audit import AuditChain, AuditEntry, AuditPayload
from contacts.models.mirror import (
    Contact,
    ContactEvent,
    ContactList,
    CustomField,
    How,
    Membership,
    Tag,
    Tagging,
)
from contacts.models.people import Access, User
from contacts.models.sync import SyncPage, SyncRun
from contacts.models.writes import Write

__all__ = [
    "Access",
    "AuditChain",
    "AuditEntry",
    "AuditPayload",
    "CallBudget",
    "Contact",
    "ContactEvent",
    "ContactList",
    "CustomField",
    "How",
    "LinkedAccount",
    "Membership",
    "RequestLog",
    "SyncPage",
    "SyncRun",
    "Tag",
    "Tagging",
    "User",
    "Write",
]

"""Rows, constraints and the queryset words that pages and services speak."""

from contacts.models.accounts import CallBudget, LinkedAccount, RequestLog
from contacts.models.audit import AuditChain, AuditEntry, AuditPayload
from contacts.models.jobs import Activity, Job, JobGroup, JobItem
from contacts.models.list_changes import ListChange
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
from contacts.models.sync import Spike, SyncPage, SyncRun, Worker
from contacts.models.writes import Write

__all__ = [
    "Access",
    "Activity",
    "AuditChain",
    "AuditEntry",
    "AuditPayload",
    "CallBudget",
    "Contact",
    "ContactEvent",
    "ContactList",
    "CustomField",
    "How",
    "Job",
    "JobGroup",
    "JobItem",
    "LinkedAccount",
    "ListChange",
    "Membership",
    "RequestLog",
    "Spike",
    "SyncPage",
    "SyncRun",
    "Tag",
    "Tagging",
    "User",
    "Worker",
    "Write",
]

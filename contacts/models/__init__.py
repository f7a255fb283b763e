"""Rows, constraints and the queryset words that pages and services speak."""

from contacts.models.accounts import CallBudget, LinkedAccount, RequestLog
from contacts.models.alerts import Alert, Letter, SavedView
from contacts.models.approvals import Approval
from contacts.models.audit import AuditChain, AuditEntry, AuditMark, AuditPayload
from contacts.models.events import ContactEvent
from contacts.models.files import ContactFile, FilePart, FileRow
from contacts.models.jobs import Activity, Job, JobGroup, JobItem
from contacts.models.list_changes import ListChange
from contacts.models.mirror import (
    Contact,
    ContactList,
    CustomField,
    How,
    Membership,
    Tag,
    Tagging,
)
from contacts.models.outside import Reversal, SeenActivity
from contacts.models.people import Access, User
from contacts.models.privacy import ErasedMark, Erasure
from contacts.models.proof import AuditCheckpoint, Verification
from contacts.models.remote_exports import RemoteExport
from contacts.models.reports import DayCount, DeletedMonth, ListMonth, LookBack, ReactivatedMonth, Reckoned
from contacts.models.seeds import Seed
from contacts.models.sync import Spike, SyncPage, SyncRun, Worker
from contacts.models.v2_ids import Crossing, Xref, XrefKind
from contacts.models.writes import Write

__all__ = [
    "Access",
    "Activity",
    "Alert",
    "Approval",
    "AuditChain",
    "AuditCheckpoint",
    "AuditEntry",
    "AuditMark",
    "AuditPayload",
    "CallBudget",
    "Contact",
    "ContactEvent",
    "ContactFile",
    "ContactList",
    "Crossing",
    "CustomField",
    "DayCount",
    "DeletedMonth",
    "ErasedMark",
    "Erasure",
    "FilePart",
    "FileRow",
    "How",
    "Job",
    "JobGroup",
    "JobItem",
    "Letter",
    "LinkedAccount",
    "ListChange",
    "ListMonth",
    "LookBack",
    "Membership",
    "ReactivatedMonth",
    "Reckoned",
    "RemoteExport",
    "RequestLog",
    "Reversal",
    "SavedView",
    "Seed",
    "SeenActivity",
    "Spike",
    "SyncPage",
    "SyncRun",
    "Tag",
    "Tagging",
    "User",
    "Verification",
    "Worker",
    "Write",
    "Xref",
    "XrefKind",
]

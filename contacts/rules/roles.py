"""Who may do what on a linked account (product guide 5.9): one table."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is on one linked account, from the least to the most."""

    VIEWER = "viewer"
    AGENT = "agent"
    MARKETER = "marketer"
    MANAGER = "manager"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing a role may do."""

    CHECK = "check"
    SEE_PERSONAL = "see_personal"
    REACTIVATE = "reactivate"
    EDIT_LISTS = "edit_lists"
    UNSUBSCRIBE = "unsubscribe"
    RESUBSCRIBE = "resubscribe"
    SYNC_NOW = "sync_now"
    DELETE_ONE = "delete_one"
    DELETE_MANY = "delete_many"
    BULK = "bulk"
    APPROVE = "approve"
    EXPORT = "export"
    AUDIT_OWN = "audit_own"
    AUDIT_ALL = "audit_all"
    PAUSE_WRITING = "pause_writing"
    MANAGE_ACCOUNT = "manage_account"


_VIEWER = frozenset({Right.CHECK, Right.AUDIT_OWN})
_AGENT = _VIEWER | {
    Right.SEE_PERSONAL,
    Right.REACTIVATE,
    Right.EDIT_LISTS,
    Right.UNSUBSCRIBE,
    Right.RESUBSCRIBE,
    Right.SYNC_NOW,
}
_MARKETER = _AGENT | {Right.DELETE_ONE, Right.BULK, Right.EXPORT, Right.PAUSE_WRITING}
_MANAGER = _MARKETER | {Right.DELETE_MANY, Right.APPROVE, Right.AUDIT_ALL}
_ADMIN = _MANAGER | {Right.MANAGE_ACCOUNT}

RIGHTS = {
    Role.VIEWER: _VIEWER,
    Role.AGENT: _AGENT,
    Role.MARKETER: _MARKETER,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _ADMIN,
}


# What each right is called in the table that people read; the order is the table's.
WORDS = {
    Right.CHECK: "Check an address, see the verdict",
    Right.SEE_PERSONAL: "See personal fields and what Constant Contact sent",
    Right.SYNC_NOW: "Begin a sync, see the requests",
    Right.REACTIVATE: "Reactivate one",
    Right.EDIT_LISTS: "Edit one person's lists",
    Right.UNSUBSCRIBE: "Unsubscribe one",
    Right.RESUBSCRIBE: "Send the one resubscribe email",
    Right.DELETE_ONE: "Delete one",
    Right.DELETE_MANY: "Delete many",
    Right.BULK: "Change many in a job, and the lists themselves",
    Right.APPROVE: "Approve a job of somebody else, release a held sync",
    Right.EXPORT: "Export people",
    Right.AUDIT_OWN: "See the history of one's own acts",
    Right.AUDIT_ALL: "See, export and verify the whole history; answer privacy requests",
    Right.PAUSE_WRITING: "Pause writing",
    Right.MANAGE_ACCOUNT: "Link accounts; decide about people, rules and retention",
}

# Rights of the product guide that no page uses so far: a table must not promise them.
NOT_YET: frozenset[Right] = frozenset()


def may(role: Role, right: Right) -> bool:
    """Whether the role holds the right. No right of any role brings back a person who opted out."""
    return right in RIGHTS[role]


def at_least(role: Role, other: Role) -> bool:
    """Whether ``role`` is ``other`` or more."""
    ranks = list(Role)
    return ranks.index(role) >= ranks.index(other)


def matrix() -> list[tuple[str, list[bool]]]:
    """The table of rights in words: a line for each right, in it whether each role, from the least, holds it."""
    shown = [right for right in WORDS if right not in NOT_YET]
    return [(WORDS[right], [may(role, right) for role in Role]) for right in shown]

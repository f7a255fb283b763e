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


def may(role: Role, right: Right) -> bool:
    """Whether the role holds the right. No right of any role brings back a person who opted out."""
    return right in RIGHTS[role]

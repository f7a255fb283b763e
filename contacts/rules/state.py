"""The one word for how a contact stands, and the one act that is right for it (product guide 2b)."""

from enum import StrEnum

from contacts.rules.standing import Standing


class State(StrEnum):
    """Every state a contact or an address can be in; the value is also the key of its badge."""

    ACTIVE = "active"
    ON_NO_LIST = "on_no_list"
    UNSUBSCRIBED = "unsubscribed"
    UNSUBSCRIBED_BY_ACCOUNT = "unsubscribed_by_account"
    AWAITING = "awaiting"
    NO_PERMISSION = "no_permission"
    HOLD = "hold"
    DELETED = "deleted"
    DELETED_OPTED_OUT = "deleted_opted_out"
    DELETED_BY_ACCOUNT_OPTOUT = "deleted_by_account_optout"
    DELETED_AWAITING = "deleted_awaiting"
    DELETED_HOLD = "deleted_hold"
    NO_ADDRESS = "no_address"
    NOT_HERE = "not_here"
    NOT_UNDERSTOOD = "not_understood"


class Act(StrEnum):
    """What can be done about a state, by us or by the person."""

    REACTIVATE = "reactivate"
    RESUBSCRIBE = "resubscribe"
    SIGN_UP = "sign_up"
    ADD_TO_LIST = "add_to_list"
    NONE = "none"


MAILABLE_AGAIN = frozenset({"explicit", "implicit", "not_set"})
_PERMISSIONS = MAILABLE_AGAIN | {"pending_confirmation", "temp_hold", "unsubscribed"}


def state_of(standing: Standing) -> State:
    """The state of a contact Constant Contact holds. What cannot be read is never guessed at."""
    if standing.odd or (standing.address and standing.permission not in _PERMISSIONS):
        return State.NOT_UNDERSTOOD
    if not standing.address:
        return State.NO_ADDRESS
    return _deleted(standing) if standing.deleted else _shown(standing)


def _deleted(standing: Standing) -> State:
    """Any doubt about consent comes before "deleted", because only that one may be brought back."""
    if standing.opted_out:
        by_account = standing.opt_out_source == "Account"
        return State.DELETED_BY_ACCOUNT_OPTOUT if by_account else State.DELETED_OPTED_OUT
    if standing.awaiting:
        return State.DELETED_AWAITING
    if standing.permission == "temp_hold":
        return State.DELETED_HOLD
    if standing.once_opted_out:
        return State.DELETED_OPTED_OUT
    return State.DELETED


def _shown(standing: Standing) -> State:
    if standing.permission == "unsubscribed":
        by_account = standing.opt_out_source == "Account"
        return State.UNSUBSCRIBED_BY_ACCOUNT if by_account else State.UNSUBSCRIBED
    named = {
        "pending_confirmation": State.AWAITING,
        "temp_hold": State.HOLD,
        "not_set": State.NO_PERMISSION,
    }.get(standing.permission)
    return named or (State.ACTIVE if standing.list_ids else State.ON_NO_LIST)

"""Whether a change may be sent, and go on: the person's role, the link, the account's writing state."""

from contacts.backends import role_on
from contacts.models import Access, LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, may


def need_permission(account_id: int, *, by: User | None, right: Right) -> None:
    """Raise Refused unless this person may have such a change sent now. The rows are read anew."""
    account = LinkedAccount.objects.get(pk=account_id)
    role = role_on(account, by) if by else None
    if role is None or not may(role, right):
        raise Refused("Your role on this account does not allow this. Nothing was sent.")
    if account.state != LinkedAccount.State.LINKED:
        raise Refused("The link to Constant Contact is broken. Nothing was sent. Reconnect the account first.")
    if account.writing == LinkedAccount.Writing.PAUSED:
        raise Refused(f"Writing is paused by {account.writing_by}: “{account.writing_reason}”. Nothing was sent.")
    if not account.may_write:
        raise Refused("This account is linked to look only. Nothing was sent.")


def need_still(account_id: int, *, by: int | None, right: Right) -> None:
    """Raise Refused unless whoever ordered this may still have it done. One query, asked before each portion.

    ``by`` is the person's key; None: they were deleted meanwhile (faults W13).
    """
    access = Access.objects.current().filter(account=account_id, user=by).select_related("user").first()
    if access is None:
        raise Refused("Stopped: the person who ordered this has no access to the account any more.")
    if not may(Role(access.role), right):
        raise Refused(f"Stopped: the role of {access.user} does not allow this any more.")

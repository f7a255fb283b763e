"""Whether a change may be sent at all: the person's role, the link, the account's writing state."""

from contacts.backends import role_on
from contacts.models import LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may


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

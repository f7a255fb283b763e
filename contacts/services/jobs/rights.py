"""Who may change many people at once."""

from contacts.backends import role_on
from contacts.models import Job, LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, may


def need_right(account: LinkedAccount, kind: Job.Kind | str, *, by: User, undoes: Job | None = None) -> None:
    """Raise Refused unless this person may plan and run such a job. Who may change many may take it back as well."""
    role = role_on(account, by)
    deletes = kind in (Job.Kind.DELETE, Job.Kind.DELETE_LIST) and undoes is None
    needed = Right.DELETE_MANY if deletes else Right.BULK
    if role is None or not may(role, needed):
        raise Refused("Your role on this account does not allow changing many people at once. Nothing was planned.")

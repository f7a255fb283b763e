"""Who may come in, and with which role."""

from contacts import audit
from contacts.models import Access, AuditEntry, LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Role


def invite(email: str, *, name: str = "", account: LinkedAccount, role: Role, by: User | None) -> Access:
    """Give a person a role on an account; a new person is made without a password and sets one by e-mail.

    The same address again changes the role. Raises Refused for somebody who may not sign in any more.
    """
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name)
    if not user.is_active:
        raise Refused("This person may not sign in any more. Nothing was changed.")
    audit.record(
        "grant",
        AuditEntry.Outcome.DONE,
        by=by,
        account=account,
        target=f"user-{user.pk}",
        detail={"role": role.value},
        payload={"address": user.email},
    )
    access, _ = Access.objects.update_or_create(user=user, account=account, defaults={"role": role, "expires_at": None})
    return access

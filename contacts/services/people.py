"""Who belongs to an account, as what and until when; and ending that."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from contacts import audit
from contacts.backends import role_on
from contacts.models import Access, AuditEntry, LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, at_least, may

type Until = datetime | None
DONE = AuditEntry.Outcome.DONE
NOT_COME = "This person has not come yet. Remove them from this account instead. Nothing was changed."
NOT_ALL = (
    "An admin may do this only to people all of whose access they manage, and this person has more. Nothing was "
    "changed. Remove them from this account, or ask whoever runs this installation."
)


@transaction.atomic
def change(access: Access, *, role: Role, expires_at: Until, by: User) -> None:
    """Give a member another role or another last day. Raises Refused when that may not be."""
    access = _begin(access, by=by)
    if access.user_id == by.pk and _raises(access, role, expires_at):
        raise Refused("Nobody gives themselves more than they have. Nothing was changed. Ask another admin.")
    keep_an_admin(access, stays=role == Role.ADMIN and expires_at is None)
    before, after = standing(access), told(role, expires_at)
    if before == after:
        return
    note("people_change", access, by=by, detail={"before": before, "after": after})
    Access.objects.filter(pk=access.pk).update(role=role, expires_at=expires_at)


@transaction.atomic
def remove(access: Access, *, by: User) -> None:
    """Take a member off this account; what they did stays in its history, and other accounts are not touched."""
    access = _begin(access, by=by)
    keep_an_admin(access, stays=False)
    note("people_remove", access, by=by, detail={"before": standing(access)})
    access.delete()


@transaction.atomic
def deactivate(access: Access, *, by: User) -> None:
    """Shut this person out of the whole installation: no sign-in, every session ended. Roles stay for a return."""
    access, all_of_them = _whole_person(access, by=by)
    if access.user_id == by.pk:
        raise Refused("You cannot shut yourself out. Nothing was changed. Ask another admin.")
    for each in all_of_them:
        keep_an_admin(each, stays=False)
    if not User.objects.filter(pk=access.user_id, is_active=True).update(is_active=False, sessions=F("sessions") + 1):
        raise Refused("This person is shut out already. Nothing was changed.")
    _record_all("people_deactivate", all_of_them, by=by)


@transaction.atomic
def reactivate(access: Access, *, by: User) -> None:
    """Let a person who was shut out sign in again, with the roles they had. Sessions of before stay ended."""
    access, all_of_them = _whole_person(access, by=by)
    if not User.objects.filter(pk=access.user_id, is_active=False).update(is_active=True):
        raise Refused("This person may sign in already. Nothing was changed.")
    _record_all("people_reactivate", all_of_them, by=by)


@transaction.atomic
def sign_out(access: Access, *, by: User) -> None:
    """End every session of this person, on each device; they may sign in again at once."""
    access, all_of_them = _whole_person(access, by=by)
    User.objects.filter(pk=access.user_id).update(sessions=F("sessions") + 1)
    _record_all("people_sign_out", all_of_them, by=by)


def may_end(access: Access, *, by: User) -> bool:
    """Whether ``by``, an admin of this account, may decide about the person's sign-in as a whole. One query.

    Only when every access of theirs is on an account that ``by`` manages: else the admin of a small account could
    invite anybody and shut them out of all others. A superuser may always, and nobody else touches a superuser.
    """
    if by.is_superuser or access.user_id == by.pk:
        return True
    managed = Access.objects.current().filter(user=by, role=Role.ADMIN).values("account")
    elsewhere = Access.objects.filter(_going_on(), user=access.user_id).exclude(account__in=managed)
    return not access.user.is_superuser and not elsewhere.exists()


def has_come(access: Access) -> bool:
    """Whether the person was here since they got the role: signed in, or acted on the account in an open session."""
    signed_in = access.user.last_login
    if signed_in and signed_in >= access.granted_at:
        return True
    return AuditEntry.objects.filter(account=access.account_id, actor_id=access.user_id).exists()


def run_out(access: Access) -> bool:
    """Whether the last day of this access is over."""
    return access.expires_at is not None and access.expires_at <= timezone.now()


def need_admin(account: LinkedAccount, *, by: User | None) -> None:
    """Raise Refused unless ``by`` is an admin of the account now; nobody is the operator, who may."""
    role = role_on(account, by) if by else Role.ADMIN
    if role is None or not may(role, Right.MANAGE_ACCOUNT):
        raise Refused("Only an admin of this account may do this. Nothing was changed.")


def keep_an_admin(access: Access, *, stays: bool) -> None:
    """Raise Refused when this is the last lasting admin and does not stay one. The account's row must be locked.

    Whoever never chose a password, or leaves on a set day, does not count as another.
    """
    is_admin = access.role == Role.ADMIN and access.user.is_active and not run_out(access)
    if not is_admin or stays:
        return
    others = Access.objects.current().filter(account=access.account_id, role=Role.ADMIN, expires_at=None)
    if not any(each.user.has_usable_password() for each in others.exclude(pk=access.pk).select_related("user")):
        raise Refused(
            f"This would leave {access.account.name} without a lasting admin. Nothing was changed. Make somebody else "
            "an admin without a last day first; they must have signed in once."
        )


def lock(accounts: Iterable[LinkedAccount | int]) -> None:
    """Hold these accounts' rows until the transaction ends, so that two admins cannot remove each other at once."""
    keys = [each if isinstance(each, int) else each.pk for each in accounts]
    list(LinkedAccount.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))


def standing(access: Access) -> dict[str, Any]:
    """Role and last day, as an entry tells them."""
    return told(Role(access.role), access.expires_at)


def told(role: Role, expires_at: Until) -> dict[str, Any]:
    """The same of what is to be."""
    return {"role": role.value, "expires_at": expires_at.isoformat() if expires_at else None}


def note(action: str, access: Access, *, by: User, detail: dict[str, Any]) -> None:
    """One entry about a member; the address only in its payload."""
    target, payload = f"user-{access.user_id}", {"address": access.user.email}
    audit.record(action, DONE, by=by, account=access.account, target=target, detail=detail, payload=payload)


def _going_on() -> Q:
    """Accesses that have not run out, also of somebody who is shut out."""
    return Q(expires_at=None) | Q(expires_at__gt=timezone.now())


def _begin(access: Access, *, by: User) -> Access:
    """The access as it is now, its account locked, and ``by`` still an admin of it."""
    lock([access.account_id])
    need_admin(access.account, by=by)
    now = Access.objects.select_related("user", "account").filter(pk=access.pk).first()
    if now is None:
        raise Refused("This person is not on this account any more. Nothing was changed.")
    return now


def _whole_person(access: Access, *, by: User) -> tuple[Access, list[Access]]:
    """The access and all others of the person, locked, when ``by`` may decide about all of them."""
    lock(Access.objects.filter(user=access.user_id).values_list("account", flat=True))
    access = _begin(access, by=by)
    if not has_come(access):
        raise Refused(NOT_COME)
    if not may_end(access, by=by):
        raise Refused(NOT_ALL)
    rows = Access.objects.filter(_going_on(), user=access.user_id) | Access.objects.filter(pk=access.pk)
    return access, list(rows.select_related("user", "account").order_by("account"))


def _raises(access: Access, role: Role, expires_at: Until) -> bool:
    """Whether this is more, or for longer, than what the person has."""
    longer = access.expires_at is not None and (expires_at is None or expires_at > access.expires_at)
    return longer or not at_least(Role(access.role), role)


def _record_all(action: str, accesses: Iterable[Access], *, by: User) -> None:
    """One entry in the history of each account that the person is on."""
    for each in accesses:
        note(action, each, by=by, detail={"before": standing(each)})

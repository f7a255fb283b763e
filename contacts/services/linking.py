"""Linking a Constant Contact account, for the first time or again."""

import re
from dataclasses import dataclass
from zoneinfo import available_timezones

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from contacts import alerts, audit, connect
from contacts.api.client import Client
from contacts.api.errors import APIError, Forbidden, Unreadable
from contacts.api.oauth_token import TokenAnswer
from contacts.backends import lacks_second_factor, role_on
from contacts.mirror.reading import clean
from contacts.models import Access, Alert, AuditEntry, LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, may

READ, WRITE = "contacts:read", "contacts:write"


@dataclass(frozen=True)
class Owner:
    """Who is behind new tokens, as Constant Contact says it."""

    encoded_id: str
    name: str
    time_zone: str
    privileges: frozenset[str]


@dataclass(frozen=True)
class Wish:
    """What the person chose before the walk to Constant Contact: an account to reconnect, and whether to look only."""

    reconnect: LinkedAccount | None = None
    look_only: bool = False


def may_link(user: User) -> bool:
    """Whether this person may link accounts: an admin of one, or whoever runs the installation."""
    if not user.is_active:
        return False
    roles = Access.objects.current().filter(user=user).values_list("role", flat=True)
    return user.is_superuser or any(may(Role(role), Right.MANAGE_ACCOUNT) for role in roles)


def link(answer: TokenAnswer, *, by: User, wish: Wish) -> LinkedAccount:
    """Keep these tokens as the link to the account they belong to, new here or known before.

    A known account keeps its copy, history, people and writing state. Raises Refused with words when the Constant
    Contact user may not read contacts, when it is another account than the one to reconnect, or when the account is
    linked here by people this person does not belong to; APIError when Constant Contact did not answer. Nothing is
    kept then, and the history says why.
    """
    try:
        _need_lasting(answer)
        owner = _look(connect.trial(answer, by=by))
        _need_reading(owner)
        return _keep(answer, owner, by=by, wish=wish)
    except (Refused, APIError) as problem:
        note_failure(problem.advice, by=by, wish=wish)
        raise


def note_failure(reason: str, *, by: User, wish: Wish) -> None:
    """Write down that a link did not come about, and why."""
    audit.record("link", AuditEntry.Outcome.REFUSED, by=by, account=wish.reconnect, reason=reason[:500])


def _look(client: Client) -> Owner:
    try:
        summary, privileges = client.account_summary(), client.privileges()
    except Forbidden as problem:
        raise Refused(
            "Constant Contact gave a key that may not even read the account's name. Nothing was linked. "
            "Start again and allow everything that is asked for; if that does not help, the application may be "
            "switched off or not be open to this account yet."
        ) from problem
    encoded_id = summary.get("encoded_account_id")
    if not isinstance(encoded_id, str) or not re.fullmatch(r"[\x21-\x7e]{1,64}", encoded_id):
        raise Unreadable("no encoded_account_id")
    name, zone = (clean(str(summary.get(key) or "")) for key in ("organization_name", "time_zone_id"))
    privileges = frozenset(map(clean, privileges))
    return Owner(encoded_id, name[:200] or encoded_id, zone if zone in available_timezones() else "UTC", privileges)


def _need_lasting(answer: TokenAnswer) -> None:
    if not answer.refresh:
        raise Refused(
            "Constant Contact gave a key for one day only (offline_access is missing). Nothing was linked. Choose "
            "refresh tokens for the application in Constant Contact's developer portal, then start again."
        )


def _need_reading(owner: Owner) -> None:
    if READ not in owner.privileges:
        raise Refused(
            "The Constant Contact user who signed in may not see contacts (that is so for a Campaign Creator). "
            "Nothing was linked. Ask the Account Owner to connect, or to make this user Account Manager."
        )


@transaction.atomic
def _keep(answer: TokenAnswer, owner: Owner, *, by: User, wish: Wish) -> LinkedAccount:
    account = LinkedAccount.objects.select_for_update().filter(encoded_account_id=owner.encoded_id).first()
    _need_right(account, owner, by=by, wish=wish)
    again = account is not None
    if account is None:
        account = LinkedAccount.objects.create(
            slug=_free_slug(owner.name), encoded_account_id=owner.encoded_id, name=owner.name
        )
        Access.objects.create(user=by, account=account, role=Role.ADMIN)
    _describe(account, owner)
    if wish.look_only:
        _look_only(account, by=by)
    account.save()
    connect.keep(account, answer)
    alerts.over(account, Alert.Kind.LINK)
    audit.record(
        "reconnect" if again else "link",
        AuditEntry.Outcome.DONE,
        by=by,
        account=account,
        target=owner.encoded_id,
        detail={"may_write": account.cc_may_write, "writing": account.writing},
    )
    account.refresh_from_db()
    return account


def _need_right(account: LinkedAccount | None, owner: Owner, *, by: User, wish: Wish) -> None:
    """Whether this account may be linked by this person now. Raises Refused."""
    if wish.reconnect and wish.reconnect.encoded_account_id != owner.encoded_id:
        raise Refused(
            f"You signed in to {owner.name} at Constant Contact, but {wish.reconnect.name} was to be connected again. "
            "Nothing was changed. Start again and sign in with a user of that account."
        )
    if account is None:
        if not may_link(by):
            raise Refused("Only an admin may link an account. Nothing was linked. Ask an admin to do it.")
        return
    role = role_on(account, by)
    if role is None:
        raise Refused(
            "This Constant Contact account is already linked here, by people you do not share it with. Nothing was "
            "changed. Ask whoever runs this installation to give you a role on it."
        )
    if not may(role, Right.MANAGE_ACCOUNT):
        raise Refused(f"Only an admin of {account.name} may connect it again. Nothing was changed. Ask one of them.")
    if lacks_second_factor(account, role, by):
        raise Refused(
            f"{account.name} asks for a second factor, and you have none yet. Nothing was changed. Set one up under "
            "your own name, then start again."
        )


def _describe(account: LinkedAccount, owner: Owner) -> None:
    """What Constant Contact says now, and a fresh start for the clockwork."""
    account.name, account.time_zone = owner.name, owner.time_zone
    account.cc_privileges = sorted(owner.privileges)
    account.cc_may_write = WRITE in owner.privileges
    account.state, account.broken_reason, account.unlinked_at = LinkedAccount.State.LINKED, "", None
    account.linked_at = account.next_sync_at = timezone.now()


def _look_only(account: LinkedAccount, *, by: User) -> None:
    account.writing, account.writing_by = LinkedAccount.Writing.LOOK_ONLY, str(by)
    account.writing_reason, account.writing_since = "", timezone.now()


def _free_slug(name: str) -> str:
    """A short name for the address that no other account has."""
    stem = slugify(name)[:40] or "account"
    taken = set(LinkedAccount.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(slug for slug in numbered if slug not in taken)

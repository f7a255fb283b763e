"""One access token for all processes: who finds it stale renews it once, the others wait and read the result."""

import secrets
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from contacts import alerts, audit
from contacts.api import oauth_token
from contacts.api.errors import APIError, GrantRefused, LinkExpired
from contacts.connect import budget
from contacts.connect.credential import Credential, seal, unseal
from contacts.models import Alert, AuditEntry, LinkedAccount

# Longer than the token call can take in all (oauth_token.LIMITS), so that no second one starts meanwhile.
LEASE = timedelta(seconds=60)
LOOK_EVERY = 0.1


class NotLinked(LinkExpired):
    """The account was unlinked here; it has no credential."""

    happened = "This account is not linked to Constant Contact any more."
    remedy = "Its copy can still be read. Link the account again."


class Renewing(APIError):
    """Another process is renewing the token and takes longer than we wait."""

    happened = "The connection to Constant Contact is being renewed, and that takes longer than usual."
    remedy = "Try again in a minute."


def access_token(account_id: int, *, rejected: str = "", patience: float) -> str:
    """An access token that lasts, renewed if need be; never ``rejected``, which Constant Contact refused.

    ``patience`` is how many seconds to wait for another process's renewal. Raises NotLinked, LinkExpired,
    CannotOpen, GrantRefused (the link is dead and marked broken), Renewing, or what the token endpoint raised.
    """
    give_up = time.monotonic() + patience
    while True:
        account = _linked(account_id)
        credential = unseal(account)
        if credential.fresh and credential.access != rejected:
            return credential.access
        owner = _lease(account)
        if owner and (token := _renew(account, credential, owner)):
            return token
        if time.monotonic() > give_up:
            raise Renewing
        time.sleep(LOOK_EVERY)


def mark_broken(account: LinkedAccount, problem: APIError) -> None:
    """The link is dead: say so once, in the row and in the history. Jobs wait, nothing is lost."""
    link = LinkedAccount.objects.filter(pk=account.pk, version=account.version, state=LinkedAccount.State.LINKED)
    with transaction.atomic():
        if link.update(state=LinkedAccount.State.BROKEN, broken_reason=problem.happened):
            audit.record(
                "link_broken",
                AuditEntry.Outcome.FAILED,
                by=None,
                account=account,
                reason=problem.advice,
                http_status=problem.status,
            )
            # Every link has a version of its own, so one that breaks again is told again.
            alerts.notice(account, Alert.Kind.LINK, key=f"version-{account.version}", reason=type(problem).__name__)


def _linked(account_id: int) -> LinkedAccount:
    account = LinkedAccount.objects.get(pk=account_id)
    if account.state == LinkedAccount.State.UNLINKED:
        raise NotLinked
    if account.state == LinkedAccount.State.BROKEN:
        raise LinkExpired
    return account


def _lease(account: LinkedAccount) -> str:
    """Our name when the lease is ours now, else "". It is not, when the credential changed since we read it."""
    owner = secrets.token_hex(16)
    with transaction.atomic():
        row = LinkedAccount.objects.select_for_update().filter(pk=account.pk, version=account.version).first()
        # Only now: a time taken before the wait for the lock is older than what its holder has written.
        now = timezone.now()
        if row is None or _is_held(row, now):
            return ""
        LinkedAccount.objects.filter(pk=row.pk).update(lease_owner=owner, lease_until=now + LEASE)
    return owner


def _is_held(row: LinkedAccount, now: datetime) -> bool:
    # A lease that ends much further off than any lease can was given by a clock that has been put back since.
    return row.lease_until is not None and now <= row.lease_until <= now + 2 * LEASE


def _prolonged(account: LinkedAccount, owner: str) -> bool:
    """Have the whole lease for the call itself, however long its turn took to come; False when it was lost."""
    ours = LinkedAccount.objects.filter(pk=account.pk, version=account.version, lease_owner=owner)
    return bool(ours.update(lease_until=timezone.now() + LEASE))


def _renew(account: LinkedAccount, old: Credential, owner: str) -> str:
    """The new access token, or "" when somebody else was quicker and there is something newer to read."""
    try:
        budget.wait_for_token_call()
        if not _prolonged(account, owner):
            return ""
        answer = oauth_token.refresh(app(), old.refresh)
    except GrantRefused as problem:
        return _look_again(account, problem)
    else:
        return keep(account, Credential.of(answer, previous=old))
    finally:
        LinkedAccount.objects.filter(pk=account.pk, lease_owner=owner).update(lease_owner="", lease_until=None)


def _look_again(account: LinkedAccount, problem: GrantRefused) -> str:
    """A rotating token is refused too when somebody else was quicker, for example by linking again."""
    newer = _linked(account.pk)
    if newer.version != account.version:
        return unseal(newer).access
    mark_broken(account, problem)
    raise problem


def keep(account: LinkedAccount, credential: Credential) -> str:
    """Store what the token endpoint gave, before anything else: with rotating tokens it is the only copy.

    ``version`` guards against a slower process that comes back with an older one. Returns the access token that
    is in force afterwards.
    """
    stored = LinkedAccount.objects.filter(pk=account.pk, version=account.version).update(
        credential=seal(credential, account),
        version=F("version") + 1,
        token_renewed_at=timezone.now(),
        state=LinkedAccount.State.LINKED,
        broken_reason="",
    )
    return credential.access if stored else unseal(_linked(account.pk)).access


def app() -> oauth_token.App:
    """This installation's registration at Constant Contact."""
    return oauth_token.App(
        settings.CC_TOKEN_URL,
        settings.CC_CLIENT_ID,
        settings.CC_CLIENT_SECRET,
        allow_loopback=settings.ALLOW_LOOPBACK,
    )

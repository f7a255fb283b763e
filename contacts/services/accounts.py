"""What an admin does with a linked account: unlink it, forget its copy, and say whether changes may be sent."""

from datetime import timedelta
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from contacts import alerts, audit
from contacts.backends import has_second_factor
from contacts.mirror.forgetting import erase
from contacts.models import Alert, AuditEntry, LinkedAccount, User
from contacts.rules.refusal import Refused

#: Days that the copy of an unlinked account is kept, unless somebody erases it at once.
KEPT_DAYS = 30
DONE = AuditEntry.Outcome.DONE
Writing = LinkedAccount.Writing


class Rules(TypedDict):
    """What an admin decides for everybody on the account.

    ``sign_up_link`` "" names none in replies; jobs for more than ``approval_above`` people wait for a second person;
    ``second_factor_from`` is the least role that needs a second factor, "" for none.
    """

    evidence_required: bool
    sign_up_link: str
    approval_above: int
    second_factor_from: str


RULES = tuple(Rules.__annotations__)


def unlink(account: LinkedAccount, *, by: User, erase_copy: bool) -> None:
    """Destroy our key to the account and stop everything that would use it.

    The copy is erased now, or kept for 30 days so that linking again finds it. History and people stay. Raises
    Refused when the account is unlinked already.
    """
    with transaction.atomic():
        changed = (
            LinkedAccount.objects.filter(pk=account.pk)
            .exclude(state=LinkedAccount.State.UNLINKED)
            .update(
                state=LinkedAccount.State.UNLINKED,
                credential="",
                # A renewal that is on its way must not bring the key back.
                version=F("version") + 1,
                broken_reason="",
                lease_owner="",
                lease_until=None,
                unlinked_at=timezone.now(),
                next_sync_at=None,
                next_sweep_at=None,
            )
        )
        if not changed:
            raise Refused("This account is unlinked already. Nothing was changed.")
        alerts.over(account, Alert.Kind.LINK)
        audit.record("unlink", DONE, by=by, account=account, detail={"copy_kept_days": 0 if erase_copy else KEPT_DAYS})
    if erase_copy:
        _forget(account, by=by)
    account.refresh_from_db()


def forget_unlinked() -> int:
    """Erase the copy of each account that was unlinked 30 days ago. Returns how many accounts; runs by the clock."""
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS)
    due = LinkedAccount.objects.filter(
        state=LinkedAccount.State.UNLINKED, unlinked_at__lt=long_ago, contacts__isnull=False
    ).distinct()
    for account in due:
        _forget(account, by=None)
    return len(due)


def keep_rules(account: LinkedAccount, *, by: User, **rules: Unpack[Rules]) -> None:
    """Keep these rules of the account. Raises Refused when ``by`` asks others for a second factor and has none."""
    after = dict(rules)
    with transaction.atomic():
        held = LinkedAccount.objects.select_for_update().get(pk=account.pk)
        before = {name: getattr(held, name) for name in after}
        if before == after:
            return
        asked = rules["second_factor_from"]
        if asked and asked != held.second_factor_from and not has_second_factor(by):
            raise Refused(
                "Set up a second factor for yourself first: without one this rule would lock you out. "
                "Nothing was changed."
            )
        audit.record("account_rules", DONE, by=by, account=account, detail={"before": before, "after": after})
        LinkedAccount.objects.filter(pk=account.pk).update(**after)
    account.refresh_from_db()


def look_only(account: LinkedAccount, *, by: User) -> None:
    """Send no change to this account until somebody switches writing on."""
    _set_writing(account, Writing.LOOK_ONLY, action="look_only", by=by, reason="")


def pause_writing(account: LinkedAccount, *, by: User, reason: str) -> None:
    """Send no change for now; everybody sees who paused it and why. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("Say why writing is paused: everybody on this account will read it. Nothing was changed.")
    _set_writing(account, Writing.PAUSED, action="pause_writing", by=by, reason=reason.strip()[:300])


def resume_writing(account: LinkedAccount, *, by: User) -> None:
    """Let changes be sent again. Raises Refused when the Constant Contact user behind the link may not write."""
    if not account.cc_may_write:
        raise Refused(
            "The Constant Contact user who connected this account may not change contacts. Nothing was changed. "
            "Reconnect it as the Account Owner or an Account Manager."
        )
    _set_writing(account, Writing.ON, action="resume_writing", by=by, reason="")


@transaction.atomic
def _set_writing(account: LinkedAccount, writing: Writing, *, action: str, by: User, reason: str) -> None:
    # Whoever types a reason may name a person, so it stays in the payload.
    note = {"note": reason} if reason else None
    audit.record(action, DONE, by=by, account=account, detail={"before": account.writing}, payload=note)
    account.writing, account.writing_by, account.writing_reason = writing, str(by), reason
    account.writing_since = timezone.now()
    account.save(update_fields=["writing", "writing_by", "writing_reason", "writing_since"])


def _forget(account: LinkedAccount, *, by: User | None) -> None:
    count = erase(account)
    audit.record("erase_copy", DONE, by=by, account=account, detail={"contacts": count})

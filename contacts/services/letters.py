"""The post: alerts and digests become letters, one for each person, and a worker sends them by Django's mail.

At least once: a letter is claimed by moving its next attempt away before it is handed to the mail server, so two
workers never send the same one; only a worker that dies between the server's answer and our note of it sends a
letter again, some minutes later, under the same Message-ID. Nothing is sent inside a transaction.
"""

import hashlib
import logging
import smtplib
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from threading import Event
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from contacts.models import Access, Alert, Letter
from contacts.rules.alerts import KINDS, wanted, wants_digest
from contacts.rules.roles import Role
from contacts.services import mail_texts

logger = logging.getLogger(__name__)

AT_ONCE = 200
# Longer than a server may take to answer (settings.MAILERS), so nobody else sends what is under way.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=6)
# Within so long of a mail the same person gets no other one of a kind that gathers.
GATHERED = timedelta(hours=6)
#: The last attempt is made after about three days.
ATTEMPTS = 20
#: The server answered, and what it refused is this letter alone. Everything else concerns the way to the server.
ABOUT_ONE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError)


def waiting() -> bool:
    """Whether the post has anything to do: two looks at indexes that are empty on a quiet day."""
    return Alert.objects.filter(mailed_at=None).exists() or due().exists()


def due() -> QuerySet[Letter]:
    """Letters whose next attempt has come; one further off than any wait was put there by a clock set back since."""
    now = timezone.now()
    return Letter.objects.filter(Q(due_at__lte=now) | Q(due_at__gt=now + 2 * LONGEST_WAIT))


def make_out() -> None:
    """A letter for each person who wants to know of a new alert. One that is over by now is told to nobody."""
    for alert in Alert.objects.filter(mailed_at=None).order_by("pk")[:AT_ONCE]:
        with transaction.atomic():
            new = Alert.objects.filter(pk=alert.pk, mailed_at=None)
            if new.update(mailed_at=timezone.now()) and alert.closed_at is None:
                Letter.objects.bulk_create(_made_out(alert))


def _made_out(alert: Alert) -> Iterator[Letter]:
    now, told = timezone.now(), _told_lately(alert)
    for access in Access.objects.current().filter(account=alert.account_id):
        if _wants(access, alert):
            last = told.get(access.user_id)
            due_at = last + GATHERED if last else now
            yield Letter(account_id=alert.account_id, user_id=access.user_id, alert=alert, due_at=due_at)


def _told_lately(alert: Alert) -> dict[int, datetime]:
    """Person to their last mail of a kind that gathers, when what comes now has to wait for the next one."""
    if not KINDS[alert.kind].gathers:
        return {}
    sent = Letter.objects.filter(
        account=alert.account_id, alert__kind=alert.kind, sent_at__gt=timezone.now() - GATHERED
    )
    return dict(sent.values_list("user").annotate(last=Max("sent_at")))


def send_due(*, stop: Event, seconds: float) -> None:
    """Send what is due, what one person gets of one kind in one mail, for ``seconds`` at most.

    A server that cannot be reached is left alone for a while, with all that waits for it.
    """
    ends = time.monotonic() + seconds
    letters = due().select_related("alert", "account", "user").order_by("due_at", "pk")[:AT_ONCE]
    for group in _bundles(letters):
        if stop.is_set() or time.monotonic() > ends:
            return
        if not _send(group):
            due().update(due_at=timezone.now() + FIRST_WAIT)
            return


def _bundles(letters: Iterable[Letter]) -> list[list[Letter]]:
    """Letters that go out as one mail: one person's of one account and one kind."""
    bundles: dict[tuple[object, ...], list[Letter]] = {}
    for letter in letters:
        about = letter.alert.kind if letter.alert else letter.week
        bundles.setdefault((letter.user_id, letter.account_id, about), []).append(letter)
    return list(bundles.values())


def _send(bundle: Sequence[Letter]) -> bool:
    """One mail, if anybody still wants it and nobody else is sending it; False when there is no way to the server."""
    ours = [letter for letter in bundle if _claimed(letter)]
    first = bundle[0]
    access = Access.objects.current().filter(user=first.user_id, account=first.account_id).first()
    told = [letter for letter in ours if access and _still_wanted(letter, access)]
    _mark([letter for letter in ours if letter not in told], due_at=None)
    if not told:
        return True
    subject, text = mail_texts.of(told)
    mail = EmailMessage(subject, text, to=[first.user.email], headers=_headers(told))
    try:
        mailers.default.send_messages([mail])
    except (OSError, ValueError) as problem:
        _mark(told, trouble=type(problem).__name__[:100])
        logger.warning("A mail was not sent (%s): letters %s.", type(problem).__name__, _names(told))
        return isinstance(problem, ABOUT_ONE)
    _mark(told, due_at=None, sent_at=timezone.now(), trouble="")
    return True


def _claimed(letter: Letter) -> bool:
    """Whether this attempt is ours: the next one is put off before this one begins, so each is made once."""
    wait = min(FIRST_WAIT * 2 ** min(letter.attempts, 10), LONGEST_WAIT)
    again = timezone.now() + wait if letter.attempts + 1 < ATTEMPTS else None
    mine = Letter.objects.filter(pk=letter.pk, due_at=letter.due_at, attempts=letter.attempts)
    return bool(mine.update(due_at=again, attempts=F("attempts") + 1))


def _still_wanted(letter: Letter, access: Access) -> bool:
    """Roles, choices and alerts change between the making out and the sending."""
    if letter.alert is None:
        return wants_digest(Role(access.role), access.digest)
    return letter.alert.closed_at is None and _wants(access, letter.alert)


def _wants(access: Access, alert: Alert) -> bool:
    """Whether somebody gets this alert by e-mail; nobody is told that they asked for an approval."""
    own_question = alert.kind == Alert.Kind.APPROVAL and alert.detail.get("asked_by") == access.user_id
    return not own_question and alert.kind in wanted(Role(access.role), access.mail)


def _mark(letters: Sequence[Letter], **columns: object) -> None:
    Letter.objects.filter(pk__in=[letter.pk for letter in letters]).update(**columns)


def _headers(letters: Sequence[Letter]) -> dict[str, str]:
    """The same letters have the same id each time, so that a mailbox can tell a repetition."""
    site = urlsplit(settings.BASE_URL).hostname
    mark = hashlib.sha256(f"{settings.SECRET_KEY}:{_names(letters)}".encode()).hexdigest()[:32]
    return {"Message-ID": f"<{mark}@{site}>", "Auto-Submitted": "auto-generated"}


def _names(letters: Sequence[Letter]) -> str:
    return ", ".join(str(letter.pk) for letter in letters)

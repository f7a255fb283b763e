"""Read everybody a job is about, by as few calls as it takes: pages first, the few that no page showed by themselves.

The place reached is the job's cursor, "walk/number/cursor", and who was read is marked on their item, so any step may
die. A walk that finds everybody ends early; one that shows too few is followed by a wider one.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from contacts import mirror
from contacts.api.client import Client
from contacts.api.errors import NotFound, Rejected, Unreadable
from contacts.api.pages import Page
from contacts.models import Activity, Contact, ContactList, Job, JobItem, Write
from contacts.rules.plan import PER_PAGE
from contacts.services.jobs import newcomers, runs
from contacts.services.jobs.planning import pool
from contacts.services.jobs.runs import Order

#: Opt-outs and changes are asked for from a little earlier, so that a tie at the border is no gap (faults D3).
OVERLAP = timedelta(minutes=2)
MOST_PAGES = 200
SHOWN = "active,unsubscribed,pending_confirmation,temp_hold,not_set"


def look(job: Job, client: Client) -> bool:
    """One call of the reading before anything is sent. True once everybody who is to be changed has been read."""
    left = unread(job, _to_send(job))
    return _step(job, client, left, walks=("narrow", "all"))


def read_again(job: Job, client: Client) -> bool:
    """One call of the reading after the activities have ended. True once everybody they were about has been read."""
    left = unread(job, job.items.filter(write__state__in=Write.OPEN))
    return _step(job, client, left, walks=("changed", "all"))


def newer(job: Job, client: Client, *, changes: bool = True) -> None:
    """What happened since everybody was read: their copies say so afterwards. A call or two, more when it is much.

    Opt-outs, which do not move a contact's date, always. For an edit every other change too, unless ``changes`` says
    that they were asked for just now. Adding somebody to a list who was deleted meanwhile would bring them back
    (faults W6), and nobody knows whether a deletion moves the date (CC reference, section 20, question 12): so their
    number is asked for as well.
    """
    since = (job.look_since or timezone.now()) - OVERLAP
    seen_at = _all(job, client, optout_after=since)
    if changes and job.kind != Job.Kind.REACTIVATE:
        _all(job, client, updated_after=since)
    if job.kind in (Job.Kind.ADD_LISTS, Job.Kind.IMPORT) and _more_deleted(job, client):
        _all(job, client, status="deleted")
    runs.save(job, **({"look_since": seen_at} if changes else {}))


def _more_deleted(job: Job, client: Client) -> bool:
    """Whether another number of contacts is deleted than our copy holds; also when Constant Contact does not say."""
    held = Contact.objects.ghosts().filter(account=job.account, missing_since=None)
    return client.contacts_page(status="deleted", limit=1, count=True).count != held.count()


def _all(
    job: Job,
    client: Client,
    *,
    status: str = "all",
    optout_after: datetime | None = None,
    updated_after: datetime | None = None,
) -> datetime:
    """Every page of these; Constant Contact's clock at the first."""
    cursor, began = None, None
    for _ in range(MOST_PAGES):
        fetched_at = timezone.now()
        page = client.contacts_page(
            cursor=cursor, status=status, optout_after=optout_after, updated_after=updated_after
        )
        began = began or page.server_time or fetched_at
        _store(job, page, fetched_at)
        cursor = page.cursor
        if cursor is None:
            return began
    raise Unreadable("pages that do not end")


def _to_send(job: Job) -> QuerySet[JobItem]:
    left = job.items.filter(write=None, reason="")
    return left.filter(trial=True) if job.order == Order.TRY else left


def unread(job: Job, items: QuerySet[JobItem]) -> QuerySet[JobItem]:
    """Those of the items that were not read since the present reading began."""
    return items.filter(Q(read_at=None) | Q(read_at__lt=job.look_at))


def _step(job: Job, client: Client, left: QuerySet[JobItem], *, walks: tuple[str, ...]) -> bool:
    name, number, cursor = place(job, walks[0])
    number_left = left.count()
    if not number_left:
        return True
    if name == "one" or (not cursor and not number and number_left <= pages(job, name)):
        one(job, client, left)
        return False
    reached = page(job, client, name, cursor)
    # More pages than contacts can fill lead round in a circle.
    if reached is not None and number < 2 * pages(job, "all") + 20:
        runs.save(job, cursor=f"{name}/{number + 1}/{reached}")
    else:
        wider = [*walks, "one"]
        runs.save(job, cursor=f"{wider[wider.index(name) + 1]}/0/")
    return False


def place(job: Job, first: str) -> tuple[str, int, str]:
    """Walk, number of pages and cursor that a job has reached; the ``first`` walk when it has not begun."""
    if not job.cursor:
        return first, 0, ""
    name, number, cursor = job.cursor.split("/", 2)
    return name, int(number), cursor


def page(job: Job, client: Client, name: str, cursor: str) -> str | None:
    """Store the next page; the cursor to go on with, None at the end.

    "" begins the walk again: Constant Contact no longer took our place.
    """
    fetched_at = timezone.now()
    try:
        found = client.contacts_page(cursor=cursor or None, **_WALKS[name](job))
    except (Rejected, NotFound):
        if not cursor:
            raise
        return ""
    _store(job, found, fetched_at)
    return found.cursor


def one(job: Job, client: Client, left: QuerySet[JobItem]) -> None:
    """Read the next of these by its id."""
    item = left.select_related("contact").order_by("pk").first()
    if item is None:
        return
    fetched_at = timezone.now()
    try:
        remote = client.get_contact(str(item.person.remote_id))
    except NotFound:
        seen_at = client.server_time or timezone.now()
        mirror.mark_missing(job.account, [item.person.pk], seen_at=seen_at, since=job.account.watermark)
        _mark(job, [item.person.pk], fetched_at)
    else:
        keep(job, [remote], fetched_at, client.server_time)


def _store(job: Job, page: Page, fetched_at: datetime) -> None:
    keep(job, page.items, fetched_at, page.server_time)


@transaction.atomic
def keep(job: Job, remotes: Iterable[Any], fetched_at: datetime, server_time: datetime | None) -> None:
    """Our copy follows, and those of the job are marked as read."""
    seen_at = server_time or timezone.now()
    since = job.account.watermark
    stored = mirror.store_page(job.account, remotes, fetched_at=fetched_at, seen_at=seen_at, since=since)
    if job.kind == Job.Kind.IMPORT:
        newcomers.link(job, stored.pks)
    _mark(job, stored.pks, fetched_at)
    runs.save(job, **({"look_since": seen_at} if job.look_since is None else {}))


def _mark(job: Job, contacts: Iterable[int], at: datetime) -> None:
    JobItem.objects.filter(job=job, contact__in=list(contacts)).update(read_at=at)


def pages(job: Job, name: str) -> int:
    """How many pages a walk has, about."""
    if name == "members":
        on_it = ContactList.objects.filter(account=job.account, remote_id__in=job.lists[:1]).values_list(
            "member_count", flat=True
        )
        return ceil((sum(on_it) + runs.in_flight(job).count()) / PER_PAGE) + 1
    if name in ("changed", "new members"):
        return ceil(runs.in_flight(job).count() / PER_PAGE) + 1
    held = Contact.objects.filter(account=job.account, missing_since=None).count() if name == "all" else pool(job)
    return ceil(held / PER_PAGE)


def _changed_since(job: Job) -> datetime | None:
    waiting = Activity.objects.filter(job=job, writes__state__in=Write.OPEN)
    first = waiting.order_by("sent_at").first()
    return first.sent_since - OVERLAP if first and first.sent_since else None


_WALKS: dict[str, Callable[[Job], dict[str, Any]]] = {
    "narrow": lambda job: {"status": "deleted" if job.kind == Job.Kind.REACTIVATE else SHOWN},
    "all": lambda job: {"status": "all"},
    "changed": lambda job: {"status": "all", "updated_after": _changed_since(job)},
    "deleted": lambda job: {"status": "deleted"},
    "new members": lambda job: {"status": "all", "updated_after": _changed_since(job), "lists": job.lists[:1]},
    "members": lambda job: {"status": "all", "lists": job.lists[:1]},
}

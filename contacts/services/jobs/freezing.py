"""Write down who is meant, now and for good: a moving query would change under the hands of whoever decides."""

import uuid
from collections.abc import Iterable
from itertools import batched
from typing import NoReturn, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from contacts.models import Contact, ContactList, Job, JobItem, LinkedAccount, User
from contacts.rules.refusal import Refused
from contacts.services.jobs.planning import AT_ONCE, Kind, plan
from contacts.services.jobs.rights import need_right

MOST_PEOPLE = 50_000


class Wish(TypedDict, total=False):
    """What is wished for them: list and tag ids, the evidence, and the job that this one takes back or repeats."""

    lists: Iterable[str]
    tags: Iterable[str]
    basis: str
    note: str
    undoes: Job | None
    retries: Job | None


def freeze(
    account: LinkedAccount,
    kind: Job.Kind,
    *,
    by: User,
    contacts: QuerySet[Contact] | Iterable[int],
    chosen: str,
    token: uuid.UUID,
    **wish: Unpack[Wish],
) -> Job:
    """A job about these people, planned at once. The same ``token`` finds the job it made before.

    ``contacts`` are rows of this account or their keys; ``chosen`` says in words which. Raises Refused for nobody,
    for more than 50,000 people, and for a person who may not.
    """
    need_right(account, kind, by=by, undoes=wish.get("undoes"))
    found = earlier(account, kind, by=by, token=token)
    if found:
        return found
    keys = _keys(account, contacts)
    job = Job(token=token, account=account, kind=kind, by=by, chosen=chosen[:200])
    job.lists, job.tags = (sorted(set(map(str, wish.get(name, ())))) for name in ("lists", "tags"))  # type: ignore[call-overload]
    job.basis, job.note = wish.get("basis", ""), wish.get("note", "")[:500]
    job.undoes, job.retries = wish.get("undoes"), wish.get("retries")
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            for some in batched(keys, AT_ONCE):
                JobItem.objects.bulk_create(JobItem(job=job, contact_id=key) for key in some)
            plan(job)
    except IntegrityError:
        # The second click of two at the same moment.
        return earlier(account, kind, by=by, token=token) or used()
    return job


def freeze_list_deletion(the_list: ContactList, *, by: User, token: uuid.UUID) -> Job:
    """Plan to delete a list itself: nobody is changed one by one, and the list's history stays here."""
    need_right(the_list.account, Kind.DELETE_LIST, by=by)
    found = earlier(the_list.account, Kind.DELETE_LIST, by=by, token=token)
    if found:
        return found
    if the_list.gone_at is not None:
        raise Refused("This list has been deleted already. Its history is kept here.")
    job = Job(
        token=token,
        account=the_list.account,
        kind=Kind.DELETE_LIST,
        by=by,
        chosen=f"The list {the_list.name}"[:200],
        lists=[str(the_list.remote_id)],
        way=Job.Way.ACTIVITY,
        people=the_list.memberships.filter(ended_at=None).count(),
        cost={"activity": 4},
        plan_of=the_list.account.synced_at,
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        # As in freeze: the second click of two, or a form that was used for something else.
        return earlier(the_list.account, Kind.DELETE_LIST, by=by, token=token) or used()
    return job


def earlier(account: LinkedAccount, kind: Job.Kind, *, by: User, token: uuid.UUID) -> Job | None:
    """The job that this form made before."""
    return Job.objects.filter(token=token, account=account, kind=kind, by=by).first()


def used() -> NoReturn:
    """Refuse a form that made something else before."""
    raise Refused("This form was used for another job already. Load the page again. Nothing was planned.")


def _keys(account: LinkedAccount, contacts: QuerySet[Contact] | Iterable[int]) -> list[int]:
    if isinstance(contacts, QuerySet):
        rows = contacts.filter(account=account)
    else:
        rows = Contact.objects.filter(account=account, pk__in=list(contacts)[: MOST_PEOPLE + 1])
    keys = sorted(set(rows.order_by().values_list("pk", flat=True)[: MOST_PEOPLE + 1]))
    if not keys:
        raise Refused("Nobody is selected. Tick the people you mean, or choose all that match.")
    if len(keys) > MOST_PEOPLE:
        raise Refused(
            f"That is more than {MOST_PEOPLE:,} people, the most one job takes. Nothing was planned. "
            "Narrow the selection, for example by list or by date, and make several jobs."
        )
    return keys

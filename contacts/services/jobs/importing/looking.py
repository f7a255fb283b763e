"""What an import reads: first, who was deleted meanwhile; afterwards, everybody it sent."""

from itertools import batched

from django.utils import timezone

from contacts.api.client import Client
from contacts.models import Job, JobItem, Write
from contacts.services.jobs import reading, runs

#: The members of one of the lists that changed since, then all its members, then all contacts.
WALKS = ("new members", "members", "all")
#: So many that no page showed are asked for by their address, one by one; of more the whole walk is the proof.
FEW = 200
AT_ONCE = 5_000


def look(job: Job, client: Client) -> bool:
    """One call of the look before the first portion: the deleted contacts by pages. True once all were shown.

    Nobody knows whether a deletion moves a contact's date (CC reference, section 20, question 12), and one row sent
    for somebody who was deleted meanwhile would bring them back. What else changed is asked for by each wave.
    """
    name, number, cursor = reading.place(job, "deleted")
    reached = reading.page(job, client, name, cursor)
    if reached is None or number >= 2 * reading.pages(job, "all") + 20:
        return True
    runs.save(job, cursor=f"{name}/{number + 1}/{reached}")
    return False


def read_again(job: Job, client: Client) -> bool:
    """One call of the reading after the activities have ended. True once everybody they were about has been read.

    Whoever is not there at all has been read once every walk is through, or their address was asked for.
    """
    left = reading.unread(job, job.items.filter(write__state__in=Write.OPEN))
    number_left = left.count()
    if not number_left:
        return True
    name, number, cursor = reading.place(job, WALKS[0])
    if name == "one" or (not cursor and not number and number_left <= min(FEW, reading.pages(job, name))):
        _one(job, client, left.select_related("contact", "row", "write").order_by("pk")[:1].get())
        return False
    reached = reading.page(job, client, name, cursor)
    if reached is not None and number < 2 * reading.pages(job, "all") + 20:
        runs.save(job, cursor=f"{name}/{number + 1}/{reached}")
    elif name != WALKS[-1]:
        runs.save(job, cursor=f"{WALKS[WALKS.index(name) + 1]}/0/")
    else:
        _all_seen(job)
    return False


def _all_seen(job: Job) -> None:
    """Every contact was shown: who is still not read is not there, unless they are few enough to be asked for."""
    left = reading.unread(job, job.items.filter(write__state__in=Write.OPEN))
    keys = list(left.filter(contact=None).values_list("pk", flat=True)) if left.count() > FEW else []
    # By their keys: an update that joins is planned as a loop within a loop where PostgreSQL has old statistics.
    for some in batched(keys, AT_ONCE):
        JobItem.objects.filter(pk__in=some).update(read_at=timezone.now())
    runs.save(job, cursor="one/0/")


def _one(job: Job, client: Client, item: JobItem) -> None:
    """Ask for one person: by id when we know it, else by the address."""
    if item.contact_id is not None:
        reading.one(job, client, job.items.filter(pk=item.pk))
        return
    asked_at = timezone.now()
    address = item.row.address_key if item.row else item.write.address_key if item.write else ""
    found = client.find_contacts(address) if address else []
    if found:
        reading.keep(job, found, asked_at, client.server_time)
    # Also when they are there and are somebody else's row: the address was looked at.
    runs.save(job)
    JobItem.objects.filter(pk=item.pk).update(read_at=asked_at)

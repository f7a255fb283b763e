"""Forgetting: one person on their request, or an account's whole copy when it is unlinked for good.

The history stays; it is no copy.
"""

from itertools import batched

from django.db import transaction

from contacts.models import (
    Contact,
    ContactFile,
    ContactList,
    Crossing,
    CustomField,
    DayCount,
    DeletedMonth,
    FileRow,
    LinkedAccount,
    ListChange,
    LookBack,
    ReactivatedMonth,
    Reckoned,
    RemoteExport,
    SeenActivity,
    Spike,
    SyncRun,
    Tag,
    Write,
    Xref,
    XrefKind,
)

AT_ONCE = 2_000
#: The numbers of the reports go too: what they were counted from cannot be looked at any more. Who reactivated how
#: many stands in the history, from which it is counted anew should the account be linked again.
OF_ACCOUNT = (
    *(ListChange, ContactList, Tag, CustomField, SyncRun, Spike, SeenActivity),
    *(Crossing, Xref, RemoteExport),
    *(DayCount, LookBack, DeletedMonth, ReactivatedMonth, Reckoned),
)


@transaction.atomic
def forget(contact: Contact) -> dict[str, int]:
    """Delete one contact's row with everything that hangs on it. Returns kinds of rows to how many of them went.

    The account's row must be held, so that nobody counts meanwhile. The lists count again with the next sync.
    """
    counts = dict(LinkedAccount.objects.values_list("counts", flat=True).get(pk=contact.account_id))
    if contact.missing_since is None and counts.get(contact.status):
        counts[contact.status] -= 1
        LinkedAccount.objects.filter(pk=contact.account_id).update(counts=counts)
    _forget_v2_ids(contact)
    _, gone = contact.delete()
    return {name.partition(".")[2].lower(): number for name, number in gone.items() if number}


def _forget_v2_ids(contact: Contact) -> None:
    """The pairs that lead to them, and their numbers in what was asked."""
    led = Xref.objects.filter(account=contact.account_id, kind=XrefKind.CONTACT, remote_id=contact.remote_id)
    numbers = set(led.values_list("sequence_id", flat=True))
    led.delete()
    if not numbers:
        return
    for each in Crossing.objects.filter(account=contact.account_id, kind=XrefKind.CONTACT):
        left = [number for number in each.sequence_ids if number not in numbers]
        each.known -= len(each.sequence_ids) - len(left)
        each.sequence_ids = left
        each.save(update_fields=["sequence_ids", "known"])


def erase(account: LinkedAccount) -> int:
    """Delete everything mirrored of this account. Returns how many contacts that were.

    Contacts go in portions of 2,000, each a transaction: a large account does not lock the database for minutes,
    and an erasure that was interrupted goes on where it stopped.
    """
    keys = list(Contact.objects.filter(account=account).values_list("pk", flat=True))
    for some in batched(keys, AT_ONCE):
        with transaction.atomic():
            Contact.objects.filter(pk__in=some).delete()
    rows = FileRow.objects.filter(file__account=account).order_by("pk").values_list("pk", flat=True)
    while portion := list(rows[:AT_ONCE]):
        with transaction.atomic():
            FileRow.objects.filter(pk__in=portion).delete()
    with transaction.atomic():
        ContactFile.objects.filter(account=account).delete()
        Write.objects.filter(account=account, contact=None).delete()
        for model in OF_ACCOUNT:
            model.objects.filter(account=account).delete()
        LinkedAccount.objects.filter(pk=account.pk).update(
            counts={}, watermark=None, swept_at=None, synced_at=None, known_since=None
        )
    return len(keys)

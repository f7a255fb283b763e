"""People of an import who were not there when it was planned: found in our copy as soon as a reading shows them."""

from collections.abc import Iterable

from contacts.models import Contact, Job, JobItem, Write
from contacts.models.each import set_each


def link(job: Job, contacts: Iterable[int]) -> None:
    """Give the rows of this job whose address these contacts have their contact, in the caller's transaction.

    A contact that is in the job already, or that somebody else changes just now, keeps to that: its row is judged by
    the address all the same.
    """
    found = dict(Contact.objects.filter(pk__in=[pk for pk in contacts if pk > 0]).values_list("address_key", "pk"))
    found.pop("", None)
    rows = job.items.filter(contact=None, row__file=job.file_id, row__address_key__in=found)
    new = {
        item: (found[address], write)
        for item, address, write in rows.filter(write__state__in=Write.OPEN).values_list(
            "pk", "row__address_key", "write"
        )
    }
    if not new:
        return
    keys = [contact for contact, _ in new.values()]
    here = set(JobItem.objects.filter(job=job, contact__in=keys).values_list("contact", flat=True))
    busy = set(Write.objects.filter(contact__in=keys, state__in=Write.OPEN).values_list("contact", flat=True))
    set_each(JobItem, "contact", {item: contact for item, (contact, _) in new.items() if contact not in here})
    set_each(Write, "contact", {write: contact for contact, write in new.values() if contact not in busy})

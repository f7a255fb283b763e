"""Every page and fragment that shows what Constant Contact sent, as one list to walk through."""

from django.urls import reverse

from contacts.models import AuditEntry, Contact, ContactList, Job, Spike, Write

OF_ACCOUNT = (
    "home",
    "check",
    "contact_list",
    "deleted_list",
    "outside_list",
    "list_list",
    "list_new",
    "job_list",
    "audit_list",
    "sync_status",
    "sync_progress",
    "request_list",
    "account_settings",
    "account_linked",
    "account_unlink",
    "alert_list",
    "people_list",
    "people_invite",
)
OF_CONTACT = ("contact_detail", "contact_lists", "contact_history", "contact_raw", "contact_reactivate")
OF_LIST = ("list_detail", "list_edit")
DELETED_TABS = ("spikes", "refused", "unknown", "opted_out")
VERDICTS = ("done", "failed", "refused", "left")
OF_JOB = ("job_detail", "job_people", "job_progress")
OF_SITE = ("account_list", "account_link", "welcome")


def addresses(account):
    """Each address once, for every contact, change and entry of the account."""
    own = {"account": account.slug}
    yield from (reverse(name) for name in OF_SITE)
    yield from (reverse(name, kwargs=own) for name in OF_ACCOUNT)
    yield reverse("contact_list", kwargs=own, query={"status": "deleted"})
    yield from (reverse("deleted_list", kwargs=own, query={"tab": tab}) for tab in DELETED_TABS)
    for spike in Spike.objects.filter(account=account):
        yield reverse("deleted_spike", kwargs={**own, "pk": spike.pk})
    for contact in Contact.objects.filter(account=account):
        yield from (reverse(name, kwargs={**own, "remote_id": contact.remote_id}) for name in OF_CONTACT)
        yield reverse("check", kwargs=own, query={"q": str(contact.remote_id)})
    for write in Write.objects.filter(account=account):
        yield reverse("write_detail", kwargs={**own, "token": write.token})
    for each in ContactList.objects.filter(account=account):
        here = {**own, "list_id": each.remote_id}
        yield from (reverse(name, kwargs=here) for name in OF_LIST)
        yield from (reverse("list_detail", kwargs=here, query={"tab": tab}) for tab in ("former", "cannot", "notes"))
    yield reverse("job_plan", kwargs={**own, "kind": "add_lists"})
    for job in Job.objects.filter(account=account):
        here = {**own, "pk": job.pk}
        yield from (reverse(name, kwargs=here) for name in OF_JOB)
        yield from (reverse("job_people", kwargs=here, query={"verdict": each}) for each in VERDICTS)
    for entry in AuditEntry.objects.filter(account=account):
        yield reverse("audit_detail", kwargs={**own, "pk": entry.pk})


def forms(account):
    """What is answered to a post that changes nothing: the address, and what it sends, of every contact."""
    own = {"account": account.slug}
    asked = [str(contact.remote_id) for contact in Contact.objects.filter(account=account)]
    asked += [contact.address for contact in Contact.objects.filter(account=account).exclude(address="")]
    for each in asked:
        yield reverse("check", kwargs=own), {"q": each}
        yield reverse("check_live", kwargs=own), {"q": each}
        yield reverse("check_live", kwargs=own), {"q": each, "as": "row"}
    for contact in Contact.objects.filter(account=account):
        yield reverse("contact_lists", kwargs={**own, "remote_id": contact.remote_id}), {"note": "e", "narrow": "e"}
    yield reverse("check", kwargs=own), {"q": "\n".join(asked)}
    yield reverse("contact_list", kwargs=own), {"text": "e"}
    yield reverse("deleted_list", kwargs=own), {"text": "e"}

"""Every page and fragment that shows what Constant Contact sent, as one list to walk through."""

from collections import Counter

from django.urls import reverse

from contacts.models import (
    Access,
    AuditEntry,
    Contact,
    ContactFile,
    ContactList,
    Crossing,
    Erasure,
    Job,
    Reversal,
    SavedView,
    Seed,
    Spike,
    Tag,
    Write,
)

OF_ACCOUNT = (
    "home",
    "check",
    "check_file",
    "contact_list",
    "contact_new",
    "contact_sign_up",
    "deleted_list",
    "outside_list",
    "list_list",
    "list_new",
    "job_list",
    "audit_list",
    "report_home",
    "sync_status",
    "v2_list",
    "seed_new",
    "sync_progress",
    "request_list",
    "account_settings",
    "account_linked",
    "account_unlink",
    "alert_list",
    "people_list",
    "people_invite",
    "outside_list",
    "audit_export",
    "contact_export",
    "remote_export_list",
    "remote_export_progress",
    "audit_verify",
    "audit_verify_progress",
    "audit_checkpoints",
    "erasure_list",
)
OF_CONTACT = (
    *("contact_detail", "contact_lists", "contact_history", "contact_raw", "contact_reactivate"),
    *(
        "contact_history_export",
        "contact_privacy",
        "contact_erase",
        "contact_unsubscribe",
        "contact_delete",
        "contact_resubscribe",
    ),
)
OF_LIST = ("list_detail", "list_edit")
DELETED_TABS = ("spikes", "refused", "unknown", "opted_out")
VERDICTS = ("done", "failed", "refused", "left")
OF_JOB = ("job_detail", "job_people", "job_progress")
OF_FILE = ("check_file_detail", "check_file_progress", "file_import")
OF_SITE = ("account_list", "account_link", "welcome")
# Files: one is about many people, and one is the same for everybody.
FILES = {"check_file_download", "job_report", "report_csv", "audit_verifier", "v2_pairs"}


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
    for crossing in Crossing.objects.filter(account=account):
        here = {**own, "pk": crossing.pk}
        yield from (reverse(name, kwargs=here) for name in ("v2_detail", "v2_progress"))
    for seed in Seed.objects.filter(account=account):
        here = {**own, "pk": seed.pk}
        yield from (reverse(name, kwargs=here) for name in ("seed_detail", "seed_progress"))
    for file in ContactFile.objects.filter(account=account, purpose=ContactFile.Purpose.CHECK):
        here = {**own, "pk": file.pk}
        yield from (reverse(name, kwargs=here) for name in OF_FILE)
        yield reverse("check_file_detail", kwargs=here, query={"verdict": "new"})
    yield from of_history(account)
    yield from of_settings(account)


def of_history(account):
    """Three entries of each kind, each view, and the filters that name something, also as what is to be exported."""
    own, kinds = {"account": account.slug}, Counter()
    for entry in AuditEntry.objects.filter(account=account).order_by("-pk"):
        kind = (entry.action, entry.outcome)
        kinds[kind] += 1
        if kinds[kind] > 3:
            continue
        yield reverse("audit_detail", kwargs={**own, "pk": entry.pk})
        if entry.outcome == AuditEntry.Outcome.SEEN:
            yield reverse("audit_people", kwargs={**own, "pk": entry.pk})
    for text in filters(account):
        yield from (reverse(name, kwargs=own, query={"q": text}) for name in ("audit_list", "audit_export"))
    for view in SavedView.objects.filter(account=account):
        yield reverse("audit_view", kwargs={**own, "view": view.pk})
    yield from (reverse("outside_list", kwargs=own, query={"kind": kind}) for kind in Reversal.Kind)


def filters(account):
    """One for each thing that a filter can name, in its canonical form."""
    for key, kind in (("list", ContactList), ("tag", Tag), ("contact", Contact)):
        yield from (f"{key}:{row.remote_id}" for row in kind.objects.filter(account=account)[:3])
    yield from (f"actor:{row.user_id}" for row in Access.objects.filter(account=account))
    yield from (f"job:{row.pk}" for row in Job.objects.filter(account=account)[:3])
    yield from ("fold:none", "outcome:seen", "sure:unknown", "evidence:no")


def of_settings(account):
    """Each colleague, each request of erasure, and the alerts that are over."""
    own = {"account": account.slug}
    for name, kind in (("people_detail", Access), ("erasure_detail", Erasure)):
        yield from (reverse(name, kwargs={**own, "pk": row.pk}) for row in kind.objects.filter(account=account))
    yield reverse("alert_list", kwargs=own, query={"show": "past"})


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
    for name in ("audit_list", "audit_export"):
        yield reverse(name, kwargs=own), {"q": " ".join(asked)[:900]}

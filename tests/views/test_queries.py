"""What each page of an account costs: the same queries whatever there is, and six at most where P6 asks it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts import mirror
from contacts.models import Alert, Contact, ContactList, FileRow, LinkedAccount, Seed, Spike, SyncRun
from contacts.models.cells import packed
from tests.deleted_rig import TUESDAY, Place
from tests.rows import just_signed_in, make_file

pytestmark = pytest.mark.django_db
NAMES = {"Summer 2019": {"rows": 3, "list": None}}

# The page, its query, and the most queries it may take: the session, the person with their accounts and what the
# frame shows are three of them. The history's own pages are counted where it is tested.
PAGES = {
    "home": ("home", {}, 6),
    "check": ("check", {}, 3),
    "check of a contact": ("check", {"q": "deleted"}, 6),
    "unsubscribe a contact": ("contact_unsubscribe", {"contact": "active"}, 10),
    "delete a contact": ("contact_delete", {"contact": "active"}, 10),
    "old exports": ("seed_new", {}, 4),
    "an old export": ("seed_detail", {}, 7),
    "an old export on its way": ("seed_progress", {}, 7),
    "check a file": ("check_file", {}, 4),
    "a file": ("check_file_detail", {}, 9),
    "a file, one verdict": ("check_file_detail", {"verdict": "new"}, 9),
    "the import of a file": ("file_import", {}, 5),
    "a file on its way": ("check_file_progress", {"file": "coming"}, 4),
    "a file that has just come": ("check_file_progress", {}, 9),
    "contacts": ("contact_list", {}, 5),
    "contacts of a status": ("contact_list", {"status": "active"}, 5),
    "contacts of a list": ("contact_list", {"list": "list"}, 6),
    "contacts changed lately": ("contact_list", {"changed": "30"}, 6),
    "contacts, all filters": ("contact_list", {"status": "active", "list": "list", "changed": "30"}, 6),
    "contacts, last changed first": ("contact_list", {"status": "active", "sort": "-changed"}, 6),
    "a later page of contacts": ("contact_list", {"after": "active"}, 5),
    "an earlier page of contacts": ("contact_list", {"before": "last"}, 5),
    "exports of Constant Contact": ("remote_export_list", {}, 7),
    "export of contacts": ("contact_export", {}, 4),
    "export of a list": ("contact_export", {"source": "list", "list": "list", "tab": "former"}, 6),
    "a new contact": ("contact_new", {}, 4),
    "a sign-up": ("contact_sign_up", {}, 4),
    "deleted contacts": ("deleted_list", {}, 6),
    "deleted contacts by address": ("deleted_list", {"sort": "address"}, 6),
    "deleted contacts of a kind": ("deleted_list", {"kind": "known"}, 6),
    "deleted contacts in a window": ("deleted_list", {"from": "2026-11-17T00:00", "to": "2026-11-18T00:00"}, 6),
    "deleted contacts, a tab": ("deleted_list", {"tab": "opted_out"}, 6),
    "deleted contacts refused": ("deleted_list", {"tab": "refused"}, 6),
    "spikes": ("deleted_list", {"tab": "spikes"}, 6),
    "lists": ("list_list", {}, 6),
    "a list": ("list_detail", {"list": "list"}, 6),
    "former members": ("list_detail", {"list": "list", "tab": "former"}, 6),
    "former members of a kind": ("list_detail", {"list": "list", "tab": "former", "kind": "deleted"}, 6),
    "who cannot be mailed": ("list_detail", {"list": "list", "tab": "cannot"}, 6),
    "reports": ("report_home", {}, 4),
    "reports of everything": ("report_home", {"days": "all", "lists": "all", "on": "2026-06-15"}, 4),
    "a contact": ("contact_detail", {"contact": "active"}, 6),
    "a deleted contact": ("contact_detail", {"contact": "deleted"}, 6),
}


class Full(Place):
    """An account with something of everything that a page shows."""

    def __init__(self, client):
        super().__init__(client)
        self.sign_in("admin")
        just_signed_in(self.client)
        self.file, self.coming = make_file(self.account), make_file(self.account, state="judging")
        self.seed = Seed.objects.create(
            account=self.account, file=make_file(self.account, purpose="seed"), state="looked", names=NAMES
        )
        self.grow(3)
        SyncRun.objects.create(account=self.account, kind="full", state="done")
        Alert.objects.create(account=self.account, kind=Alert.Kind.SPIKE, key="spike")
        # SQLite is asked once in a process whether it knows JSON.
        self.client.get(reverse("home", args=[self.account.slug]))

    def grow(self, number):
        """So many active contacts more, so many deleted, all counted as after a sync."""
        self.store(number)
        self.delete(self.store(number, name="gone"))
        self.store(number, email_address={"permission_to_send": "unsubscribed"})
        last = FileRow.objects.filter(file=self.file).count() + 1
        FileRow.objects.bulk_create(
            FileRow(file=self.file, number=last + each, verdict="new", cells=packed(["a@example.org"]))
            for each in range(1, number + 1)
        )
        mirror.count_lists(self.account)
        Contact.objects.filter(deleted_on__isnull=False).update(asked_at=TUESDAY.replace(year=2100))
        counts = {status: Contact.objects.filter(status=status).count() for status in ("active", "deleted")}
        LinkedAccount.objects.update(counts=counts)

    def address(self, page, query):
        rows = Contact.objects.order_by("address_key", "id")
        known = {
            "active": rows.filter(status="active").first(),
            "deleted": rows.filter(status="deleted").first(),
            "last": rows.filter(deleted_on=None).last(),
        }
        query, parts = dict(query), {}
        if page == "list_detail":
            query.pop("list")
            parts["list_id"] = self.lists[0].remote_id
        elif "list" in query:
            query["list"] = str(self.lists[0].remote_id)
        if page.startswith("check_file_") or page == "file_import":
            parts["pk"] = self.coming.pk if query.pop("file", "") else self.file.pk
        if page in ("seed_detail", "seed_progress"):
            parts["pk"] = self.seed.pk
        if "contact" in query:
            parts["remote_id"] = known[query.pop("contact")].remote_id
        for name, key in (("after", "pk"), ("before", "pk"), ("q", "remote_id")):
            if name in query:
                query[name] = str(getattr(known[query[name]], key))
        return reverse(page, kwargs={"account": self.account.slug, **parts}, query=query)

    def cost(self, page, query):
        address = self.address(page, query)
        with CaptureQueriesContext(connection) as queries:
            assert self.client.get(address).status_code == 200
        return [each["sql"] for each in queries.captured_queries]


@pytest.fixture
def full(client):
    return Full(client)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_so_many_queries_and_no_more_when_there_is_more(full, name):
    page, query, most = PAGES[name]
    few = full.cost(page, query)
    assert len(few) <= most, "\n".join(few)
    full.grow(60)
    ContactList.objects.create(account=full.account, remote_id="00000000-0000-4000-8000-00000000ffff", name="Later")
    many = full.cost(page, query)
    assert len(many) <= most, "\n".join(many)


def test_the_page_of_a_spike_takes_one_query_more_for_its_sentence(full):
    spike = Spike.objects.create(
        account=full.account, noticed_from=TUESDAY, noticed_to=TUESDAY.replace(hour=15), number=3, normal=1
    )
    address = reverse("deleted_spike", args=[full.account.slug, spike.pk])
    with CaptureQueriesContext(connection) as queries:
        assert full.client.get(address).status_code == 200
    assert len(queries) <= 7

"""Who may open what: every address of an account, every role, a stranger, a visitor, a superuser, a forged form."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts import audit, mirror, urls
from contacts.models import Alert, AuditEntry, ContactList, Erasure, Job, SavedView, Spike, SyncRun, Write
from contacts.rules.roles import Right, Role, may
from tests.rows import just_signed_in, make_access, make_account, make_remote, make_user

pytestmark = pytest.mark.django_db

# name: the methods it answers, and the right it asks for
PAGES = {
    "home": ("GET", Right.CHECK),
    "check": ("GET POST", Right.CHECK),
    "check_live": ("POST", Right.CHECK),
    "contact_list": ("GET POST", Right.CHECK),
    "contact_detail": ("GET", Right.CHECK),
    "contact_lists": ("GET POST", Right.CHECK),
    "contact_lists_save": ("POST", Right.EDIT_LISTS),
    "contact_history": ("GET", Right.CHECK),
    "contact_raw": ("GET", Right.SEE_PERSONAL),
    "contact_privacy": ("GET", Right.AUDIT_ALL),
    "contact_privacy_pack": ("POST", Right.AUDIT_ALL),
    "contact_erase": ("GET POST", Right.AUDIT_ALL),
    "contact_reactivate": ("GET POST", Right.REACTIVATE),
    "write_detail": ("GET POST", Right.REACTIVATE),
    "write_undo": ("POST", Right.REACTIVATE),
    "deleted_list": ("GET POST", Right.CHECK),
    "deleted_spike": ("GET POST", Right.CHECK),
    "deleted_spike_dismiss": ("POST", Right.BULK),
    "outside_list": ("GET", Right.CHECK),
    "outside_dismiss": ("POST", Right.REACTIVATE),
    "list_list": ("GET", Right.CHECK),
    "list_new": ("GET POST", Right.BULK),
    "list_detail": ("GET POST", Right.CHECK),
    "list_edit": ("GET POST", Right.BULK),
    "list_star": ("POST", Right.BULK),
    "list_note": ("POST", Right.BULK),
    "list_replace": ("POST", Right.BULK),
    "job_list": ("GET", Right.CHECK),
    "job_plan": ("GET POST", Right.BULK),
    "job_detail": ("GET", Right.CHECK),
    "job_choose": ("POST", Right.BULK),
    "job_order": ("POST", Right.BULK),
    "job_approval": ("POST", Right.BULK),
    "job_progress": ("GET", Right.CHECK),
    "job_people": ("GET", Right.CHECK),
    "job_report": ("GET", Right.EXPORT),
    "job_undo": ("POST", Right.BULK),
    "job_retry": ("POST", Right.BULK),
    "audit_list": ("GET POST", Right.AUDIT_OWN),
    "audit_detail": ("GET", Right.AUDIT_OWN),
    "audit_people": ("GET", Right.AUDIT_OWN),
    "audit_view": ("GET", Right.AUDIT_OWN),
    "audit_view_save": ("POST", Right.AUDIT_OWN),
    "audit_view_delete": ("POST", Right.AUDIT_OWN),
    "audit_verify": ("GET POST", Right.AUDIT_ALL),
    "audit_verify_progress": ("GET", Right.AUDIT_ALL),
    "audit_checkpoints": ("GET", Right.AUDIT_ALL),
    "audit_export": ("GET POST", Right.AUDIT_OWN),
    "audit_verifier": ("GET", Right.AUDIT_OWN),
    "contact_history_export": ("GET POST", Right.AUDIT_OWN),
    "account_settings": ("GET", Right.PAUSE_WRITING),
    "account_linked": ("GET", Right.CHECK),
    "account_writing": ("POST", Right.PAUSE_WRITING),
    "account_rules": ("POST", Right.MANAGE_ACCOUNT),
    "people_list": ("GET", Right.MANAGE_ACCOUNT),
    "people_invite": ("GET POST", Right.MANAGE_ACCOUNT),
    "people_detail": ("GET", Right.MANAGE_ACCOUNT),
    "people_change": ("POST", Right.MANAGE_ACCOUNT),
    "people_invite_again": ("POST", Right.MANAGE_ACCOUNT),
    "people_remove": ("POST", Right.MANAGE_ACCOUNT),
    "people_deactivate": ("POST", Right.MANAGE_ACCOUNT),
    "people_reactivate": ("POST", Right.MANAGE_ACCOUNT),
    "people_sign_out": ("POST", Right.MANAGE_ACCOUNT),
    "erasure_list": ("GET", Right.AUDIT_ALL),
    "erasure_retention": ("POST", Right.MANAGE_ACCOUNT),
    "erasure_detail": ("GET", Right.AUDIT_ALL),
    "erasure_lift": ("POST", Right.MANAGE_ACCOUNT),
    "account_unlink": ("GET POST", Right.MANAGE_ACCOUNT),
    "alert_list": ("GET", Right.CHECK),
    "alert_choose": ("POST", Right.CHECK),
    "alert_close": ("POST", Right.BULK),
    "sync_status": ("GET", Right.CHECK),
    "sync_progress": ("GET", Right.CHECK),
    "sync_now": ("POST", Right.SYNC_NOW),
    "sync_decide": ("POST", Right.APPROVE),
    "request_list": ("GET", Right.SYNC_NOW),
}


class House:
    """An account without a working link, with one of everything an address can name."""

    def __init__(self):
        self.account = make_account(state="broken")
        now = timezone.now()
        remote = make_remote(deleted_at="2026-11-17")
        self.contact = mirror.store_contact(self.account, remote, fetched_at=now, seen_at=now)
        self.entry = audit.record("link", AuditEntry.Outcome.DONE, by=None, account=self.account)
        self.write = Write.objects.create(
            account=self.account, contact=self.contact, kind="reactivate", state="confirmed", ended_at=now
        )
        self.run = SyncRun.objects.create(account=self.account, kind="full", state="held", step="sweep")
        self.list = ContactList.objects.create(account=self.account, remote_id=uuid.uuid4(), name="Newsletter")
        self.job = Job.objects.create(account=self.account, kind="reactivate", state="done", finished_at=now)
        self.spike = Spike.objects.create(
            account=self.account, noticed_from=now, noticed_to=now, number=3012, normal=0.5
        )
        self.view = SavedView(account=self.account, by=make_user(), name="Links", query="action:link", shared=True)
        self.view.save()
        self.alert = Alert.objects.create(account=self.account, kind="budget", key="2026-11-21")
        self.erasure = Erasure.objects.create(account=self.account, remote_id=uuid.uuid4(), state="done", done_at=now)

    def url(self, pattern, *, under=None, **others):
        """The address of a page: with our rows, also ``under`` another account, or with ``others`` in their place."""
        numbered = {"sync": self.run, "job": self.job, "deleted": self.spike, "alert": self.alert, "erasure": self.erasure}.get(
            pattern.name.partition("_")[0], self.entry
        ).pk
        given = {
            "list_id": self.list.remote_id,
            "remote_id": self.contact.remote_id,
            "token": self.write.token,
            "pk": numbered,
            "kind": "delete",
            "view": self.view.pk,
        }
        parts = {key: given[key] for key in pattern.pattern.converters}
        address = reverse(pattern.name, kwargs={"account": (under or self.account).slug, **parts})
        for key, value in others.items():
            address = address.replace(f"/{given[key]}/", f"/{value}/")
        return address


def signed_in(user, **options):
    client = Client(**options)
    client.force_login(user)
    return just_signed_in(client)


def test_every_address_of_an_account_is_in_this_table():
    assert {pattern.name for pattern in urls.of_account} == set(PAGES)


@pytest.mark.parametrize("pattern", urls.of_account, ids=lambda pattern: pattern.name)
def test_only_members_with_the_right_get_in(pattern):
    house = House()
    url = house.url(pattern)
    methods, right = PAGES[pattern.name]
    stranger = signed_in(make_access(make_account(), "admin").user)
    operator = signed_in(make_user(is_superuser=True, is_staff=True))
    expired = signed_in(make_access(house.account, "admin", expires_at=timezone.now()).user)
    members = {role: signed_in(make_access(house.account, role.value).user) for role in Role if may(role, right)}
    others = {role: signed_in(make_access(house.account, role.value).user) for role in Role if not may(role, right)}
    for method in methods.lower().split():
        visitor = getattr(Client(), method)(url)
        assert visitor.status_code == 302
        assert visitor["Location"].startswith("/accounts/login/")
        for client in (stranger, operator, expired):
            assert getattr(client, method)(url).status_code == 404
        for client in others.values():
            assert getattr(client, method)(url).status_code == 403
    method = methods.split()[0].lower()
    for role, client in members.items():
        # The last one may have deleted it.
        house.view.save()
        status = getattr(client, method)(url).status_code
        own_only = pattern.name in ("audit_detail", "audit_people") and not may(role, Right.AUDIT_ALL)
        assert status == 404 if own_only else status in (200, 302, 303), (role, status)


@pytest.mark.parametrize("pattern", urls.of_account, ids=lambda pattern: pattern.name)
def test_a_wrong_method_is_405_and_a_forged_form_403(pattern):
    house = House()
    url = house.url(pattern)
    methods, _ = PAGES[pattern.name]
    admin = make_access(house.account, "admin").user
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(methods.split()):
        assert getattr(signed_in(admin), method.lower())(url).status_code == 405, method
    if "POST" in methods:
        forged = signed_in(admin, enforce_csrf_checks=True).post(url, {"q": "x"})
        assert forged.status_code == 403


@pytest.mark.parametrize("pattern", urls.of_account, ids=lambda pattern: pattern.name)
def test_no_page_is_kept_by_a_browser_or_a_proxy(pattern):
    house = House()
    client = signed_in(make_access(house.account, "admin").user)
    method = PAGES[pattern.name][0].split()[0].lower()
    answer = getattr(client, method)(house.url(pattern))
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("nonsense", ["x", "\0", "'; DROP TABLE contacts_contact; --", "é" * 5000, "<script>"])
def test_nonsense_in_a_form_is_answered_and_changes_nothing(nonsense):
    house = House()
    client = signed_in(make_access(house.account, "admin").user)
    for pattern in urls.of_account:
        if "POST" in PAGES[pattern.name][0] and pattern.name != "sync_now":
            fields = ("q", "text", "lists", "basis", "token", "seen", "note", "writing", "reason", "confirm", "after")
            answer = client.post(house.url(pattern), dict.fromkeys(fields, nonsense))
            assert answer.status_code < 500, pattern.name
    assert Write.objects.count() == 1


NUMBERED = [
    each for each in urls.of_account if {"pk", "token", "remote_id", "list_id", "view"} & each.pattern.converters.keys()
]


@pytest.mark.parametrize("pattern", NUMBERED, ids=lambda pattern: pattern.name)
def test_an_id_of_another_account_is_not_found_under_ours(pattern):
    """Whoever belongs to both accounts does not find it either: a link never opens the wrong account."""
    ours, theirs = House(), House()
    member = make_access(ours.account, "admin").user
    both = make_access(ours.account, "admin").user
    make_access(theirs.account, "admin", user=both)
    before = rows_of(theirs)
    for user in (member, both):
        for method in PAGES[pattern.name][0].lower().split():
            answer = getattr(signed_in(user), method)(theirs.url(pattern, under=ours.account), {"order": "stop"})
            assert answer.status_code == 404
            assert "3012" not in answer.content.decode()
    assert rows_of(theirs) == before


@pytest.mark.parametrize("pattern", NUMBERED, ids=lambda pattern: pattern.name)
def test_an_id_that_nothing_can_have_is_not_found(pattern):
    house = House()
    client = signed_in(make_access(house.account, "admin").user)
    for number in ("0", "9" * 19, "9" * 30, "9" * 5000):
        nobody = {
            "pk": number,
            "view": number,
            "token": uuid.uuid4(),
            "remote_id": uuid.uuid4(),
            "list_id": uuid.uuid4(),
        }
        url = house.url(pattern, **{name: str(each) for name, each in nobody.items()})
        for method in PAGES[pattern.name][0].lower().split():
            assert getattr(client, method)(url).status_code == 404


def rows_of(house):
    """Everything of an account that a form could have changed."""
    kinds = (Job, Spike, ContactList, Write, SyncRun, AuditEntry)
    return {kind: list(kind.objects.filter(account=house.account).order_by("pk").values()) for kind in kinds}

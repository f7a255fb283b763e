"""No token anywhere but sealed in its row; no personal value in a log, an address, a session or a clear column.

The whole product is driven once, good days and bad ones, and then everything it left behind is searched byte by byte.
"""

import json
import uuid
from types import SimpleNamespace
from unittest import mock

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from django.urls import reverse

from contacts import connect, sync
from contacts.api import oauth_token
from contacts.api.errors import Rejected
from contacts.connect.credential import Credential, unseal
from contacts.models import CallBudget, Contact, Job, LinkedAccount, SyncRun, Write
from contacts.services import settling
from tests.emulation import ACCOUNT
from tests.linking import point_at, put_credential
from tests.oauth.walk import emulator_that_sends_back, walk
from tests.rows import make_access, make_remote, make_user
from tests.security.bulk_day import PEOPLE, BulkDay
from tests.security.evidence import Evidence, Witness, everything_logged, rows
from tests.security.pages import addresses, forms
from tests.security.papers_day import PapersDay

# Only with the mark is there a database at all; what is searched has left it long before a test begins.
pytestmark = pytest.mark.django_db
LIST = "0a1b2c3d-0000-11ee-8000-000000000001"
TIMES = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
ADDRESSES = [f"canary.{name}@example.net" for name in ("ghost", "second", "optout", "active", "gone", "nobody", "new")]
GHOST, SECOND, OPTOUT, ACTIVE, GONE, NOBODY, NEWCOMER = ADDRESSES
MANY = [f"canary.many{number}@example.net" for number in range(PEOPLE)]
PERSONAL = {
    "first_name": "Canaryfirst",
    "last_name": "Canarylast",
    "company_name": "Canary Company",
    "job_title": "Canary keeper",
    "phone_numbers": [{"phone_number": "+353 1 555 0147", "kind": "home"}],
    "street_addresses": [{"kind": "home", "street": "47 Canary Wharf Lane", "city": "Canarytown"}],
    "notes": [
        {"content": "canary note of theirs", "created_at": "2023-01-01T09:00:00Z", "note_id": str(uuid.UUID(int=7))}
    ],
}
DETAILS = [
    *("Canaryfirst", "Canarylast", "Canary Company", "Canary keeper", "+353 1 555 0147", "47 Canary Wharf Lane"),
    *("Canarytown", "canary note of theirs"),
]
TICKET = "canary ticket of ours"
NAMES = ["Canaryfirst", "canary note of theirs", "+353 1 555 0147", "47 Canary Wharf Lane"]


class Play:
    """Somebody works a day with the product, and somebody else only looks."""

    def __init__(self, emulation, evidence):
        self.emulation, self.evidence = emulation, evidence
        self.secrets = {settings.CC_CLIENT_SECRET, settings.SECRET_KEY, *settings.ENCRYPTION_KEYS}
        self.user = make_user("canary.operator@example.org", is_superuser=True)
        self.browser, self.viewer = Witness(evidence), Witness(evidence)
        self.ids = {}

    def whole(self):
        self.fill()
        self.link()
        self.read()
        self.reactivations()
        BulkDay(self, people=[self.ids[address] for address in MANY], ticket=TICKET).whole()
        self.papers()
        self.bad_days()
        self.broken_link()
        self.everything(self.browser)
        self.look_as_viewer()
        self.evidence.rows = rows()
        self.evidence.watch()

    def fill(self):
        lists = [{"account": ACCOUNT, "list_id": LIST, "name": "Newsletter", "favorite": False, **TIMES}]
        contacts = []
        for address in (GHOST, SECOND, OPTOUT, ACTIVE, GONE, *MANY):
            self.ids[address] = str(uuid.uuid4())
            contact = make_remote(address, **PERSONAL, contact_id=self.ids[address], list_memberships=[LIST])
            contacts.append({"account": ACCOUNT, **contact})
        self.emulation.state.load(lists=lists, contacts=contacts)

    def link(self):
        self.browser.get(reverse("account_login"))
        self.browser.post(reverse("account_login"), {"login": self.user.email, "password": "wrong horse"})
        self.browser.post(reverse("account_login"), {"login": self.user.email, "password": "correct horse"})
        walk(self.browser, decision="deny")
        assert walk(self.browser).status_code == 302
        self.account = LinkedAccount.objects.get()
        self.note_tokens()

    def note_tokens(self):
        self.account.refresh_from_db()
        credential = unseal(self.account)
        self.secrets |= {credential.access, credential.refresh}

    def read(self):
        self.walk(SyncRun.Kind.FULL)
        self.emulation.control("contact/unsubscribe", id=self.ids[OPTOUT], source="Contact", reason="canary reason")
        for address in (GHOST, SECOND, OPTOUT):
            self.emulation.control("contact/delete", id=self.ids[address])
        self.emulation.control("contact/change", id=self.ids[ACTIVE], values={"first_name": "Canarychanged"})
        self.browser.post(self.at("sync_now"), {"kind": "changes"})
        self.walk(SyncRun.Kind.CHANGES)

    def walk(self, kind):
        self.account.refresh_from_db()
        sync.carry_on(sync.start(self.account, kind))

    def one_step(self):
        run = sync.start(self.account, SyncRun.Kind.CHANGES)
        SyncRun.objects.filter(pk=run.pk).update(not_before=None)
        sync.step(run)

    def at(self, name, **where):
        return reverse(name, kwargs={"account": self.account.slug, **where})

    def everything(self, browser):
        for address in list(addresses(self.account)):
            browser.get(address)
        for address, form in list(forms(self.account)):
            browser.post(address, form, headers={"HX-Request": "true"})
        taken = (
            f'[{{"error_key": "contacts.api.conflict", "error_message": "Email already exists for contact {GHOST}"}}]'
        )
        for text in (taken, f"Canaryfirst <{GHOST}>", f"{GHOST}\n{NOBODY}\nnonsense", NOBODY, f"mailto:{ACTIVE}"):
            browser.post(self.at("check"), {"q": text})
            browser.post(self.at("check_live"), {"q": text})
        browser.get(self.at("check"), {"q": self.ids[GHOST]})
        for name in ("contact_list", "deleted_list"):
            browser.post(self.at(name), {"text": "canaryfirst"})

    def reactivate(self, address, **faults):
        contact = Contact.objects.get(account=self.account, address=address)
        where = self.at("contact_reactivate", remote_id=contact.remote_id)
        page = self.browser.get(where)
        preview = page.context["offer"].preview
        form = {"lists": [LIST], "basis": "our_mistake", "note": TICKET, "token": str(uuid.uuid4())}
        form["seen"] = preview.seen if preview else "0" * 32
        for kind, options in faults.items():
            self.emulation.fault(kind, **options)
        self.browser.post(where, form | {"lists": ["nonsense", GHOST]})
        self.browser.post(where, form)
        return Write.objects.filter(token=form["token"]).first()

    def reactivations(self):
        assert self.reactivate(OPTOUT).state == Write.State.REFUSED
        lost = self.reactivate(SECOND, answer_lost={"method": "PUT"})
        assert lost.state == Write.State.UNKNOWN
        self.browser.get(self.at("write_detail", token=lost.token))
        settling.settle_due()
        done = self.reactivate(GHOST)
        assert done.state == Write.State.CONFIRMED, done.message
        self.browser.post(self.at("write_undo", token=done.token), {"token": "nonsense"})
        self.browser.post(self.at("write_undo", token=done.token), {"token": str(uuid.uuid4())})
        for status in (400, 409):
            body = [{"error_key": "contacts.api.x", "error_message": self.gossip()}]
            refused = self.reactivate(GHOST, status={"method": "PUT", "status": status, "body": body})
            assert refused.state == Write.State.REJECTED

    def gossip(self):
        """A refusal that repeats everything it was sent."""
        return f"{GHOST} {MANY[0]} Canaryfirst +353 1 555 0147 Authorization: Bearer {unseal(self.account).access}"

    def papers(self):
        self.many = MANY
        who = {"newcomer": NEWCOMER, "ghost": SECOND, "out": OPTOUT}
        people = [self.ids[address] for address in MANY]
        PapersDay(self, people=people, ticket=TICKET, words=DETAILS[:7], **who).whole()

    def bad_days(self):
        """Each fault meets a live question and a run."""
        spoken = json.dumps([{"error_key": GHOST, "error_message": self.gossip()}])
        for kind, options in (
            *(("raw", {"status": status, "body": spoken}) for status in (400, 401, 403, 404, 409, 500)),
            *(("raw", {"status": 429, "body": spoken}), ("quota_exceeded", {}), ("drop", {}), ("html", {})),
            *(("cut_json", {}), ("cut_body", {}), ("missing_key", {}), ("foreign_link", {"href": f"//{GHOST}/"})),
        ):
            self.emulation.fault(kind, times=0, path="^/v3/(contacts|account/summary)", **options)
            self.browser.post(self.at("check_live"), {"q": GHOST})
            self.browser.post(self.at("check_live"), {"q": NOBODY}, headers={"HX-Request": "true"})
            if LinkedAccount.objects.linked().exists():
                self.one_step()
            self.mend()

    def mend(self):
        """End every fault, and bring the link back where one broke it."""
        self.emulation.app.faults.clear()
        CallBudget.objects.update(next_token_at=0, spent_until=None)
        if LinkedAccount.objects.get().state != LinkedAccount.State.LINKED:
            self.browser.get(self.at("home"))
            assert walk(self.browser, reconnect=self.account.slug).status_code == 302
        self.note_tokens()
        SyncRun.objects.filter(finished_at=None).update(not_before=None)

    def broken_link(self):
        """A token that ran out, one that died early, and a grant that is gone; then a fault of our own."""
        put_credential(self.account, access="dead", refresh=unseal(self.account).refresh)
        self.browser.post(self.at("check_live"), {"q": GHOST})
        self.note_tokens()
        gossip = json.dumps(
            {"error": GHOST, "message": " ".join(self.secrets), "error_description": " ".join(self.secrets)}
        )
        put_credential(self.account, access="dead", refresh=unseal(self.account).refresh)
        for status in (400, 403, 429, 500, 200):
            self.emulation.fault("raw", path="/token", status=status, body=gossip)
            CallBudget.objects.update(next_token_at=0)
            self.browser.post(self.at("check_live"), {"q": GHOST})
            self.emulation.app.faults.clear()
        with mock.patch("contacts.views.people.drawn", side_effect=RuntimeError("a fault of ours")):
            broken = self.browser.get(self.at("contact_detail", remote_id=self.ids[GHOST]))
        assert broken.status_code == 500
        self.emulation.control("tokens", disconnect=True)
        self.browser.post(self.at("check_live"), {"q": GHOST})

    def look_as_viewer(self):
        access = make_access(self.account, "viewer")
        self.viewer.force_login(access.user)
        self.viewer.seen.clear()
        for address in list(addresses(self.account)):
            self.viewer.get(address)
        for job in Job.objects.filter(account=self.account):
            self.viewer.get(self.at("job_report", pk=job.pk))


@pytest.fixture(scope="module")
def left(django_db_setup, django_db_blocker):
    """Everything that a whole day left behind. Its rows are gone again when the tests of this module are through."""
    evidence, day = Evidence(), transaction.atomic()
    day._from_testcase = True  # as Django's own tests do: a durable transaction may be nested in this one
    with django_db_blocker.unblock(), day, emulator_that_sends_back(settings, activity_seconds=0) as emulation:
        wanted = SimpleNamespace(QUIET_SECONDS=0, CONFIRM_SECONDS=0, POLL_SECONDS=0)
        point_at(wanted, emulation)
        with override_settings(**vars(wanted)), everything_logged(evidence):
            play = Play(emulation, evidence)
            play.whole()
        transaction.set_rollback(True)
    evidence.play = play
    return evidence


def test_the_day_was_a_whole_one(left):
    """The search below would find nothing either if nothing had happened."""
    states = " ".join(row["state"] for row in left.rows["contacts_write"])
    assert all(state in states for state in ("refused", "confirmed", "applied", "rejected"))
    errors = " ".join(row["error"] for row in left.rows["contacts_requestlog"])
    assert all(error in errors for error in ("LinkExpired", "Forbidden", "Rejected", "NoAnswer"))
    for table, column, wanted in (
        ("contacts_job", "state", {"done", "planned"}),
        ("contacts_job", "way", {"put", "activity"}),
        ("contacts_job", "kind", {"add_lists", "remove_lists", "delete", "reactivate", "delete_list", "import"}),
        ("contacts_contactfile", "state", {"ready", "asks"}),
        ("contacts_seed", "state", {"looked"}),
        ("contacts_remoteexport", "state", {"ready", "rejected"}),
        ("contacts_crossing", "state", {"answered"}),
        ("contacts_activity", "state", {"ended", "rejected"}),
        ("contacts_activity", "errors", {"0", "1"}),
        ("contacts_listchange", "state", {"confirmed"}),
    ):
        assert wanted <= {row[column].split()[0] for row in left.rows[table]}, (table, column)
    actions = " ".join(row["action"] for row in left.rows["contacts_auditentry"])
    assert all(each in actions for each in ("job_pause", "export", "spike_dismissed", "delete_list", "list_note"))
    more = ("create", "sign_up", "unsubscribe", "resubscribe", "file_brought", "file_deleted", "v2_ids")
    assert not [each for each in more if each not in actions]
    assert left.find(GHOST, left.pages)
    assert left.find(MANY[0], [page for page in left.pages if page.startswith("\ufeff")]), "no file was taken"
    assert len(left.play.secrets) > 8
    assert len(left.logged) > 30
    assert any(each.startswith("{") and "/a/<slug:account>/" in each for each in left.logged), "no line as JSON"
    assert left.play.account.slug not in left.figures[0] and "ccadmin_contacts{" in left.figures[0]


def test_no_token_or_secret_is_anywhere(left):
    tables = {
        f"{table}.{name}": [row[name] for row in rows for name in row]
        for table, rows in left.rows.items()
        for name in (rows[0] if rows else ())
    }
    # What is too long is cut somewhere, so any part of a token is as bad as the whole.
    parts = {part for secret in left.play.secrets for part in (secret, secret[-40:], secret[len(secret) // 2 :][:40])}
    for secret in parts:
        for place, texts in {
            "log": left.logged,
            "figures": left.figures,
            "address": left.addresses,
            "header": left.headers,
            "page": left.pages,
            **tables,
        }.items():
            assert not left.find(secret, texts), f"a secret in {place}: {left.find(secret, texts)[0][:600]}"


@pytest.mark.parametrize("place", ["logged", "addresses", "headers", "figures"])
@pytest.mark.parametrize("canary", [*ADDRESSES, MANY[0], *DETAILS, TICKET])
def test_no_personal_value_is_in_a_log_an_address_or_a_header(left, place, canary):
    assert not left.find(canary, getattr(left, place))


CLEAR = {
    "django_session",
    "cache",
    "contacts_requestlog",
    "contacts_auditentry",
    "contacts_syncrun",
    "contacts_syncpage",
    "contacts_auditchain",
    "contacts_callbudget",
    "contacts_linkedaccount",
    "django_tasks_database_dbtaskresult",
    "contacts_job",
    "contacts_jobgroup",
    "contacts_jobitem",
    "contacts_activity",
    "contacts_listchange",
    "contacts_spike",
    "contacts_worker",
    "contacts_contactfile",
    "contacts_crossing",
    "contacts_xref",
    "contacts_seed",
    "contacts_remoteexport",
}
# What a person typed for colleagues stands in these, as the note of a change does in its row.
TYPED = {"contacts_job": "note", "contacts_spike": "dismissed_reason", "contacts_contactfile": "name"}


@pytest.mark.parametrize("canary", [*ADDRESSES, MANY[0], *DETAILS, TICKET])
def test_no_personal_value_is_in_a_clear_row(left, canary):
    assert left.rows.keys() >= CLEAR
    for table in CLEAR:
        texts = [text for row in left.rows[table] for name, text in row.items() if name != TYPED.get(table)]
        assert not left.find(canary, texts), f"{canary} in {table}"
    in_bulk = [row["message"] for row in left.rows["contacts_write"] if row["activity_id"].split()[0].isdecimal()]
    assert in_bulk
    assert not left.find(canary, in_bulk), f"{canary} in what was said about many people at once"


@pytest.mark.parametrize("canary", [*DETAILS, TICKET, GHOST, SECOND, OPTOUT, ACTIVE, MANY[0]])
def test_a_viewer_sees_no_personal_value(left, canary):
    assert len(left.play.viewer.seen) > 20
    assert not left.find(canary, left.play.viewer.seen)


def test_a_fault_of_ours_is_told_without_its_innards(left):
    told = [page for page in left.pages if "Something broke on our side" in page]
    assert told
    assert not left.find("Traceback", told)
    assert not left.find("a fault of ours", told)


def test_nothing_that_holds_a_token_shows_it():
    secret = "canary-token"
    holders = [
        Credential(secret, secret, 0.0),
        oauth_token.TokenAnswer(secret, secret, 1, ""),
        oauth_token.App("https://x", "id", secret),
    ]
    holders.append(connect.trial(holders[1], by=None))
    assert not [each for each in holders if secret in f"{each!r} {each} {vars(each) if each is holders[3] else ''}"]


def test_a_token_that_was_cut_off_is_hidden_too():
    token = "eyJraWQiOiJfOTk5" + "a1" * 700
    problem = Rejected(f"Authorization: Bearer {token}"[:1000], error_key=f"contacts.api.{token[:40]}")
    problem.hide(token)
    assert problem.message == "Authorization: Bearer (hidden)"
    assert problem.error_key == "contacts.api.(hidden)"

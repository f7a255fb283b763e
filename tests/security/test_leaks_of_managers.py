"""Five hundred planted values of a day of those who manage: none where nobody may look for it (faults X9, I6).

What people are to see, in a page or a file of theirs, may have them; so may the sealed or personal columns named here.
"""

from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import transaction
from django.test import override_settings

from tests.emulation import running_emulator
from tests.linking import point_at
from tests.security.evidence import Evidence, everything_logged, rows
from tests.security.managers_day import ManagersDay

pytestmark = pytest.mark.django_db
# Tables and columns that hold what people are called, or what somebody typed; each is emptied by an erasure.
PERSONAL = {
    **dict.fromkeys(("contacts_contact", "contacts_contactevent", "contacts_auditpayload"), "*"),
    **dict.fromkeys(("contacts_user", "account_emailaddress"), "email name password"),
    "contacts_write": "note",
    "contacts_job": "note",
    "contacts_listchange": "message",
    "contacts_approval": "note",
    "contacts_savedview": "name",
    "contacts_linkedaccount": "writing_reason",
}
# Who acted is named by the name they go by, for everybody on the account.
NAME, ACTOR = "name of a colleague", ("contacts_auditentry", "actor")


@contextmanager
def settings_of_the_day(emulation, folder):
    """Pointing at the emulator, with keys of our own and a folder outside the database."""
    wanted = type("Wanted", (), {})()
    point_at(wanted, emulation)
    wanted.QUIET_SECONDS = wanted.CONFIRM_SECONDS = wanted.POLL_SECONDS = 0
    wanted.CHECKPOINT_DIR, wanted.AUDIT_KEY = str(folder), bytes(range(32))
    with override_settings(**vars(wanted)):
        yield


@pytest.fixture(scope="module")
def left(django_db_setup, django_db_blocker, tmp_path_factory):
    """Everything that the day left behind. Its rows are gone again when the tests of this module are through."""
    evidence, day, folder = Evidence(), transaction.atomic(), tmp_path_factory.mktemp("outside")
    day._from_testcase = True
    with django_db_blocker.unblock(), day, running_emulator() as emulation:
        with settings_of_the_day(emulation, folder), everything_logged(evidence):
            mail.outbox = []
            evidence.play = ManagersDay(emulation, evidence)
            evidence.play.whole()
            evidence.rows = rows()
            evidence.watch()
            evidence.decoded = [str(each.get_decoded()) for each in Session.objects.all()]
        transaction.set_rollback(True)
    evidence.outside = {path.name: path.read_text() for path in Path(folder).iterdir()}
    return evidence


def test_the_day_was_a_whole_one(left):
    """The search below would find nothing either if nothing had happened."""
    play = left.play
    assert len(play.canaries.planted) >= 500
    assert len(play.secrets) >= 7
    assert not play.failures
    done = {*("grant", "people_change", "people_invite_again", "people_sign_out", "people_deactivate")}
    done |= {*("people_reactivate", "people_remove", "job_ask", "job_approve", "job_send_back", "job_withdraw")}
    done |= {*("view_saved", "export", "erase", "erase_lifted", "alert_closed", "refused_access", "sign_in_failed")}
    done |= {*("signed_in", "second_factor_added", "second_factor_failed", "reauthenticated", "seen_deleted")}
    assert done - play.actions == set()
    assert len(play.mails) > 6
    assert any("week" in each for each in play.mails)
    assert {"erasures.jsonl"} < left.outside.keys()
    assert list(play.canaries.found(left.pages)), "nobody saw anything"
    assert len(left.logged) > 30


@pytest.mark.parametrize("place", ["logged", "addresses", "headers", "decoded", "figures"])
def test_no_planted_value_is_in_a_log_an_address_a_header_or_a_session(left, place):
    assert not list(left.play.canaries.found(getattr(left, place)))


def test_no_planted_value_is_in_a_clear_column(left):
    hits = []
    for table, found in left.rows.items():
        personal = PERSONAL.get(table, "").split()
        for name, text in ((name, text) for row in found for name, text in row.items()):
            if personal != ["*"] and name not in personal:
                here = left.play.canaries.found([text])
                hits += [(table, name, *hit) for hit in here if (table, name) != ACTOR or hit[1] != NAME]
    assert not hits


def test_every_table_that_holds_something_is_named_rightly(left):
    """One that is named above and holds nothing would hide that the day has not reached it."""
    for table in PERSONAL:
        texts = [text for row in left.rows[table] for text in row.values()]
        if table not in ("account_emailaddress",):
            assert list(left.play.canaries.found(texts)), table


def test_no_mail_names_a_contact_or_repeats_what_was_typed(left):
    assert not [hit for hit in left.play.canaries.found(left.play.mails) if hit[1] != "colleague"]


def test_copies_outside_the_database_say_nothing_to_whoever_lacks_the_key(left):
    assert not list(left.play.canaries.found(left.outside.values()))
    assert not [
        name for name, text in left.outside.items() for each in left.play.contacts if each["contact_id"] in text
    ]


def test_pages_that_refuse_or_break_say_nothing(left):
    told = [page for page in left.pages if any(each in page for each in ERRORS)]
    assert len(told) > 5
    assert not list(left.play.canaries.found(told))
    assert not left.find("a fault of ours", told)


ERRORS = ("Something broke on our side", "Your role on this account does not allow", "is not here", "CSRF")


def test_no_key_token_or_password_is_anywhere(left):
    tables = [text for found in left.rows.values() for row in found for text in row.values()]
    places = {"log": left.logged, "address": left.addresses, "header": left.headers, "row": tables}
    places |= {"session": left.decoded, "mail": left.play.mails, "outside": [*left.outside.values()]}
    places |= {"figures": left.figures}
    for secret in left.play.secrets:
        for place, texts in (places | {"page": left.pages}).items():
            assert not left.find(secret, texts), f"a secret in {place}"
    for secret in left.play.shown_once:
        for place, texts in places.items():
            assert not left.find(secret, texts), f"the secret of a second factor in {place}"


def test_a_viewer_sees_no_planted_value(left):
    assert len(left.play.viewer.seen) > 20
    hits = [hit for hit in left.play.canaries.found(left.play.viewer.seen) if hit[1] != NAME]
    # Why writing is paused is typed for everybody to read, and the form says so.
    assert {hit[1] for hit in hits} == {"reason for everybody"}


def test_nothing_of_somebody_erased_is_in_any_row(left):
    gone = {hit[0] for hit in left.play.canaries.found([str(left.play.contacts[20])])}
    texts = [text for found in left.rows.values() for row in found for text in row.values()]
    assert len(gone) > 8
    assert not [hit for hit in left.play.canaries.found(texts) if hit[0] in gone]


def test_what_was_typed_is_kept_where_it_belongs(left):
    """The reasons are not lost either: each stands in a payload."""
    kept = [text for row in left.rows["contacts_auditpayload"] for text in row.values()]
    kinds = {hit[1] for hit in left.play.canaries.found(kept)}
    assert {"name of a view", "colleague", "address"} <= kinds


def test_no_cookie_holds_more_than_a_number_or_a_yes(left):
    """What is packed into a cookie would not be found by looking for it."""
    play = left.play
    kept = {name for browser in (play.boss, play.anna, play.viewer, play.stranger) for name in browser.cookies}
    assert kept <= {"sessionid", "csrftoken", "deleted-explained"}

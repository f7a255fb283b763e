"""The page that proves the history: one click, a green or a red answer, checkpoints and where copies of them are."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts import audit
from contacts.audit.checkpoints import Signed
from contacts.models import AuditChain, AuditCheckpoint, AuditEntry, Verification
from contacts.services import checkpoints, proving
from tests.rows import make_access, make_account, make_user
from tests.tampering import sql, without_triggers

pytestmark = pytest.mark.django_db
DONE = AuditEntry.Outcome.DONE


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def manager(account):
    return signed_in(make_access(account, "manager").user)


def written(account, number):
    audit.record_all(
        [audit.Draft("reactivate", DONE, {"note": f"p{n}"}) for n in range(number)], by=None, account=account
    )
    return AuditChain.objects.get(name=f"account-{account.pk}")


def page(client, account, name="audit_verify"):
    return client.get(reverse(name, args=[account.slug])).content.decode()


def click(client, account):
    answer = client.post(reverse("audit_verify", args=[account.slug]), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_click_ends_in_a_green_line_with_the_count_and_the_last_hash(account, manager):
    chain = written(account, 12)
    shown = click(manager, account)
    assert "notice-success" in shown
    assert "12 entries verify." in shown
    assert chain.head in shown
    assert "every 2s" not in shown


def test_the_check_itself_is_an_entry_of_the_history(account, manager):
    written(account, 3)
    click(manager, account)
    entry = AuditEntry.objects.get(action="verify")
    assert (entry.account, entry.outcome, entry.detail["entries"]) == (account, DONE, 3)


def test_a_changed_entry_ends_in_a_red_answer_with_its_number_kind_and_what_to_do(account, manager):
    chain = written(account, 9)
    audit.checkpoint(chain)
    written(account, 4)
    without_triggers()
    sql("UPDATE contacts_auditentry SET reason = 'nicer' WHERE sequence = 11")
    shown = click(manager, account)
    assert "The history does not verify." in shown
    assert "Entry 11 was changed after it was written." in shown
    assert "An entry was changed" in shown
    assert "at entry 9: up to there" in shown
    assert "What to do now" in shown
    entry = AuditEntry.objects.get(action="verify")
    assert (entry.outcome, entry.detail["fault"]) == ("failed", 11)


def test_a_long_check_shows_how_far_it_is_and_asks_for_itself_until_it_has_ended(account, manager):
    chain = written(account, 5)
    running = Verification.objects.create(chain=chain, until=5, sequence=2)
    shown = page(manager, account, "audit_verify_progress")
    assert "Checked 2 of 5 entries." in shown
    assert "every 2s" in shown
    Verification.objects.filter(pk=running.pk).update(state="whole", sequence=5, ended_at=timezone.now())
    assert "every 2s" not in page(manager, account, "audit_verify_progress")


def test_without_a_history_there_is_nothing_to_verify(account, manager):
    assert "This account has no history yet." in page(manager, account)
    assert "This account has no history yet." in click(manager, account)


def test_another_accounts_checks_are_not_shown(account, manager):
    other = make_account()
    chain = written(other, 7)
    audit.checkpoint(chain)
    proving.carry_on(proving.begin(chain, by=make_user()), seconds=60)
    written(account, 1)
    shown = page(manager, account)
    assert "This chain was not checked yet." in shown
    assert chain.head not in shown


def test_the_page_says_where_copies_go_and_when_they_do_not_arrive(account, manager, settings, tmp_path):
    audit.checkpoint(written(account, 2))
    assert "No place outside the database is set." in page(manager, account)
    settings.CHECKPOINT_DIR = str(tmp_path)
    settings.CHECKPOINT_COMMAND = "false"
    with pytest.raises(checkpoints.NotOutside):
        checkpoints.put_outside()
    shown = page(manager, account)
    assert str(tmp_path) in shown
    assert "The command false ended with code 1." in shown
    settings.CHECKPOINT_COMMAND = "true"
    checkpoints.put_outside()
    assert "ended with code" not in page(manager, account)


def test_the_download_is_the_lines_that_are_put_outside_and_is_written_down(account, manager, settings, tmp_path):
    settings.CHECKPOINT_DIR = str(tmp_path)
    audit.checkpoint(written(account, 2))
    audit.checkpoint(written(account, 2))
    checkpoints.put_outside()
    answer = manager.get(reverse("audit_checkpoints", args=[account.slug]))
    assert answer.content == (tmp_path / f"account-{account.pk}.jsonl").read_bytes()
    assert all(Signed.read(json.loads(line)).is_ours for line in answer.content.splitlines())
    entry = AuditEntry.objects.get(action="export")
    assert entry.detail == {"what": "checkpoints", "rows": 2}


def test_the_page_asks_as_much_of_the_database_with_many_checkpoints_as_with_few(account, manager):
    chain = written(account, 3)
    audit.checkpoint(chain)
    click(manager, account)
    few = queries(manager, account)
    for _ in range(30):
        audit.checkpoint(written(account, 1))
        Verification.objects.create(chain=chain, until=1, state="whole", ended_at=timezone.now())
    assert AuditCheckpoint.objects.count() == 31
    assert queries(manager, account) == few


def queries(client, account):
    page(client, account)
    with CaptureQueriesContext(connection) as captured:
        page(client, account)
    return len(captured)

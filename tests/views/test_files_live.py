"""Rows of a file that Constant Contact itself is asked about."""

import uuid

import pytest
from django.utils import timezone

from contacts.models import ContactFile, FileRow, LinkedAccount
from contacts.services import files
from tests.services.files.rig import carried, row, uploaded

pytestmark = pytest.mark.django_db


def ready(desk, *addresses):
    """A file of these addresses, judged by our copy."""
    LinkedAccount.objects.filter(pk=desk.account.pk).update(synced_at=timezone.now())
    file = files.receive(
        desk.account,
        by=desk.access.user,
        upload=uploaded([row(each) for each in addresses]),
        purpose=ContactFile.Purpose.CHECK,
        token=uuid.uuid4(),
    )
    return carried(file)


def test_a_sample_asks_nobody_by_itself_and_a_row_of_it_asks_once(desk):
    desk.contact("deleted@example.org", copied=False, deleted_at="2026-11-17")
    file = ready(desk, "deleted@example.org", "new@example.org")
    assert file.counts == {"new": 2}
    shown = desk.post("check_file_sample", pk=file.pk).content.decode()
    assert shown.count("load delay:") == 2
    assert desk.emulation.requests("GET", "/contacts") == []
    answer = desk.post("check_file_live", htmx=True, pk=file.pk, number=2).content.decode()
    assert len(desk.emulation.requests("GET", "/contacts")) == 1
    assert "the verdict was changed" in answer
    assert "load delay" not in answer
    file.refresh_from_db()
    assert file.counts == {"new": 1, "deleted": 1}
    assert FileRow.objects.get(file=file, number=2).verdict == "deleted"


def test_a_row_that_is_as_our_copy_says_stays_as_it_is(desk):
    desk.contact("maeve@example.org")
    file = ready(desk, "maeve@example.org")
    answer = desk.post("check_file_live", htmx=True, pk=file.pk, number=2).content.decode()
    assert "says the same" in answer
    file.refresh_from_db()
    assert file.counts == {"update": 1}


def test_without_script_the_answer_is_a_page(desk):
    file = ready(desk, "new@example.org")
    answer = desk.post("check_file_live", pk=file.pk, number=2).content.decode()
    assert "<html" in answer
    assert "says the same" in answer


def test_a_row_without_an_answer_says_why_and_keeps_its_verdict(desk):
    file = ready(desk, "new@example.org")
    LinkedAccount.objects.filter(pk=desk.account.pk).update(state="broken")
    answer = desk.post("check_file_live", htmx=True, pk=file.pk, number=2).content.decode()
    assert 'role="alert"' in answer
    file.refresh_from_db()
    assert file.counts == {"new": 1}


def test_a_file_that_is_not_ready_has_no_sample(desk):
    file = ready(desk, "new@example.org")
    files.judge_again(file)
    assert "not ready yet" in desk.post("check_file_sample", pk=file.pk).content.decode()

"""Raising and closing alerts: told once for each occurrence, whoever finds it first."""

import json

import pytest

from contacts import alerts
from contacts.models import Alert
from tests.emulation import running_emulator
from tests.installation import Installation
from tests.rows import make_account
from tests.test_connect_processes import run_together

SPIKE, LINK = Alert.Kind.SPIKE, Alert.Kind.LINK

MAKE = """
from contacts.models import LinkedAccount
LinkedAccount.objects.create(slug="harbour", encoded_account_id="a07", name="Harbour")
"""

NOTICE = """
from django.db import transaction
from contacts import alerts
from contacts.models import Alert, LinkedAccount
account = LinkedAccount.objects.get()
raised = 0
for number in range(5):
    with transaction.atomic():
        raised += alerts.notice(account, Alert.Kind.SPIKE, key=f"spike-{number}", number=number) is not None
print(raised)
"""

COUNT = """
from contacts.models import Alert
print(json.dumps(sorted(Alert.objects.values_list("key", flat=True))))
"""


@pytest.mark.django_db
def test_the_same_thing_is_told_once(django_assert_num_queries):
    account = make_account()
    assert alerts.notice(account, SPIKE, key="spike-1", number=3012).detail == {"number": 3012}
    with django_assert_num_queries(1):
        assert alerts.notice(account, SPIKE, key="spike-1", number=9) is None
    assert Alert.objects.get().detail == {"number": 3012}


@pytest.mark.django_db
def test_another_account_another_kind_and_another_key_are_other_things():
    account = make_account()
    raised = [
        alerts.notice(account, SPIKE, key="1"),
        alerts.notice(account, LINK, key="1"),
        alerts.notice(account, SPIKE, key="2"),
        alerts.notice(make_account(), SPIKE, key="1"),
    ]
    assert None not in raised


@pytest.mark.django_db
def test_what_is_over_does_not_stand_and_is_not_told_again():
    account = make_account()
    for key in ("1", "2"):
        alerts.notice(account, SPIKE, key=key)
    assert alerts.over(account, SPIKE, key="1") == 1
    assert [each.key for each in Alert.objects.filter(closed_at=None)] == ["2"]
    assert alerts.notice(account, SPIKE, key="1") is None
    assert alerts.over(account, SPIKE, key="1") == 0


@pytest.mark.django_db
def test_without_a_key_all_of_the_kind_are_over_and_no_other():
    account, other = make_account(), make_account()
    for each, kind in ((account, SPIKE), (account, LINK), (other, SPIKE)):
        alerts.notice(each, kind, key="1")
    assert alerts.over(account, SPIKE) == 1
    assert Alert.objects.filter(closed_at=None).count() == 2


def test_eight_processes_that_notice_the_same_things_tell_each_once(tmp_path):
    with running_emulator() as emulation:
        installation = Installation(emulation)
        try:
            installation.run(MAKE)
            raised = run_together(installation, NOTICE, 8, tmp_path)
            kept = installation.run(COUNT)
        finally:
            installation.remove()
    assert sum(json.loads(each) for each in raised) == 5
    assert kept == [f"spike-{number}" for number in range(5)]

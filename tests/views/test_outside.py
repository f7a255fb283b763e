"""Changed outside ccadmin: exactly what was undone and stands, until somebody says that they have seen it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import alerts, audit
from contacts.models import Alert, AuditEntry, Reversal, SyncRun, Write
from contacts.selectors.paging import SIZE
from contacts.sync import history, reversals
from tests.deleted_rig import QUARTER, Place
from tests.rows import make_access

pytestmark = pytest.mark.django_db


class Till(Place):
    """A place where we removed people, and another program put them back."""

    def __init__(self, client):
        super().__init__(client)
        self.by = make_access(self.account, "marketer").user

    def put_back(self, number=1, **write):
        """So many were deleted by us, and came back; the reversals."""
        now = timezone.now()
        gone = self.delete(self.store(number), by_us=True, since=now - 2 * QUARTER, seen_at=now - QUARTER)
        for each in gone:
            self.wrote(each, kind="delete", **write)
        on = [str(each.remote_id) for each in self.lists]
        self.revive([each | {"list_memberships": on} for each in gone], seen_at=now, since=now - QUARTER)
        return self.tell(number)

    def delete_again(self):
        """One was brought back by us, and is deleted."""
        now = timezone.now()
        [person] = self.delete(self.store(1), since=now - 3 * QUARTER)
        self.revive([person], seen_at=now - 2 * QUARTER, since=now - 3 * QUARTER)
        self.contact(person).events.filter(kind="revived").update(sure="us", told_at=now)
        self.wrote(person, kind="reactivate", lists=[str(self.lists[0].remote_id)])
        self.delete([person | {"updated_at": now.isoformat()}], since=now - QUARTER, seen_at=now)
        return self.tell(1)

    def wrote(self, person, **fields):
        contact, now = self.contact(person), timezone.now()
        entry = audit.record(
            fields["kind"], AuditEntry.Outcome.CONFIRMED, by=self.by, account=self.account, target=person["contact_id"]
        )
        given = {"account": self.account, "contact": contact, "state": "confirmed", "by": self.by, "outcome": entry}
        return Write.objects.create(**given, began_at=now, ended_at=now, **fields)

    def tell(self, number):
        run = SyncRun.objects.filter(account=self.account).first() or SyncRun.objects.create(
            account=self.account, kind="changes", step="finish"
        )
        assert reversals.notice(run) == number
        history.tell(self.account)
        return list(Reversal.objects.filter(account=self.account).order_by("-pk")[:number])


@pytest.fixture
def till(client):
    return Till(client)


def dismiss(till, *reversals, **fields):
    asked = {"reversal": [each.pk for each in reversals], **fields}
    return till.client.post(till.url("outside_dismiss"), asked, follow=True)


def test_nothing_to_see_is_said_in_one_line(till):
    till.sign_in("viewer")
    words = "no change made here was undone outside, or each one was dismissed."
    assert words in till.text(till.get("outside_list"))
    assert "came back" not in till.text(till.get("home"))


def test_who_came_back_is_told_with_both_lines_of_the_history(till):
    [undone] = till.put_back()
    till.sign_in("manager")
    text = till.text(till.get("outside_list"))
    assert undone.contact.address in text
    assert f'>Deleted</a><br><span class="quiet">{till.by},' in text
    assert "Came back: Course alerts and Newsletter</a>" in text
    assert ">unknown</td>" in text
    assert till.url("audit_detail", pk=undone.write.outcome_id) in text
    assert till.url("audit_detail", pk=undone.event.entry_id) in text
    assert till.url("contact_detail", remote_id=undone.contact.remote_id) in text


def test_home_counts_each_kind_and_leads_to_exactly_those(till):
    till.put_back(3)
    again = till.delete_again()
    till.sign_in("agent")
    home = till.text(till.get("home"))
    assert "3 came back after removal" in home and "1 deleted again" in home
    assert "Nothing needs you" not in home
    page = till.get("outside_list", "?kind=deleted_again")
    assert [row.reversal for row in page.context["found"].rows] == again
    assert len(till.get("outside_list", "?kind=came_back").context["found"].rows) == 3
    assert len(till.get("outside_list", "?kind=nonsense").context["found"].rows) == 4


def test_a_viewer_sees_no_address_and_no_button(till):
    [undone] = till.put_back()
    till.sign_in("viewer")
    text = till.text(till.get("outside_list"))
    assert undone.contact.address not in text and ">a contact</a>" in text
    assert "Seen, dismiss" not in text and "can dismiss what they have seen" in text


def test_only_what_somebody_may_open_is_a_link(till):
    [undone] = till.put_back()
    entry = till.url("audit_detail", pk=undone.write.outcome_id)
    till.sign_in("agent")
    assert entry not in till.text(till.get("outside_list"))
    till.client.force_login(till.by)
    assert entry in till.text(till.get("outside_list"))


def test_dismissing_is_written_down_on_the_contact_and_empties_home(till):
    [undone] = till.put_back()
    alerts.notice(till.account, Alert.Kind.REVERSAL, key="run-1", number=1)
    agent = till.sign_in("agent")
    assert "Dismissed: 1 change." in till.text(dismiss(till, undone))
    entry = AuditEntry.objects.get(action="reversal_dismissed")
    assert (entry.actor_id, entry.outcome, entry.target) == (agent.pk, "done", str(undone.contact.remote_id))
    assert entry.detail["reversal"] == undone.pk and audit.verify(entry.chain) is None
    undone.refresh_from_db()
    assert (undone.dismissed_by, bool(undone.dismissed_at)) == (str(agent), True)
    assert "came back" not in till.text(till.get("home"))
    assert not Alert.objects.filter(kind="reversal", closed_at=None).exists()


def test_a_second_dismissal_says_so_and_writes_nothing(till):
    [undone] = till.put_back()
    till.sign_in("agent")
    dismiss(till, undone)
    assert "Nothing of that is left to dismiss" in till.text(dismiss(till, undone))
    assert AuditEntry.objects.filter(action="reversal_dismissed").count() == 1


def test_the_page_can_be_dismissed_at_once_and_stays_with_its_kind(till):
    undone = till.put_back(3)
    [kept] = till.delete_again()
    till.sign_in("agent")
    assert "Dismiss the 3 on this page" in till.text(till.get("outside_list", "?kind=came_back"))
    answer = dismiss(till, *undone, kind="came_back")
    assert answer.redirect_chain[-1][0].endswith("?kind=came_back")
    assert "Dismissed: 3 changes." in till.text(answer) and "Nothing of this kind stands." in till.text(answer)
    assert list(Reversal.objects.filter(dismissed_at=None)) == [kept]


def test_another_account_s_lines_are_neither_shown_nor_dismissed(till):
    theirs = Till(till.client).put_back(2)
    [ours] = till.put_back()
    till.sign_in("admin")
    assert [row.reversal for row in till.get("outside_list").context["found"].rows] == [ours]
    assert "Nothing of that is left to dismiss" in till.text(dismiss(till, *theirs))
    assert Reversal.objects.filter(dismissed_at=None).count() == 3


@pytest.mark.parametrize("asked", ["", "x", "-1", "9" * 30, "\0"])
def test_an_odd_choice_dismisses_nobody(till, asked):
    till.put_back()
    till.sign_in("agent")
    answer = till.client.post(till.url("outside_dismiss"), {"reversal": asked, "kind": asked}, follow=True)
    assert "Nothing of that is left to dismiss" in till.text(answer)


def test_a_later_change_of_ours_is_an_answer(till):
    [undone] = till.put_back()
    till.wrote({"contact_id": str(undone.contact.remote_id)}, kind="add_tags")
    till.sign_in("agent")
    assert till.get("outside_list").context["found"].total == 1
    till.wrote({"contact_id": str(undone.contact.remote_id)}, kind="delete")
    assert till.get("outside_list").context["found"].total == 0


def test_pages_follow_each_other_and_cost_the_same(till):
    till.put_back(2)
    till.sign_in("manager")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            page = till.get("outside_list")
        return len(queries), page

    few, _ = cost()
    till.put_back(SIZE)
    many, page = cost()
    assert few == many and len(page.context["found"].rows) == SIZE
    older = till.get("outside_list", f"?after={page.context['found'].page.after}")
    assert len(older.context["found"].rows) == 2


def test_home_costs_the_same_whatever_was_undone(till):
    till.sign_in("manager")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            till.get("home")
        return len(queries)

    till.put_back()
    one = cost()
    till.put_back(20)
    assert cost() == one


def test_an_old_reversal_stays_until_somebody_has_seen_it(till):
    [undone] = till.put_back()
    Reversal.objects.filter(pk=undone.pk).update(noticed_at=timezone.now() - timedelta(days=40))
    Write.objects.update(began_at=timezone.now() - timedelta(days=41))
    till.sign_in("agent")
    assert till.get("outside_list").context["found"].total == 1

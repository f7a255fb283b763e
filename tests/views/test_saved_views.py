"""Views of the history under a name: who keeps, opens, shares and deletes them, and what the history says of it."""

import pytest

from contacts.models import AuditEntry, SavedView
from contacts.selectors.history_feed import built_in
from tests.rows import make_access
from tests.views.history_rig import Outcome, Past, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def past():
    return Past()


def keep(past, name="Mondays", q="action:link", **fields):
    answer = past.post("audit_view_save", {"name": name, "q": q, **fields})
    return SavedView.objects.filter(account=past.account).order_by("id").last(), answer


def test_a_filter_is_kept_under_a_name_and_its_address_shows_it(past):
    link = past.record("link")
    past.record("unlink")
    view, answer = keep(past)
    assert answer["Location"] == past.url("audit_view", view=view.pk)
    page = past.get("audit_view", view=view.pk)
    assert [line.entry for line in page.context["feed"].rows] == [link]
    assert "<h1>Mondays</h1>" in text(page) and "Your own view" in text(page)
    entry = AuditEntry.objects.get(action="view_saved")
    assert entry.detail == {"view": view.pk, "query": "action:link", "shared": False}
    assert entry.told() == {"name": "Mondays"}


def test_one_s_own_view_is_not_found_by_others_and_a_shared_one_is(past):
    own, _ = keep(past, "Own")
    shared, _ = keep(past, "For all", shared="on")
    past.browser.force_login(past.anna)
    assert past.get("audit_view", view=own.pk).status_code == 404
    assert past.post("audit_view_delete", view=own.pk).status_code == 404
    page = text(past.get("audit_view", view=shared.pk))
    assert "shared with everybody on this account" in page
    assert "Own</a>" not in page


def test_a_shared_view_shows_an_agent_no_more_than_their_own_acts(past):
    past.act(past.contact(), by=past.dermot)
    view, _ = keep(past, q="action:reactivate", shared="on")
    past.browser.force_login(past.anna)
    assert past.get("audit_view", view=view.pk).context["feed"].rows == []


def test_another_account_s_shared_view_is_not_found_by_its_number(past):
    other = Past()
    view, _ = keep(other, "Theirs", shared="on")
    assert past.get("audit_view", view=view.pk).status_code == 404
    make_access(other.account, "manager", user=past.reader)
    answer = past.get("audit_view", view=view.pk)
    assert answer.status_code == 404 and "Theirs" not in answer.content.decode()
    assert "Theirs" not in text(past.get("audit_list"))


def test_who_sees_only_their_own_acts_cannot_share(past):
    past.browser.force_login(past.anna)
    assert "Share with everybody" not in text(past.get("audit_list", {"q": "action:link"}))
    view, answer = keep(past, shared="on")
    assert view is None
    assert "only managers and admins can share a view" in text(past.browser.get(answer["Location"]))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "give the view a name"),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"q": ""}, "asks for everything"),
        ({"q": "action:nonsense"}, "is not among what can be asked for"),
        ({"q": "contact:maeve.doyle@example.net"}, "Our copy has no contact"),
        ({"name": "Taken"}, "You have a view of this name already"),
    ],
)
def test_what_cannot_be_kept_says_why(past, fields, sentence):
    keep(past, "Taken")
    _, answer = keep(past, **fields)
    assert "maeve" not in answer["Location"]
    assert sentence in text(past.browser.get(answer["Location"]))
    assert SavedView.objects.count() == 1


def test_a_view_is_deleted_by_who_made_it_or_by_a_manager_and_that_is_written_down(past):
    view, _ = keep(past, shared="on")
    past.browser.force_login(past.anna)
    past.post("audit_view_delete", view=view.pk)
    assert SavedView.objects.filter(pk=view.pk).exists()
    past.browser.force_login(past.dermot)
    past.post("audit_view_delete", view=view.pk)
    assert not SavedView.objects.filter(pk=view.pk).exists()
    assert AuditEntry.objects.get(action="view_deleted").actor == "Dermot Walsh"


def test_everybody_has_four_views_and_each_finds_what_its_name_says(past):
    contact = past.contact()
    mine, unsure = past.act(contact, by=past.reader, note="4812"), past.act(contact, end=Outcome.UNKNOWN, note="4813")
    bare, seen = past.act(contact), past.seen(contact)
    views = {view.name: view.text for view in built_in(past.reader, today=mine.at.date(), every=True)}
    found = {name: past.shown(query) for name, query in views.items()}
    assert found == {
        "Reactivations without evidence": [bare],
        "Seen outside ccadmin": [seen],
        "We do not know yet": [unsure],
        "Mine this week": [mine],
    }
    page = text(past.get("audit_list"))
    assert all(f">{name}</a>" in page for name in views)

"""The page of Constant Contact's own exports: asked for by a form, followed by the worker, downloaded by a click."""

import re
import uuid

import pytest
from django.utils import timezone

from contacts.models import AuditEntry, ContactList, RemoteExport, Tag
from contacts.services import remote_exports
from tests.emulation import ACCOUNT
from tests.rows import make_account
from tests.views.check_rig import GALA, NEWSLETTER, Desk
from tests.views.jobs_rig import text

pytestmark = pytest.mark.django_db


def test_from_the_form_to_the_file(emulation):
    emulation.control("activities", seconds=0)
    desk = Desk(emulation, role="marketer")
    where = f"/a/{desk.account.slug}/contacts/export/constant-contact/"
    page = text(desk.browser.get(where))
    assert "Nothing was asked for yet" in page and "no former lists" in page and "hx-trigger" not in page
    form = {"token": str(uuid.uuid4()), "status": "", "reason": "For the office"}
    for _ in range(2):
        assert desk.browser.post(where, form)["Location"] == where
    assert 'hx-trigger="every 3s"' in text(desk.browser.get(where))
    export = RemoteExport.objects.get()
    while export.is_open:
        RemoteExport.objects.update(look_at=timezone.now())
        remote_exports.follow_due()
        export.refresh_from_db()
    shown = text(desk.browser.get(f"{where}progress/"))
    assert f"Download export {export.pk}" in shown and "hx-trigger" not in shown
    answer = desk.browser.post(f"{where}file/", {"export": export.pk})
    content = b"".join(answer.streaming_content)
    assert b"email_address" in content
    ends = AuditEntry.objects.filter(action="export").order_by("sequence").values_list("outcome", flat=True)
    assert list(ends) == ["intended", "done"]
    assert answer["Content-Disposition"].startswith('attachment; filename="constant-contact-')


def test_what_is_missing_is_said(emulation):
    desk = Desk(emulation, role="marketer")
    where = f"/a/{desk.account.slug}/contacts/export/constant-contact/"
    assert "Say what the file is for" in text(desk.browser.post(where, {"token": str(uuid.uuid4()), "status": ""}))
    odd = {"token": str(uuid.uuid4()), "status": "everybody", "reason": "x"}
    assert "Choose one of these" in text(desk.browser.post(where, odd))
    assert not RemoteExport.objects.exists()


def test_it_is_narrowed_by_lists_and_told_by_their_names(emulation):
    desk = Desk(emulation, role="marketer")
    where = f"/a/{desk.account.slug}/contacts/export/constant-contact/"
    form = {"token": str(uuid.uuid4()), "status": "active", "reason": "x", "columns": "address"}
    assert desk.browser.post(where, form | {"list_ids": [NEWSLETTER, GALA]})["Location"] == where
    export = RemoteExport.objects.get()
    assert (export.state, export.list_ids, export.columns) == ("running", [NEWSLETTER, GALA], "address")
    page = text(desk.browser.get(where))
    assert "Status active on Gala 2026 or Newsletter" in page
    ContactList.objects.filter(remote_id=GALA).delete()
    assert "on Newsletter or one that is not in our copy" in text(desk.browser.get(where))


def test_many_lists_are_told_by_three_and_a_number(emulation):
    desk = Desk(emulation, role="marketer")
    rows = [ContactList(account=desk.account, remote_id=uuid.uuid4(), name=f"List {n}") for n in range(60)]
    ids = sorted(str(each.remote_id) for each in ContactList.objects.bulk_create(rows))
    where = f"/a/{desk.account.slug}/contacts/export/constant-contact/"
    form = {"token": str(uuid.uuid4()), "reason": "x"}
    page = text(desk.browser.post(where, form | {"list_ids": ids[:51]}))
    assert "Constant Contact takes at most 50 lists; you chose 51." in page
    assert len(re.findall('name="list_ids" value="[^"]*" checked', page)) == 51
    desk.browser.post(where, form | {"list_ids": ids[:50]})
    assert RemoteExport.objects.get().list_ids == ids[:50]
    assert "or 47 more" in text(desk.browser.get(where))


@pytest.mark.parametrize("beside", [{"status": "active"}, {"list_ids": [NEWSLETTER]}])
def test_tags_stand_alone(emulation, beside):
    desk = Desk(emulation, role="marketer")
    tag = Tag.objects.create(account=desk.account, remote_id=uuid.uuid4(), name="cookery-club")
    where = f"/a/{desk.account.slug}/contacts/export/constant-contact/"
    form = {"token": str(uuid.uuid4()), "reason": "x", "tag_ids": [str(tag.remote_id)]}
    assert "Constant Contact takes tags alone" in text(desk.browser.post(where, form | beside))
    assert not RemoteExport.objects.exists()
    emulation.state.load(tags=[{"account": ACCOUNT, "tag_id": str(tag.remote_id), "name": tag.name}])
    desk.browser.post(where, form)
    assert "Everyone with the tag cookery-club" in text(desk.browser.get(where))


def test_a_list_of_another_account_cannot_be_chosen(emulation):
    desk = Desk(emulation, role="marketer")
    theirs = ContactList.objects.create(account=make_account(), remote_id=uuid.uuid4(), name="Theirs")
    where = f"/a/{desk.account.slug}/contacts/export/constant-contact/"
    form = {"token": str(uuid.uuid4()), "reason": "x", "list_ids": [str(theirs.remote_id)]}
    page = text(desk.browser.post(where, form))
    assert "not in this account any more" in page and "Theirs" not in page
    assert not RemoteExport.objects.exists()


def test_a_file_that_is_gone_is_no_longer_offered(emulation):
    desk = Desk(emulation, role="marketer")
    where = f"/a/{desk.account.slug}/contacts/export/constant-contact/"
    export = RemoteExport.objects.create(account=desk.account, state="ready", file_id=str(uuid.uuid4()))
    assert f"Download export {export.pk}" in text(desk.browser.get(where))
    page = text(desk.browser.post(f"{where}file/", {"export": export.pk}, follow=True))
    assert page.count("does not have this file any more") == 2 and "No longer in Constant Contact" in page
    assert "Download export" not in page

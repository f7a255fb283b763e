"""The page of Constant Contact's own exports: asked for by a form, followed by the worker, downloaded by a click."""

import uuid

import pytest
from django.utils import timezone

from contacts.models import AuditEntry, RemoteExport
from contacts.services import remote_exports
from tests.views.check_rig import Desk
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

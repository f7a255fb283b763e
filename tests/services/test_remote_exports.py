"""Constant Contact's own exports: asked for once, followed to a true end, passed on guarded and never stored."""

import csv
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts.api.errors import APIError
from contacts.models import AuditEntry, ContactList, Erasure, FileRow, RemoteExport, Seed
from contacts.rules.refusal import Refused
from contacts.services import erasing, files, remote_exports, seeds
from contacts.services.remote_exports import State
from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.services.world import GALA, GIFT, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(plain):
    plain.control("activities", seconds=0)
    return World(plain, role="manager", deleted=False)


def begin(world, token=None, **wish):
    told = {"status": "", "reason": "For the office", **wish}
    return remote_exports.begin(world.account, by=world.agent, token=token or uuid.uuid4(), **told)


def to_the_end(export):
    for _ in range(50):
        if not export.is_open:
            return export
        RemoteExport.objects.filter(pk=export.pk).update(look_at=timezone.now())
        remote_exports.follow_due()
        export.refresh_from_db()
    return export


def read(world, export):
    sending = remote_exports.pass_on(export, by=world.agent)
    content = b"".join(sending)
    sending.close()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def entries(world):
    rows = AuditEntry.objects.filter(account=world.account, action__in=["remote_export", "export"])
    return [(each.action, each.outcome) for each in rows.order_by("sequence")]


def test_an_export_is_asked_for_followed_and_passed_on(world):
    export = to_the_end(begin(world))
    assert export.state == State.READY
    [row] = read(world, export)
    assert row["email_address"] == world.remote["email_address"]["address"]
    assert entries(world) == [
        ("remote_export", "intended"),
        ("remote_export", "done"),
        ("export", "intended"),
        ("export", "done"),
    ]
    done = AuditEntry.objects.get(account=world.account, action="export", outcome="done")
    assert done.detail["rows"] == 1 and done.detail["sha256"]


def test_one_form_asks_once(world):
    token = uuid.uuid4()
    assert begin(world, token) == begin(world, token)
    assert len(world.emulation.requests("POST", "/activities/contact_exports")) == 1


@pytest.fixture
def crowd(world):
    """Four more people: on the list, on it and opted out, with the tag, with neither."""
    out = {"email_address": {"permission_to_send": "unsubscribed", "opt_out_source": "Contact"}}
    people = {
        "on": {"list_memberships": [GALA]},
        "left": {"list_memberships": [GALA], **out},
        "cook": {"taggings": [GIFT]},
        "alone": {},
    }
    for name, parts in people.items():
        remote = make_remote(f"{name}@example.org")
        remote["email_address"] |= parts.pop("email_address", {})
        world.emulation.state.load(contacts=[{"account": ACCOUNT, **remote, **parts}])
    return world


@pytest.mark.parametrize(
    ("wish", "sent", "found"),
    [
        ({"list_ids": [GALA]}, {"list_ids": [GALA]}, {"on", "left"}),
        ({"list_ids": [GALA], "status": "unsubscribed"}, {"list_ids": [GALA], "status": "unsubscribed"}, {"left"}),
        ({"tag_ids": [GIFT]}, {"tag_ids": [GIFT]}, {"cook"}),
        ({"tag_ids": [GIFT], "columns": "address"}, {"tag_ids": [GIFT], "fields": ["email_address"]}, {"cook"}),
    ],
)
def test_it_is_narrowed_as_asked_and_the_history_says_by_what(crowd, wish, sent, found):
    export = to_the_end(begin(crowd, **wish))
    [asked] = crowd.emulation.requests("POST", "/activities/contact_exports")
    assert json.loads(asked["body"]) == sent
    rows = read(crowd, export)
    assert {row["email_address"].partition("@")[0] for row in rows} == found
    assert all(list(row) == ["email_address"] for row in rows) == ("columns" in wish)
    told = {"status": "any", "columns": "every", **wish, "remote_export": export.pk}
    told |= {short: told.pop(name) for name, short in (("list_ids", "lists"), ("tag_ids", "tags")) if name in told}
    details = AuditEntry.objects.filter(account=crowd.account, action="remote_export").values_list("detail", flat=True)
    assert list(details) == [told, told]


def test_the_columns_about_consent_come_with_the_address(crowd):
    export = to_the_end(begin(crowd, list_ids=[GALA], status="unsubscribed", columns="consent"))
    [row] = read(crowd, export)
    assert next(iter(row)) == "email_address" and row["email_optout_source"] == "Contact" and len(row) == 6


def test_the_export_of_one_list_is_an_old_export_that_can_be_read(crowd):
    export = to_the_end(begin(crowd, list_ids=[GALA]))
    content = b"".join(remote_exports.pass_on(export, by=crowd.agent))
    upload = SimpleUploadedFile("gala.csv", content)
    seed = seeds.begin(crowd.account, by=crowd.agent, upload=upload, token=uuid.uuid4())
    for _ in range(3):
        files.carry_on(seed.file, seconds=10)
    seed.file.refresh_from_db()
    whole = ContactList.objects.get(account=crowd.account, remote_id=GALA)
    seeds.answer(seed, day=timezone.now().date(), columns={}, whole=whole)
    assert seeds.carry_on(seed, seconds=10).state == Seed.State.LOOKED
    assert FileRow.objects.filter(file=seed.file).count() == 2


def test_a_cell_of_constant_contact_is_guarded_too(world):
    world.emulation.state.load(contacts=[{"account": ACCOUNT, **make_remote("b@example.org", first_name="=1+1")}])
    export = to_the_end(begin(world))
    assert "'=1+1" in {row.get("first_name") for row in read(world, export)}


def test_whoever_was_erased_here_does_not_come_back_by_this_file(world):
    export = to_the_end(begin(world))
    erasing.begin(world.contact, by=world.agent, reason="They asked")
    export.account.refresh_from_db()
    assert Erasure.objects.exists()
    assert read(world, export) == []


def test_an_answer_that_never_came_is_no_failure_and_no_success(world):
    world.emulation.fault("answer_lost", method="POST", path="/activities/")
    export = begin(world)
    assert export.state == State.UNKNOWN
    export = to_the_end(export)
    assert export.state == State.LOST and "ask for it again" in export.message
    assert entries(world) == [("remote_export", "intended"), ("remote_export", "unknown")]


def test_a_file_whose_beginning_breaks_off_is_refused_and_written_down(world):
    export = to_the_end(begin(world))
    world.emulation.fault("cut_body", method="GET", path="/contact_exports/")
    with pytest.raises(Refused, match="connection"):
        remote_exports.pass_on(export, by=world.agent)
    assert entries(world)[-2:] == [("export", "intended"), ("export", "failed")]
    assert len(read(world, export)) == 1


def test_a_line_that_breaks_in_the_middle_of_the_file_is_written_down(world):
    people = [{"account": ACCOUNT, **make_remote(f"p{number}@example.org")} for number in range(2000)]
    world.emulation.state.load(contacts=people)
    export = to_the_end(begin(world))
    world.emulation.fault("cut_body", method="GET", path="/contact_exports/")
    sending = remote_exports.pass_on(export, by=world.agent)
    with pytest.raises(APIError):
        b"".join(sending)
    sending.close()
    assert entries(world)[-1] == ("export", "failed")


def test_a_file_that_is_no_table_is_refused_at_once(world):
    export = to_the_end(begin(world))
    world.emulation.state.db.execute("UPDATE exports SET body = ?", ("x" * 2_000_000,))
    with pytest.raises(Refused, match="longer than"):
        remote_exports.pass_on(export, by=world.agent)
    assert entries(world)[-1] == ("export", "failed")


def test_a_file_that_is_not_ready_or_gone_is_refused_before_a_byte(world):
    export = begin(world)
    with pytest.raises(Refused, match="no file"):
        remote_exports.pass_on(export, by=world.agent)
    export = to_the_end(export)
    RemoteExport.objects.filter(pk=export.pk).update(file_id=str(uuid.uuid4()))
    export.refresh_from_db()
    with pytest.raises(Refused, match="does not have this file any more"):
        remote_exports.pass_on(export, by=world.agent)
    export.refresh_from_db()
    assert export.state == State.GONE and "does not have this file any more" in export.message
    with pytest.raises(Refused, match="no file"):
        remote_exports.pass_on(export, by=world.agent)
    assert ("export", "intended") not in entries(world)


def test_one_that_never_finishes_is_given_up_after_a_day(world):
    export = begin(world)
    RemoteExport.objects.filter(pk=export.pk).update(asked_at=timezone.now() - timedelta(days=2), remote_id="unknown-1")
    assert to_the_end(RemoteExport.objects.get(pk=export.pk)).state == State.LOST

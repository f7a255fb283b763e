"""Somebody who was erased comes back through no paper: no file, old export, plan of an import or line of an answer."""

import uuid

import pytest
from django.utils import timezone

from contacts import mirror
from contacts.models import Activity, AuditPayload, Contact, ContactFile, FilePart, FileRow, LinkedAccount, Seed, Write
from contacts.rules.refusal import Refused
from contacts.services import erasing, files, remote_exports
from contacts.services.jobs.importing import sending, verdicts
from contacts.services.newcomers import create
from contacts.services.traces import Words
from tests.emulation import ACCOUNT
from tests.rows import make_account, make_remote
from tests.services.files.rig import Desk, carried, row
from tests.services.files.test_forgetting import everything
from tests.services.jobs.importing import people, planned
from tests.services.jobs.rig import Crowd
from tests.services.jobs.rig import emulated as emulated_jobs
from tests.services.world import NEWSLETTER, World

pytestmark = pytest.mark.django_db
MAEVE = "maeve.doyle@example.net"


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def crowd(settings):
    with emulated_jobs(settings) as running:
        yield Crowd(running)


def asked_to_forget(desk, address=MAEVE):
    """The person as our copy has them, and their request; the worker has not begun with it."""
    contact = desk.store(address, first_name="Maeve", last_name="Doyle")
    return erasing.begin(contact, by=desk.user, reason="letter")


@pytest.mark.parametrize("purpose", ["check", "seed"])
def test_a_file_that_comes_after_the_erasure_keeps_nothing_of_them(desk, purpose):
    asked_to_forget(desk)
    file = carried(desk.bring([row(MAEVE, "Maeve", "Doyle"), row("c@example.org", "Conor")], purpose=purpose))
    assert file.state == ContactFile.State.READY
    assert b"maeve" not in everything()
    assert b"conor" in everything()
    kept = FileRow.objects.filter(file=file).order_by("number").values_list("verdict", "address_key")
    assert [kept[0], kept[1][1]] == [("erased", ""), "c@example.org"]
    assert not FilePart.objects.exists()


def test_a_row_that_was_judged_before_they_came_is_gone_with_the_request_itself(desk):
    file = desk.ready([row(MAEVE, "Maeve", "Doyle"), row("c@example.org", "Conor")])
    assert set(FileRow.objects.filter(file=file).values_list("contact", flat=True)) == {None}
    erasure = asked_to_forget(desk)
    assert list(FileRow.objects.values_list("address_key", flat=True)) == ["c@example.org"]
    while erasure.step not in ("wipe", ""):
        erasure = erasing.carry_on(erasure, seconds=0)
    file.refresh_from_db()
    assert (file.rows, file.counts, FilePart.objects.count()) == (1, {"new": 1}, 0)


def test_an_old_export_whose_column_of_lists_was_none_forgets_their_name_too(desk):
    file = carried(desk.bring([row("c@example.org", "x")], purpose="seed"))
    names = {"Maeve Doyle": {"rows": 1, "list": None}, "Gala": {"rows": 2, "list": None}}
    seed = Seed.objects.create(account=desk.account, file=file, state="looked", names=names)
    erasure = asked_to_forget(desk)
    while erasure.step not in ("wipe", ""):
        erasure = erasing.carry_on(erasure, seconds=0)
    seed.refresh_from_db()
    assert list(seed.names) == ["Gala"]


def test_a_row_at_which_a_key_is_missing_answers_with_a_sentence(desk):
    file = desk.ready([row("c@example.org", "Conor")])
    asked_to_forget(desk)
    LinkedAccount.objects.filter(pk=desk.account.pk).update(erasure_key="lost")
    line = FileRow.objects.select_related("file__account").get(file=file)
    looked = files.look_live(line, by=desk.user, role="marketer")
    assert "key" in looked.problem


def test_a_row_of_an_import_that_is_judged_in_the_moment_of_an_erasure_says_no_address(crowd):
    job = planned(crowd, people(2))
    items = sending._next(job)
    address = items[0].row.address_key
    now = timezone.now()
    crowd.emulation.state.load(contacts=[{"account": ACCOUNT, **(remote := make_remote(address))}])
    contact = mirror.store_contact(crowd.account, remote, fetched_at=now, seen_at=now)
    erasing.begin(contact, by=crowd.by, reason="letter")
    claims, refused = sending._judged(job, items)
    assert [(item.pk, write.message, write.address_key) for item, write in refused] == [
        (items[0].pk, sending.ERASED, "")
    ]
    assert [each.item.pk for each in claims] == [items[1].pk]


def test_an_import_whose_person_was_erased_meanwhile_is_refused_and_leaves_no_address(crowd):
    job = planned(crowd, people(2))
    address = job.items.order_by("pk")[0].row.address_key
    now = timezone.now()
    remote = make_remote(address)
    crowd.emulation.state.load(contacts=[{"account": ACCOUNT, **remote}])
    contact = mirror.store_contact(crowd.account, remote, fetched_at=now, seen_at=now)
    words = Words.of(contact)
    erasure = erasing.begin(contact, by=crowd.by, reason="letter")
    while erasure.step not in ("wipe", ""):
        erasure = erasing.carry_on(erasure, seconds=0)
    job = crowd.run(job)
    assert crowd.verdicts(job) == {"confirmed": 1, "refused": 1}
    assert not [each.pk for each in AuditPayload.objects.all() if words.are_in(bytes(each.body))]
    assert not Contact.objects.filter(address_key=address).exists()
    assert not Write.objects.exclude(address_key="").exists()


def test_what_an_activity_says_of_a_row_is_kept_without_any_address(crowd):
    job = planned(crowd, people(2))
    activity = Activity.objects.create(account=crowd.account, job=job, kind="contacts_json_import", remote_id="x")
    write = Write.objects.create(
        account=crowd.account, kind="import", state="intended", address_key="new0@example.net", activity=activity
    )
    verdicts.keep_lines(activity, ["Import error on row 3: New0@example.net clashes with other@example.org"])
    write.refresh_from_db()
    assert write.message
    assert "@" not in write.message


def test_nobody_is_created_under_the_new_address_of_somebody_erased(plain):
    world = World(plain, deleted=False)
    words = Words(world.remote["contact_id"], ("new.address@example.org",))
    erasing.begin(world.contact, by=world.agent, reason="letter")
    email = world.remote["email_address"] | {"address": "new.address@example.org"}
    plain.control("contact/change", id=world.remote["contact_id"], values={"email_address": email})
    given = {"details": {}, "lists": [NEWSLETTER], "basis": "asked_directly", "note": "4812", "token": uuid.uuid4()}
    write = create(world.account, by=world.agent, address="new.address@example.org", **given)
    assert (write.state, write.address_key, write.contact) == ("refused", "", None)
    assert not [each.pk for each in AuditPayload.objects.all() if words.are_in(bytes(each.body))]


def test_a_form_of_another_account_asks_for_no_export(plain):
    world, token = World(plain, role="manager"), uuid.uuid4()
    wish = {"by": world.agent, "token": token, "status": "", "reason": "office"}
    remote_exports.begin(world.account, **wish)
    with pytest.raises(Refused, match="used already"):
        remote_exports.begin(make_account(), **wish)
    assert len(plain.requests("POST", "/activities/contact_exports")) == 1


def test_what_constant_contact_said_of_an_export_is_in_its_payload_alone(plain):
    world = World(plain, role="manager")
    said = [{"error_key": "contacts.api.x", "error_message": "Maeve Doyle is in the way"}]
    plain.fault("status", method="POST", path="exports", status=400, body=said)
    export = remote_exports.begin(world.account, by=world.agent, token=uuid.uuid4(), status="", reason="office")
    assert (export.state, "Maeve" in export.message) == ("rejected", False)
    words = Words(str(uuid.uuid4()), names=("Maeve Doyle",))
    assert [words.are_in(bytes(each.body)) for each in AuditPayload.objects.order_by("pk")] == [False, True]

"""Files, old exports, V2 ids, exports and imports of another account, named in any address or field of a form.

Whoever is in both accounts, and names the one inside the other, is answered as a stranger is: as for what nobody has.
"""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts.models import (
    AuditEntry,
    ContactFile,
    Crossing,
    CustomField,
    FileRow,
    Job,
    RemoteExport,
    Seed,
    Write,
    Xref,
)
from contacts.services import files, jobs, seeds
from tests.rows import just_signed_in, make_access
from tests.security.test_foreign_ids import without_number
from tests.views.jobs_rig import Office

pytestmark = pytest.mark.django_db
NOBODY = 987_654


class Tenant(Office):
    """An account with one of each paper."""

    def __init__(self, name):
        super().__init__("admin", name=f"Account {name}")
        self.name = name
        for each in (self.newsletter, self.gala):
            type(each).objects.filter(pk=each.pk).update(name=f"{name} {each.name}")
        self.alive = self.people(2, on=[self.newsletter], prefix=f"{name}-alive")
        self.gone = self.ghosts(2, was_on=[self.newsletter], prefix=f"{name}-gone")
        CustomField.objects.create(account=self.account, remote_id=uuid.uuid4(), name=f"{name}_field", kind="string")
        type(self.account).objects.filter(pk=self.account.pk).update(watermark=timezone.now())
        self.account.refresh_from_db()
        self.file = self.brought(f"email,first_name\n{name}-new@example.org,{name}\n{name}-alive0@example.org,x\n")
        self.seed = self.old_export(f"email,lists\n{name}-gone0@example.org,{name} list\n")
        self.crossing = Crossing.objects.create(account=self.account, kind="contact", sequence_ids=[1, 2])
        Xref.objects.create(account=self.account, kind="contact", sequence_id=1, remote_id=self.alive[0]["contact_id"])
        self.export = RemoteExport.objects.create(account=self.account, state="ready", file_id=uuid.uuid4())
        self.job = jobs.freeze_import(
            self.file,
            by=self.person,
            token=uuid.uuid4(),
            lists=[str(self.newsletter.remote_id)],
            include=["new"],
            basis="signed_up",
            note=f"{name} fair",
        )

    def upload(self, text):
        return SimpleUploadedFile(f"{self.name}.csv", text.encode())

    def brought(self, text):
        check = ContactFile.Purpose.CHECK
        upload = self.upload(text)
        file = files.receive(self.account, by=self.person, upload=upload, purpose=check, token=uuid.uuid4())
        return self.ready(file)

    def old_export(self, text):
        seed = seeds.begin(self.account, by=self.person, upload=self.upload(text), token=uuid.uuid4())
        self.ready(seed.file)
        seed.refresh_from_db()
        seeds.answer(seed, day=timezone.now().date(), columns=seed.columns, whole=None)
        return seeds.carry_on(seed, seconds=10)

    def ready(self, file):
        while file.state in ContactFile.UNDER_WAY:
            file = files.carry_on(file, seconds=10)
        return file


@pytest.fixture
def ours():
    return Tenant("ours")


@pytest.fixture
def theirs(ours):
    """Another account, in which our person is an admin too."""
    other = Tenant("theirs")
    make_access(other.account, "admin", user=ours.person)
    just_signed_in(ours.browser)
    return other


def names_theirs(page):
    """Whether something of theirs stands in a page; the list of our person's accounts has the account's name."""
    told = page.casefold()
    return [each for each in ("newsletter", "gala", "list") if f"theirs {each}" in told] or any(
        f"theirs{mark}" in told for mark in ("-", "_field", ".csv")
    )


def kept():
    kinds = (ContactFile, FileRow, Seed, Crossing, Xref, RemoteExport, Job, Write)
    return {kind: list(kind.objects.order_by("pk").values()) for kind in kinds}


def doors(there):
    """Every address of a paper, with the number it has ``there``; None in place of a form is a GET."""
    token = {"token": str(uuid.uuid4())}
    file, seed, crossing = there.file.pk, there.seed.pk, there.crossing.pk
    for name in ("check_file_detail", "check_file_progress", "file_import"):
        yield name, {"pk": file}, None
    for part in ("safe", "person", "leave"):
        yield "check_file_download", {"pk": file, "part": part}, None
    reading = {"encoding": "utf-8", "delimiter": ",", "has_header": "yes", "field-0": "email"}
    yield "check_file_choose", {"pk": file}, reading
    yield "check_file_delete", {"pk": file}, {}
    yield "check_file_sample", {"pk": file}, {}
    yield "check_file_judge", {"pk": file}, {}
    yield "check_file_live", {"pk": file, "number": 2}, {}
    yield "file_import", {"pk": file}, {**token, "include": "new", "basis": "signed_up", "note": "x"}
    yield "seed_detail", {"pk": seed}, None
    yield "seed_progress", {"pk": seed}, None
    yield "seed_detail", {"pk": seed}, {"day": "2026-01-01", "lists": "1"}
    yield "seed_match", {"pk": seed}, {}
    for order in ("learn", "forget", "discard"):
        yield "seed_order", {"pk": seed}, {"order": order}
    for name in ("v2_detail", "v2_progress", "v2_pairs"):
        yield name, {"pk": crossing}, None
    yield "v2_ask", {"pk": crossing}, {}
    for name in ("job_detail", "job_people", "job_progress", "job_report"):
        yield name, {"pk": there.job.pk}, None
    for kind in ("remove_lists", "delete"):
        yield "import_back", {"pk": there.job.pk}, {**token, "kind": kind}


def test_no_paper_of_theirs_is_reached_under_our_address(ours, theirs):
    before, told = kept(), AuditEntry.objects.count()
    for name, parts, form in doors(theirs):
        answer = ours.get(name, **parts) if form is None else ours.post(name, form, **parts)
        assert answer.status_code == 404, (name, form)
        absent = {"pk": NOBODY} | {key: value for key, value in parts.items() if key != "pk"}
        nobody = ours.get(name, **absent) if form is None else ours.post(name, form, **absent)
        assert without_number(answer) == without_number(nobody)
    assert kept() == before
    assert AuditEntry.objects.count() == told


def test_a_check_is_no_old_export_and_an_old_export_no_check(ours):
    for name in ("check_file_detail", "check_file_progress", "file_import"):
        assert ours.get(name, pk=ours.seed.file_id).status_code == 404
    assert ours.get("check_file_download", pk=ours.seed.file_id, part="safe").status_code == 404
    assert ours.post("check_file_delete", {}, pk=ours.seed.file_id).status_code == 404


def test_lists_of_theirs_can_be_chosen_in_no_form_about_papers(ours, theirs):
    before = kept()
    for there in (str(theirs.newsletter.remote_id), str(uuid.uuid4())):
        wish = {"token": str(uuid.uuid4()), "include": "new", "basis": "signed_up", "note": "x", "lists": there}
        page = ours.post("file_import", wish, pk=ours.file.pk).content.decode()
        assert not names_theirs(page)
    for there in (theirs.newsletter.pk, NOBODY):
        page = ours.post("seed_detail", {"day": "2026-01-01", "whole": there}, pk=ours.seed.pk).content.decode()
        assert "not in this account" in page and not names_theirs(page)
        marks = [each.mark for each in seeds.seed_page(ours.seed).names]
        assert marks
        page = ours.post("seed_match", dict.fromkeys(marks, there), pk=ours.seed.pk).content.decode()
        assert "not in this account" in page and not names_theirs(page)
    assert kept() == before


@pytest.mark.parametrize("name", ["contact_create", "contact_sign_up_send"])
def test_somebody_new_comes_on_no_list_of_theirs(ours, theirs, name):
    form = {"token": str(uuid.uuid4()), "address": "new@example.org", "basis": "asked_directly", "note": "x"}
    for there in (str(theirs.newsletter.remote_id), str(uuid.uuid4())):
        page = ours.post(name, form | {"lists": there}).content.decode()
        assert "Nothing was sent" in page
    assert not Write.objects.filter(kind__in=["create", "sign_up"]).exists()


def test_the_marks_of_their_forms_bring_nothing_of_theirs(ours, theirs):
    """A form's mark finds what it made before: for whom it was made, in the account it was made in."""
    before = kept()
    for name, owner in (("check_file", theirs.file), ("seed_new", theirs.seed.file)):
        upload = ours.upload("email\nx@example.org\n")
        answer = ours.post(name, {"file": upload, "token": str(owner.token)})
        assert answer.status_code == 200
        assert "used already" in answer.content.decode()
    answer = ours.browser.post(
        ours.url("remote_export_list"),
        {"token": str(theirs.export.token), "status": "", "reason": "office"},
        follow=True,
    )
    assert answer.status_code == 200 and "used already" in answer.content.decode()
    wish = {"token": str(theirs.job.token), "include": "new", "basis": "signed_up", "note": "x"}
    answer = ours.post("file_import", wish | {"lists": str(ours.newsletter.remote_id)}, pk=ours.file.pk)
    assert answer.status_code == 200 and "used" in answer.content.decode()
    assert kept() == before


def test_their_export_at_constant_contact_is_answered_like_none(ours, theirs):
    for there in (theirs.export.pk, NOBODY, "x", "9" * 30):
        page = ours.follow("remote_export_file", {"export": there})
        assert "There is no such export" in page
    assert not AuditEntry.objects.filter(action="export").exists()


def test_nothing_of_theirs_is_shown_or_counted_beside_ours(ours, theirs):
    pages = ("check_file", "seed_new", "v2_list", "remote_export_list", "job_list", "report_home")
    parts = (("check_file_detail", ours.file), ("file_import", ours.file), ("seed_detail", ours.seed))
    found = [ours.get(name) for name in pages] + [ours.get(name, pk=each.pk) for name, each in parts]
    for page in found:
        assert page.status_code == 200
        assert not names_theirs(page.content.decode())
    numbers = ours.get(
        "v2_detail", pk=Crossing.objects.create(account=ours.account, kind="contact", sequence_ids=[1]).pk
    )
    assert theirs.alive[0]["contact_id"] not in numbers.content.decode()


LOSSES = {"expired": ({"expires_at": "now"}, 404), "lowered to viewer": ({"role": "viewer"}, 403)}


@pytest.mark.parametrize("loss", LOSSES)
def test_whoever_lost_the_right_in_an_open_session_does_nothing_with_papers(ours, loss):
    columns, status = LOSSES[loss]
    assert ours.get("check_file_detail", pk=ours.file.pk).status_code == 200
    columns = {name: timezone.now() if value == "now" else value for name, value in columns.items()}
    ours.person.accesses.update(**columns)
    before = kept()
    # What every member may look at, with addresses hidden.
    free = {"v2_detail", "v2_progress", "job_detail", "job_people", "job_progress"} if status == 403 else set()
    for name, parts, form in doors(ours):
        answer = ours.get(name, **parts) if form is None else ours.post(name, form, **parts)
        assert answer.status_code == (200 if name in free else status), (name, form)
        assert "ours-" not in (b"".join(answer) if answer.streaming else answer.content).decode()
    for name, form in (("check_file", {}), ("seed_new", {}), ("contact_create", {}), ("remote_export_file", {})):
        assert ours.post(name, form).status_code == status
    assert kept() == before

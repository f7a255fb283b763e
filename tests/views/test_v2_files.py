"""V2 ids in a file: which column they are in, what was left out, what is refused; nothing of the file is kept."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.models import AuditEntry, ContactFile, Crossing, FilePart, Xref
from contacts.tables import to_csv
from tests.rows import just_signed_in, make_access, make_account, make_remote
from tests.services.test_seeds import Place
from tests.tables import hostile

pytestmark = pytest.mark.django_db
IDS = "Email,V2 id,Zip\nmaeve@example.net,12,10115\nnobody@example.org,,10117\nfinn@example.org,7.0,10119\n"


class Desk:
    """An account, and somebody's browser at it."""

    def __init__(self, role="marketer"):
        self.account = make_account()
        self.browser = Client()
        self.browser.force_login(make_access(self.account, role).user)

    def url(self, name, *parts):
        return reverse(name, args=[self.account.slug, *parts])

    def bring(self, content=IDS, *, name="ids.csv", kind="contact", text="", **more):
        content = content.encode() if isinstance(content, str) else content
        form = {"kind": kind, "text": text, "file": SimpleUploadedFile(name, content)}
        return self.browser.post(self.url("v2_list"), form, follow=True, **more)

    def refused(self, *given, **more):
        answer = self.bring(*given, **more)
        assert (answer.status_code, Crossing.objects.count()) == (200, 0)
        return answer.content.decode()


@pytest.fixture
def desk():
    return Desk()


def book(tmp_path, *rows):
    """A spreadsheet with these rows of texts and numbers."""
    cells = (
        "".join(f'<c t="{"n" if isinstance(each, int) else "str"}"><v>{each}</v></c>' for each in row) for row in rows
    )
    lines = "".join(f'<row r="{number}">{each}</row>' for number, each in enumerate(cells, 1))
    return hostile.sheet(tmp_path / "file", hostile.SHEET.format(lines)).read_bytes()


def test_the_ids_of_a_file_become_a_question_and_the_file_is_not_kept(desk):
    page = desk.bring().content.decode()
    question = Crossing.objects.get()

    assert (question.sequence_ids, question.left_out) == ([7, 12], 1)
    assert "The V2 ids were read from “V2 id” of “ids.csv”. The file was not kept." in page
    assert "Left out: 1 word or row without a V2 id." in page
    assert "0 of 2 found, 2 not asked yet." in page
    assert not (ContactFile.objects.exists() or FilePart.objects.exists() or AuditEntry.objects.exists())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ids.tsv", "name\tv2_id\nMaeve\t12\nFinn\t7\n"),
        ("ids.csv", "Vorname;V2-ID\r\nMaeve;12\r\nFinn;7\r\n".encode("utf-16")),
        ("ids.txt", "12\n7\n"),
        ("ids.txt", "contact\n12\n7\n\n"),
        ("ids.csv", '\ufeff"contact_id","first_name"\n"12","Maeve"\n"7","Finn"\n'),
    ],
    ids=["tabs", "utf-16", "only numbers", "one column", "an export"],
)
def test_each_kind_of_text_is_read(desk, name, content):
    desk.bring(content, name=name)

    assert (Crossing.objects.get().sequence_ids, Crossing.objects.get().left_out) == ([7, 12], 0)


def test_a_spreadsheet_is_read(desk, tmp_path):
    desk.bring(book(tmp_path, ["Name", "Id"], ["Maeve", 12], ["Finn", 7], ["Una", "none"]), name="ids.xlsx")

    assert (Crossing.objects.get().sequence_ids, Crossing.objects.get().left_out) == ([7, 12], 1)


def test_lists_are_looked_for_in_their_own_column(desk):
    desk.bring("contact_id,list_id\n12,3\n7,3\n", kind="list")

    assert (Crossing.objects.get().kind, Crossing.objects.get().sequence_ids) == ("list", [3])


def test_a_file_as_large_as_the_text_may_be_is_taken_and_one_id_more_is_not(desk):
    rows = [["Email", "V2 id"], *(["a@example.org", str(number)] for number in range(1, 10_001))]
    desk.bring(b"".join(to_csv(rows)))
    assert len(Crossing.objects.get().sequence_ids) == 10_000

    Crossing.objects.all().delete()
    page = desk.refused(b"".join(to_csv([*rows, ["b@example.org", "10001"]])))
    assert "10,001 V2 ids are too many at once. Bring at most 10,000." in page


def test_the_download_says_what_each_number_of_the_file_is_called_today():
    place = Place()
    desk = Desk()
    desk.account = place.account
    desk.browser.force_login(place.by)
    maeve = place.store("maeve.doyle@example.net")
    Xref.objects.create(account=place.account, kind="contact", sequence_id=12, remote_id=maeve.remote_id)
    gala = place.lists["Gala, spring"]
    Xref.objects.create(account=place.account, kind="list", sequence_id=12, remote_id=gala.remote_id)

    taken = []
    for kind in ("contact", "list"):
        desk.bring("V2 id\n12\n7\n", kind=kind)
        pairs = just_signed_in(desk.browser).get(desk.url("v2_pairs", Crossing.objects.latest("pk").pk))
        taken.append(list(csv.reader(io.StringIO(b"".join(pairs).decode("utf-8-sig")))))

    assert taken == [
        [
            ["V2 id", "Contact id", "Address", "Status"],
            ["7", "", "", "Not asked yet"],
            ["12", str(maeve.remote_id), "maeve.doyle@example.net", "Active"],
        ],
        [
            ["V2 id", "List id", "Name", "Status"],
            ["7", "", "", "Not asked yet"],
            ["12", str(gala.remote_id), "Gala, spring", "In our copy"],
        ],
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id,zip\n1,10115\n2,10117\n", "“id” and “zip” both hold numbers. Write “V2 id” over the right column."),
        ("name\nMaeve\nFinn\n", "No V2 id was found."),
        (f"contact_id\n{make_remote()['contact_id']}\n", "No V2 id was found."),
        ("V2 id\n", "it has a header and no rows."),
        ("", "it is empty."),
        ("V2 id\n" + "1\n" * 100_001, "it has more than 100,000 rows."),
    ],
    ids=["two columns", "no number", "ids of today", "no rows", "empty", "too many rows"],
)
def test_what_cannot_be_looked_up_is_told_in_a_sentence(desk, content, sentence):
    assert sentence in desk.refused(content)


@pytest.mark.parametrize(
    "name",
    [
        "many_columns",
        "open_quote",
        "bad_encoding",
        "noise",
        "old_excel",
        "macros",
        "huge_ratio",
        "overlapping",
        "far_row",
    ],
)
def test_a_hostile_file_is_refused_in_one_sentence(desk, name, tmp_path):
    path = tmp_path / "file"
    getattr(hostile, name)(path)

    page = desk.refused(path.read_bytes(), name="ids.csv")

    assert page.count("File refused: ") == 1


def test_a_text_and_a_file_are_not_mixed_and_one_of_them_is_needed(desk):
    assert "Paste V2 ids or bring a file, not both." in desk.refused(text="1 2")
    assert (
        "Paste at least one V2 id, or bring a file."
        in desk.browser.post(desk.url("v2_list"), {"kind": "contact", "text": " "}).content.decode()
    )


def test_a_file_that_is_too_large_is_refused_before_it_is_read(desk, settings):
    settings.FILE_MB = 1

    # The second announces no more than a form with such a file may be.
    for lines in (2**20, 2**19 + 2**10):
        assert "File refused: it has more than 1 MB. Divide it." in desk.refused(b"1\n" * lines)


def test_a_form_without_its_token_is_not_taken(desk):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_access(desk.account, "marketer").user)
    form = {"kind": "contact", "text": "", "file": SimpleUploadedFile("ids.csv", IDS.encode())}

    assert strict.post(desk.url("v2_list"), form).status_code == 403
    assert not Crossing.objects.exists()


def test_a_viewer_may_look_up_the_numbers_of_a_file_too():
    page = Desk("viewer").bring().content.decode()

    assert "takes 1 call and the role marketer or more" in page

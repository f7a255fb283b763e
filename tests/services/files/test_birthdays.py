"""A column of birthdays in a file: its order found or chosen, and the same read in the check as in the import."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts.models import FileRow
from contacts.rules import columns
from contacts.rules.refusal import Refused
from contacts.services import files
from contacts.services.jobs.importing.rows import sent_row
from tests.services.files.rig import carried, verdicts
from tools.demo_files import FAIR, texts

HEADER = ["Email", "Birthday"]


def sent(file):
    """What would be sent of each row that may be."""
    rows = FileRow.objects.filter(file=file, verdict="new").order_by("number")
    return [sent_row(row, file.columns, {}) for row in rows]


def people(*birthdays):
    return [[f"p{number}@example.org", each] for number, each in enumerate(birthdays)]


def test_a_part_over_twelve_far_down_decides_for_every_row(desk):
    file = desk.ready(people("04/05", *[""] * 3_000, "17/04", "31/02", "1980-04-17"), header=HEADER)
    assert file.columns["1"] == "birthday_day_first"
    assert file.counts == {"new": 3_003, "bad_value": 1}
    assert sent(file)[0] == {"email": "p0@example.org", "birthday_month": "5", "birthday_day": "4"}
    assert [each.get("birthday_month") for each in sent(file)[-2:]] == ["4", "4"]


def test_what_nothing_decides_is_asked_for_and_can_be_chosen(desk):
    file = desk.ready(people("04/05", "17 April", "", "06/06"), header=HEADER)
    assert file.columns["1"] == "birthday"
    assert verdicts(file) == {2: "bad_value", 3: "new", 4: "new", 5: "new"}
    assert "two ways" in FileRow.objects.get(file=file, number=2).problem
    for field, month in (("birthday_month_first", "4"), ("birthday_day_first", "5")):
        chosen = {0: "email", 1: field}
        files.choose(file, files.Choice(file.encoding, file.delimiter, has_header=True, columns=chosen))
        file = carried(file)
        assert file.counts == {"new": 4}
        assert sent(file)[0]["birthday_month"] == month


def test_a_birthday_is_chosen_once(desk):
    file = desk.ready(people("17 April"), header=HEADER)
    chosen = {0: "email", 1: "birthday", 2: "birthday_day"}
    with pytest.raises(Refused, match="Two columns"):
        files.choose(file, files.Choice(file.encoding, file.delimiter, has_header=True, columns=chosen))


def test_the_birthdays_of_the_demos_fair_are_read_and_the_wrong_one_is_found(desk):
    file = carried(desk.take(SimpleUploadedFile(FAIR, texts()[FAIR].encode())))
    assert columns.BIRTHDAYS[file.columns["4"]] == "day"
    bad = FileRow.objects.filter(file=file, verdict="bad_value")
    assert [row.address_key for row in bad] == ["tadhg.mulvey@example.org"]
    [maeve] = FileRow.objects.filter(file=file, address_key="maeve.doyle@example.net")
    told = sent_row(maeve, file.columns, {})
    assert (told["birthday_month"], told["birthday_day"]) == ("4", "17")

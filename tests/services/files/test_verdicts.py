"""Which verdict a row gets, and that every row gets one."""

from collections import Counter

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import mirror
from contacts.models import Contact, ContactFile, ContactList, CustomField, FileRow, Membership
from contacts.rules.preflight import LEAVE, PERSON, SAFE, Verdict
from contacts.services import files
from tests.services.files.rig import HEADER, carried, row, verdicts

OPTED_OUT = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-09-02T10:00:00Z"}


def test_each_row_gets_the_verdict_of_who_has_its_address(desk):
    desk.store("active@example.org")
    desk.store("deleted@example.org", deleted_at="2026-11-17")
    desk.store("out@example.org", email_address=OPTED_OUT)
    desk.store("gone.out@example.org", email_address=OPTED_OUT, deleted_at="2026-11-17")
    desk.store("waits@example.org", email_address={"permission_to_send": "pending_confirmation"})
    desk.store("held@example.org", email_address={"permission_to_send": "temp_hold"})
    addresses = ["new@example.org", "Active@Example.org", "deleted@example.org", "out@example.org"]
    addresses += ["gone.out@example.org", "waits@example.org", "held@example.org", "", "nobody", "a" * 50 + "@b.org"]
    file = desk.ready([row(each, "Somebody") for each in addresses])
    assert list(verdicts(file).values()) == [
        *("new", "update", "deleted", "opted_out", "opted_out", "awaiting", "on_hold"),
        *("no_address", "bad_address", "too_long"),
    ]
    assert file.counts == Counter(verdicts(file).values())
    assert file.judged_of == desk.account.synced_at


def test_an_opt_out_that_only_we_remember_keeps_its_row_out(desk):
    contact = desk.store("out@example.org")
    Contact.objects.filter(pk=contact.pk).update(once_opted_out="2026-01-01")
    assert verdicts(desk.ready([row("out@example.org")])) == {2: "opted_out"}


def test_the_last_row_of_an_address_wins_whatever_its_letters(desk):
    file = desk.ready([row("A@example.org", "First"), row("b@example.org"), row("a@EXAMPLE.org", "Last")])
    assert verdicts(file) == {2: "duplicate", 3: "new", 4: "new"}
    first = FileRow.objects.get(file=file, number=2)
    assert first.wins == 4
    assert "Row 4" in first.problem


def test_a_repeated_row_of_somebody_who_opted_out_is_left_alone_for_that(desk):
    desk.store("out@example.org", email_address=OPTED_OUT)
    assert set(verdicts(desk.ready([row("out@example.org")] * 2)).values()) == {"opted_out"}


def test_somebody_whom_constant_contact_does_not_know_any_more_is_new_unless_deleted(desk):
    shown, deleted = desk.store("shown@example.org"), desk.store("deleted@example.org", deleted_at="2026-11-17")
    Contact.objects.filter(pk__in=[shown.pk, deleted.pk]).update(missing_since=timezone.now())
    file = desk.ready([row("shown@example.org"), row("deleted@example.org")])
    assert verdicts(file) == {2: "new", 3: "deleted"}


def test_whoever_has_the_address_now_decides_not_somebody_who_had_it(desk):
    earlier = desk.store("a@example.org", email_address=OPTED_OUT)
    Contact.objects.filter(pk=earlier.pk).update(missing_since=timezone.now())
    desk.store("a@example.org")
    assert verdicts(desk.ready([row("a@example.org")])) == {2: "update"}


def test_a_member_of_fifty_lists_needs_a_person(desk):
    contact = desk.store("conor@example.org")
    for number in range(50):
        place = f"00000000-0000-4000-8000-{number:012}"
        a_list = ContactList.objects.create(account=desk.account, remote_id=place, name=f"List {number}")
        Membership.objects.create(contact=contact, list=a_list, began_at=timezone.now(), began_how="at_link")
    assert verdicts(desk.ready([row("conor@example.org")])) == {2: "too_many_lists"}


def test_a_value_of_the_wrong_type_needs_a_person_and_is_not_repeated(desk):
    for number, (name, kind) in enumerate((("Joined", "date"), ("Age", "number"))):
        remote_id = f"00000000-0000-4000-8000-{number:012}"
        CustomField.objects.create(account=desk.account, remote_id=remote_id, name=name, kind=kind)
    file = desk.ready(
        [["a@example.org", "yesterday", "7"], ["b@example.org", "2026-11-17", "7"], ["c@example.org", "", "seven"]],
        header=["E-mail", "cf:Joined", "AGE"],
    )
    assert file.columns == {"0": "email", "1": "cf:Joined", "2": "cf:Age"}
    assert verdicts(file) == {2: "bad_value", 3: "new", 4: "bad_value"}
    assert "yesterday" not in FileRow.objects.get(file=file, number=2).problem


def test_a_choice_that_its_field_does_not_have_needs_a_person(desk):
    field = {"custom_field_id": "00000000-0000-4000-8000-000000000001", "label": "Diet", "type": "single_select"}
    choices = [
        {"choice_id": 1, "choice_label": "Vegan"},
        {"choice_id": 2, "choice_label": "No nuts"},
        {"choice_id": 3, "choice_label": "Raw", "deleted_at": "2026-01-01"},
    ]
    mirror.store_custom_fields(desk.account, [field | {"choices": choices}], seen_at=timezone.now())
    texts = ("vegan", "No nuts", "Raw", "Vegetarian", "")
    file = desk.ready([[f"p{place}@example.org", text] for place, text in enumerate(texts)], header=["Email", "Diet"])
    assert verdicts(file) == {2: "new", 3: "new", 4: "bad_value", 5: "bad_value", 6: "new"}
    assert FileRow.objects.get(file=file, number=5).problem == (
        "Custom field “Diet”: none of its 2 choices; whether Constant Contact refuses, drops or adds it, nobody has "
        "documented."
    )


def test_every_verdict_is_in_exactly_one_download():
    assert sorted([*SAFE, *LEAVE, *PERSON]) == sorted(Verdict)


def test_judging_a_portion_takes_the_same_queries_for_one_row_and_for_a_thousand(desk):
    def cost(number):
        file = desk.bring([row(f"p{each}.{number}@example.org") for each in range(number)])
        while file.state != ContactFile.State.JUDGING:
            file = files.carry_on(file, seconds=-1)
        with CaptureQueriesContext(connection) as queries:
            carried(file)
        return len(queries)

    assert cost(1) == cost(1000)


def test_a_file_without_a_column_of_addresses_asks_which_one_it_is(desk):
    file = desk.bring([["Maeve", "Doyle"]], header=["One", "Two"])
    assert file.state == ContactFile.State.ASKS
    assert files.due() == []
    assert files.sample(file) == [["Maeve", "Doyle"]]


def test_columns_are_known_in_four_languages(desk):
    file = desk.bring([["a@example.org", "Maeve", "Doyle"]], header=["E-Mail-Adresse", "Prénom", "Apellidos"])
    assert file.columns == {"0": "email", "1": "first_name", "2": "last_name"}
    assert file.header != HEADER

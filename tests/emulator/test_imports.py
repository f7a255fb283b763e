"""Imports: what they do to whom, what they count, and what they drop (CC reference, sections 15 and 20)."""

import json

import pytest

from emulator.state.import_orders import MOST_BYTES, MOST_ROWS
from tests.emulator.bulk import activity, import_file, import_rows, post, reasons
from tests.emulator.people import UNKNOWN, addresses, delete, make_contact, make_list, make_tag, whole

PHONES = ("phone", "home_phone", "work_phone", "mobile_phone")
COUNTERS = ("items_total_count", "person_count", "error_count", "correctable_count", "cannot_add_to_list_count")


@pytest.fixture(autouse=True)
def frozen(cc):
    cc.control("clock", freeze=True)


def counted(shown):
    return tuple(shown["status"][name] for name in COUNTERS)


def found(cc, address):
    return cc.look("contact", email=address)


def members(cc, list_id):
    return addresses(cc.get("/contacts", lists=list_id, limit=500))


def make_field(cc, label="Diet", kind="string", **more):
    return cc.call("POST", "/contact_custom_fields", json={"label": label, "type": kind, **more}).json()


def test_somebody_new_is_implicit_by_the_account_and_on_the_lists(cc):
    field, lists = make_field(cc), [make_list(cc, "One"), make_list(cc, "Two")]
    row = {"email": "Maeve@Example.net", "first_name": "Maeve", "birthday_month": 2, "birthday_day": "3"}
    row |= {"anniversary": "3/4/2020", "work_phone": "555", "street": "1 Quay", "street2": "Flat 2", "zip": "T12"}
    row |= {"work_city": "Cork", "home country": "Ireland", "cf:diet": "vegan", "unheard_of": "x"}

    shown = import_rows(cc, row, lists=lists)

    contact = found(cc, "maeve@example.net")
    email = contact["email_address"]
    assert (shown["state"], counted(shown)) == ("completed", (2, 1, 0, 0, 0))
    assert (email["address"], email["permission_to_send"], email["opt_in_source"]) == (
        *("Maeve@Example.net", "implicit"),
        "Account",
    )
    assert (contact["create_source"], contact["list_memberships"]) == ("Account", lists)
    assert (contact["birthday_month"], contact["birthday_day"], contact["anniversary"]) == (2, 3, "2020-03-04")
    assert [(each["kind"], each["phone_number"]) for each in contact["phone_numbers"]] == [("work", "555")]
    home, work = contact["street_addresses"]
    assert (home["street"], home["postal_code"], home["country"]) == ("1 Quay, Flat 2", "T12", "Ireland")
    assert (work["kind"], work["city"]) == ("work", "Cork")
    assert contact["custom_fields"] == [{"custom_field_id": field["custom_field_id"], "value": "vegan"}]


def test_somebody_known_changes_only_in_what_is_sent(cc):
    old, new = make_list(cc, "Old"), make_list(cc, "New")
    tag = make_tag(cc)
    kept = {"last_name": "Ryan", "taggings": [tag], "notes": [{"content": "Likes mussels"}]}
    phones = {"phone_numbers": [{"phone_number": "1", "kind": "home"}, {"phone_number": "2", "kind": "work"}]}
    contact_id = make_contact(cc, permission="explicit", first_name="M", list_memberships=[old], **kept, **phones)
    before = whole(cc, contact_id)
    cc.control("clock", advance=60)

    import_rows(cc, {"email": "MAEVE@example.net", "first_name": "Maeve", "work_phone": "3"}, lists=[new])

    after = whole(cc, contact_id)
    assert (after["first_name"], after["list_memberships"]) == ("Maeve", [old, new])
    assert [each["phone_number"] for each in after["phone_numbers"]] == ["1", "3"]
    moved = {"first_name", "list_memberships", "phone_numbers", "updated_at", "update_source"}
    assert {name: value for name, value in after.items() if name not in moved} == {
        name: value for name, value in before.items() if name not in moved
    }
    assert (after["updated_at"] > before["updated_at"], after["update_source"]) == (True, "Account")


@pytest.mark.parametrize("policy", ["updated", "untouched"])
def test_who_opted_out_is_counted_not_added_and_an_alarm(cc, policy):
    cc.control("switches", import_opted_out=policy)
    list_id = make_list(cc)
    here, gone = make_contact(cc, "here@example.org"), make_contact(cc, "gone@example.org")
    for each in (here, gone):
        cc.control("contact/unsubscribe", id=each)
    delete(cc, gone)
    rows = [{"email": f"{each}@example.org", "first_name": "New"} for each in ("here", "gone", "clean")]

    shown = import_rows(cc, *rows, lists=[list_id])

    assert counted(shown) == (4, 3, 0, 0, 2)
    assert members(cc, list_id) == {"clean@example.org"}
    for each in (here, gone):
        contact = whole(cc, each)
        assert (contact["email_address"]["permission_to_send"], contact["list_memberships"]) == ("unsubscribed", [])
        assert (contact.get("first_name") == "New") == (policy == "updated")
    assert ("deleted_at" not in whole(cc, gone)) == (policy == "updated")
    assert [(each["kind"], each["contact_id"]) for each in cc.alarms()] == [
        ("opted_out_added_to_lists", here),
        ("opted_out_reactivated", gone),
        ("opted_out_added_to_lists", gone),
    ]


@pytest.mark.parametrize("revives", [True, False])
def test_a_deleted_contact_comes_back_as_it_was_unless_the_switch_says_no(cc, revives):
    cc.control("switches", import_revives=revives)
    list_id = make_list(cc)
    contact_id = make_contact(cc, permission="explicit", first_name="Maeve")
    delete(cc, contact_id)

    shown = import_rows(cc, {"email": "maeve@example.net"}, lists=[list_id])

    contact = whole(cc, contact_id)
    assert ("deleted_at" not in contact, contact["list_memberships"] == [list_id]) == (revives, revives)
    assert (contact["first_name"], contact["email_address"]["permission_to_send"]) == ("Maeve", "explicit")
    assert (shown["status"]["error_count"], cc.alarms()) == (0 if revives else 1, [])


@pytest.mark.parametrize(
    ("row", "counter", "reason"),
    [
        ({"email": "no address"}, "correctable_count", "invalid email address"),
        ({"email": "a" * 40 + "@example.org"}, "correctable_count", "invalid email address"),
        ({"first_name": "Nobody"}, "correctable_count", "no email address"),
        ({"birthday_month": 2}, "correctable_count", "invalid birthday"),
        ({"birthday_month": "two", "birthday_day": 3}, "correctable_count", "invalid birthday"),
        ({"anniversary": "yesterday"}, "correctable_count", "invalid anniversary"),
        ({"cf:since": "31.12.2020"}, "correctable_count", "cf:since is no date"),
        ({"cf:size": "big"}, "error_count", "cf:size does not have a valid value"),
        ({"cf:colour": "green"}, "error_count", "cf:colour does not have a valid value"),
        ({"cf:none": "x"}, "error_count", "there is no custom field none"),
        ({"cf:since": "2" * 256}, "error_count", "cf:since is too long"),
        ({"first_name": "x" * 51}, "error_count", "first_name is too long"),
        ({"phone": "1" * 26}, "error_count", "phone is too long"),
        (dict.fromkeys(PHONES, "1"), "error_count", "more than 3 phone_numbers"),
        ({"sms_number": "12"}, "error_count", "invalid sms_number"),
    ],
    ids=str,
)
def test_a_row_that_is_wrong_is_counted_named_and_left_out(cc, row, counter, reason):
    make_field(cc, "Since", "date")
    make_field(cc, "Size", "number")
    make_field(cc, "Colour", "single_select", choices=[{"choice_label": "red", "display_order": 1}])
    list_id = make_list(cc)
    wrong = row if "email" in row or "Nobody" in row.values() else {"email": "wrong@example.org", **row}

    shown = import_rows(cc, {"email": "right@example.org"}, wrong, lists=[list_id])

    assert shown["status"][counter] == 1
    assert (shown["state"], sum(counted(shown)[2:])) == ("completed", 1)
    assert (shown["activity_errors"], reasons(shown)) == ([f"row 3: {reason}"], [reason])
    assert members(cc, list_id) == {"right@example.org"}


def test_a_choice_is_imported_by_its_label(cc):
    choices = [{"choice_label": each, "display_order": 1} for each in ("red", "blue")]
    field = make_field(cc, "Colour", "multi_select", choices=choices)

    import_rows(cc, {"email": "a@example.org", "cf:colour": "blue, red"}, lists=[make_list(cc)])

    held = found(cc, "a@example.org")["custom_fields"]
    assert held == [{"custom_field_id": field["custom_field_id"], "choice_ids": ["2", "1"]}]


def test_what_is_no_choice_is_left_out_when_the_switch_says_so(cc):
    cc.control("switches", import_unknown_choice="dropped")
    choices = [{"choice_label": each, "display_order": 1} for each in ("red", "blue")]
    field = make_field(cc, "Colour", "multi_select", choices=choices)
    rows = [{"email": "a@example.org", "cf:colour": "green, red"}, {"email": "b@example.org", "cf:colour": "Red"}]

    shown = import_rows(cc, *rows, lists=[make_list(cc)])

    assert sum(counted(shown)[2:]) == 0
    assert found(cc, "a@example.org")["custom_fields"] == [
        {"custom_field_id": field["custom_field_id"], "choice_ids": ["1"]}
    ]
    assert not found(cc, "b@example.org").get("custom_fields")


@pytest.mark.parametrize(("policy", "name"), [("ignored", "Maeve"), ("erase", None)])
def test_a_blank_is_ignored_or_erases_as_the_switch_says(cc, policy, name):
    cc.control("switches", import_blanks=policy)
    contact_id = make_contact(cc, first_name="Maeve", phone_numbers=[{"phone_number": "1", "kind": "other"}])

    import_rows(cc, {"email": "maeve@example.net", "first_name": "", "phone": None}, lists=[make_list(cc)])

    contact = whole(cc, contact_id)
    assert contact.get("first_name") == name
    assert len(contact["phone_numbers"]) == (1 if name else 0)


@pytest.mark.parametrize(("policy", "first", "last"), [("last", "B", "Ryan"), ("first", "A", None)])
def test_of_two_rows_of_one_address_the_switch_says_which_counts(cc, policy, first, last):
    cc.control("switches", import_duplicates=policy, import_person_count="imported")
    rows = [
        {"email": "a@example.org", "first_name": "A"},
        {"email": "A@example.org", "first_name": "B", "last_name": "Ryan"},
    ]

    shown = import_rows(cc, *rows, lists=[make_list(cc)])

    contact = found(cc, "a@example.org")
    assert (contact["first_name"], contact.get("last_name")) == (first, last)
    assert shown["status"]["person_count"] == (2 if policy == "last" else 1)


@pytest.mark.parametrize("moves", [True, False])
def test_whether_an_import_moves_updated_at_is_a_switch(cc, moves):
    cc.control("switches", import_moves_updated_at=moves)
    contact_id = make_contact(cc)
    before = whole(cc, contact_id)["updated_at"]
    cc.control("clock", advance=60)

    import_rows(cc, {"email": "maeve@example.net"}, lists=[make_list(cc)])

    assert (whole(cc, contact_id)["updated_at"] > before) == moves


@pytest.mark.parametrize(
    "body",
    [
        {"import_data": [{"email": "a@example.org"}]},
        {"import_data": [{"email": "a@example.org"}], "list_ids": []},
        {"import_data": [{"email": "a@example.org"}], "list_ids": [UNKNOWN]},
        {"import_data": [], "list_ids": ["list"]},
        {"import_data": ["a@example.org"], "list_ids": ["list"]},
        {"import_data": [{"email": ["a@example.org"]}], "list_ids": ["list"]},
        {"import_data": [{"email": "a@example.org"}], "list_ids": ["list"], "sms_permission_to_send": "implicit"},
    ],
    ids=str,
)
def test_an_import_that_makes_no_sense_is_400_and_does_nothing(cc, body):
    list_id = make_list(cc)
    body = body | {"list_ids": [list_id if each == "list" else each for each in body.get("list_ids", ())]}

    assert post(cc, "contacts_json_import", **body).status_code == 400
    assert cc.get("/activities").json()["activities"] == []


def test_a_list_deleted_meanwhile_is_left_out_and_without_any_the_import_fails(cc):
    gone, kept = make_list(cc, "Gone"), make_list(cc, "Kept")
    order = {"import_data": [{"email": "a@example.org"}]}
    both = post(cc, "contacts_json_import", list_ids=[gone, kept], **order).json()["activity_id"]
    alone = post(cc, "contacts_json_import", list_ids=[gone], **order).json()["activity_id"]
    cc.control("list/delete", id=gone)
    cc.control("clock", advance=2)

    assert [activity(cc, each)["state"] for each in (both, alone)] == ["completed", "failed"]
    assert members(cc, kept) == {"a@example.org"}


def test_a_file_is_imported_like_json_and_names_itself(cc):
    list_id = make_list(cc)
    text = '\ufeffEmail,First_Name,cf:Diet\n"a@example.org","Ann, of Cork",vegan\n\nb@example.org\n'
    make_field(cc)

    answer = import_file(cc, text.encode(), [list_id])
    cc.control("clock", advance=2)
    shown = activity(cc, answer.json()["activity_id"])

    assert (answer.status_code, shown["source_file_name"], counted(shown)) == (201, "people.csv", (3, 2, 0, 0, 0))
    assert members(cc, list_id) == {"a@example.org", "b@example.org"}
    assert found(cc, "a@example.org")["first_name"] == "Ann, of Cork"


def test_a_file_that_is_none_is_refused(cc):
    list_id = make_list(cc)
    text = "email\na@example.org\n"

    assert import_file(cc, text, [list_id], name="people.xlsx").status_code == 415
    assert post(cc, "contacts_file_import", list_ids=[list_id]).status_code == 415
    assert import_file(cc, "name\nAnn\n", [list_id]).status_code == 400
    assert import_file(cc, text, []).status_code == 400
    assert import_file(cc, text, [UNKNOWN]).status_code == 400
    assert import_file(cc, text, [list_id], sms_permission_to_send="x").status_code == 400
    form = {"files": {"other": ("people.csv", text)}, "data": {"list_ids": list_id}}
    assert cc.call("POST", "/activities/contacts_file_import", **form).status_code == 400


def test_rows_past_the_number_are_dropped_without_a_word(cc):
    list_id = make_list(cc)
    numbered = [f"{number}@example.org" for number in range(MOST_ROWS + 5)]
    body = {"import_data": [{"email": each} for each in numbered], "list_ids": [list_id]}

    by_json = post(cc, "contacts_json_import", **body).json()
    by_file = import_file(cc, "\n".join(["email", *numbered]), [list_id]).json()

    assert (by_json["status"]["items_total_count"], by_json["activity_errors"]) == (MOST_ROWS + 1, [])
    assert (by_file["status"]["items_total_count"], by_file["activity_errors"]) == (MOST_ROWS, [])


@pytest.mark.parametrize("late", [True, False])
def test_json_past_the_size_is_dropped_without_a_word(cc, late):
    list_id = make_list(cc)
    rows = [{"email": f"{number}@example.org", "cf:diet": "é" * 150} for number in range(16_000)]
    parts = {"list_ids": [list_id], "import_data": rows}
    raw = json.dumps(dict(reversed(parts.items())) if late else parts, ensure_ascii=False).encode()
    assert len(raw) > MOST_BYTES

    headers = {"Content-Type": "application/json"}
    answer = cc.call("POST", "/activities/contacts_json_import", data=raw, headers=headers)

    kept = answer.json()["status"]["items_total_count"] - 1
    assert answer.status_code == 201
    assert kept == raw[:MOST_BYTES].count(b"}")


def test_the_line_at_which_a_file_is_cut_is_dropped_too(cc):
    list_id = make_list(cc)
    lines = [f"{number}@example.org,{'x' * 300}" for number in range(14_000)]
    text = "\n".join(["email,first_name", *lines]).encode()

    answer = import_file(cc, text, [list_id])

    assert answer.json()["status"]["items_total_count"] == text[:MOST_BYTES].count(b"\n")


def test_a_number_in_the_united_states_can_be_imported_without_an_address(cc):
    list_id = make_list(cc)
    row = {"sms_number": "508-123-1235", "sms_consent_date": "07-03-2024", "first_name": "Ann"}

    import_rows(cc, row, {"sms_number": "5081231236"}, lists=[list_id], sms_permission_to_send="explicit")
    import_rows(cc, row | {"first_name": "Anna"}, lists=[list_id], sms_permission_to_send="explicit")

    (contact,) = cc.get("/contacts", sms_status="explicit").json()["contacts"]
    assert (contact["first_name"], contact["sms_channel"]["sms_address"]) == ("Anna", "5081231235")


def test_a_fault_ends_an_import_after_so_many_rows(cc):
    list_id = make_list(cc)
    cc.fault("activity_timed_out", most=2)

    shown = import_rows(cc, *({"email": f"{each}@example.org"} for each in "abc"), lists=[list_id])

    assert shown["state"] == "timed_out"
    assert members(cc, list_id) == {"a@example.org", "b@example.org"}


def test_tags_and_custom_fields_are_deleted_in_bulk_with_every_use_of_them(cc):
    tags, field = [make_tag(cc, each) for each in "ab"], make_field(cc)["custom_field_id"]
    contact_id = make_contact(cc, taggings=tags, custom_fields=[{"custom_field_id": field, "value": "x"}])

    first = post(cc, "contacts_tags_delete", tag_ids=[*tags, UNKNOWN]).json()["activity_id"]
    second = post(cc, "custom_fields_delete", custom_field_ids=[field, UNKNOWN]).json()["activity_id"]
    cc.control("clock", advance=2)

    contact, shown = whole(cc, contact_id), [activity(cc, each) for each in (first, second)]
    assert (contact["taggings"], contact["custom_fields"]) == ([], [])
    assert shown[0]["status"] == {"items_total_count": 3, "items_completed_count": 2}
    assert [each["activity_errors"] for each in shown] == [[f"{UNKNOWN}: does not exist"]] * 2
    assert post(cc, "contacts_tags_delete", tag_ids=[UNKNOWN] * 2).status_code == 201
    assert post(cc, "custom_fields_delete", custom_field_ids=["x"]).status_code == 400

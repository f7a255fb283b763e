"""The proof of a change: the same in another shape is the same, and everything else is named."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.rules.compare import differences, moved, same, three, touched, unshown
from contacts.rules.merge import body_for
from contacts.rules.preview import preview
from contacts.rules.undo import LIMITS, may_undo
from tests.rules.putting import put
from tests.rules.shapes import AT, remotes, wishes

NEWS, COURSE, GALA = (f"3fa85f64-5717-4562-b3fc-00000000000{each}" for each in "123")
NAMES = {NEWS: "Newsletter", COURSE: "Course alerts", GALA: "Gala"}
MAEVE = {
    "contact_id": GALA,
    "email_address": {"address": "maeve@example.net", "permission_to_send": "implicit", "opt_in_date": AT},
    "first_name": "Maeve",
    "last_name": "Doyle",
    "anniversary": "2006-11-15",
    "deleted_at": "2026-11-17",
    "updated_at": AT,
    "list_memberships": [],
    "taggings": [],
    "custom_fields": [{"custom_field_id": COURSE, "value": "vegan"}, {"custom_field_id": NEWS, "value": "7"}],
    "phone_numbers": [{"phone_number_id": NEWS, "phone_number": "+353 1", "kind": "home", "created_at": AT}],
}
BODY = body_for(MAEVE, lists=[NEWS, COURSE])
AFTER = put(MAEVE, BODY, strict=True)


@given(remote=remotes(), lists=wishes, strict=st.booleans())
@settings(max_examples=500, deadline=None)
def test_the_answer_of_a_sound_change_proves_it(remote, lists, strict):
    body = body_for(remote, lists=lists)
    answer = put(remote, body, strict=strict)
    assert differences(body, answer) == []
    assert moved(remote, answer) == []
    assert may_undo("reactivate", answer, answer | {"updated_at": "2026-12-01T00:00:00Z"}) == ""
    assert preview(remote, body, names={}).cleared in ("nothing", "Lists")
    assert json.dumps([vars(row) for row in three(remote, body, answer)])


@pytest.mark.parametrize(
    "spelling",
    [
        {"list_memberships": [COURSE, NEWS.upper()]},
        {"email_address": AFTER["email_address"] | {"address": "Maeve@EXAMPLE.net"}},
        {"anniversary": "11/15/2006"},
        {"job_title": None},
        {"job_title": ""},
        {"notes": []},
        {"custom_fields": [{"custom_field_id": GALA, "value": ""}, *reversed(AFTER["custom_fields"])]},
        {"phone_numbers": [AFTER["phone_numbers"][0] | {"phone_number_id": GALA, "updated_at": AT}]},
        {"updated_at": "2026-12-01T00:00:00Z"},
        {"update_source": "Contact"},
    ],
)
def test_the_same_in_other_words_is_the_same(spelling):
    assert differences(BODY, AFTER | spelling) == []


@pytest.mark.parametrize(
    ("change", "field", "kind"),
    [
        ({"list_memberships": [NEWS]}, "list_memberships", "removed"),
        ({"list_memberships": [NEWS, COURSE, GALA]}, "list_memberships", "added"),
        ({"list_memberships": [NEWS, GALA]}, "list_memberships", "changed"),
        ({"first_name": None}, "first_name", "removed"),
        ({"first_name": "Mave"}, "first_name", "changed"),
        ({"job_title": "Cook"}, "job_title", "added"),
        ({"custom_fields": AFTER["custom_fields"][:1]}, "custom_fields", "removed"),
        ({"phone_numbers": []}, "phone_numbers", "removed"),
        ({"street_addresses": [{"kind": "home", "city": "Cork"}]}, "street_addresses", "added"),
        ({"list_memberships": "odd"}, "list_memberships", "changed"),
        ({"custom_fields": "odd"}, "custom_fields", "changed"),
        ({"phone_numbers": {"kind": "home"}}, "phone_numbers", "changed"),
        ({"notes": "odd"}, "notes", "added"),
        ({"sms_channel": "odd"}, "sms_channel", "added"),
        ({"anniversary": "in autumn"}, "anniversary", "changed"),
        (
            {"email_address": {"address": "maeve@example.net", "permission_to_send": "unsubscribed"}},
            "email_address.permission_to_send",
            "changed",
        ),
    ],
)
def test_anything_else_in_the_answer_is_named(change, field, kind):
    [found] = differences(BODY, AFTER | change)
    assert (found.field, found.kind) == (field, kind)


def test_a_vanished_address_is_named_with_all_that_hung_on_it():
    found = differences(BODY, {name: each for name, each in AFTER.items() if name != "email_address"})
    assert [each.field for each in found] == ["email_address.address", "email_address.permission_to_send"]


def test_a_subresource_the_answer_does_not_show_is_not_proved():
    shown = {name: each for name, each in AFTER.items() if name != "list_memberships"}
    assert unshown(BODY, shown) == ["list_memberships"]
    assert unshown(BODY, AFTER) == []


@pytest.mark.parametrize(
    "change",
    [{"deleted_at": None}, {"list_memberships": [NEWS]}, {"first_name": "M"}, {"updated_at": "2026-12-01T00:00:00Z"}],
)
def test_a_contact_is_as_it_was_only_when_nothing_of_it_changed(change):
    assert same(MAEVE, dict(reversed(MAEVE.items())))
    assert not same(MAEVE, MAEVE | change)


def test_the_same_moment_in_another_zone_is_the_same_moment():
    assert same(MAEVE, MAEVE | {"updated_at": "2026-03-04T06:06:07.000+01:00"})


def test_a_change_since_the_preview_is_seen_on_the_fields_it_touches():
    now = MAEVE | {"first_name": "M", "list_memberships": [NEWS]}
    assert [each.field for each in touched(MAEVE, now)] == ["first_name", "list_memberships"]
    assert [each.field for each in touched(MAEVE, now, ["list_memberships"])] == ["list_memberships"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("opt_in_date", "2026-11-21T10:00:00Z"), ("opt_in_source", "Account"), ("opt_out_date", "2026-11-21T10:00:00Z")],
)
def test_consent_that_moved_by_our_write_is_an_alarm(name, value):
    after = AFTER | {"email_address": AFTER["email_address"] | {name: value}}
    assert [each.field for each in moved(MAEVE, after)] == [f"email_address.{name}"]


def test_three_columns_tell_what_became_of_each_field():
    rows = {row.field: row for row in three(MAEVE, BODY, AFTER, names=NAMES)}
    assert (rows["deleted_at"].before, rows["deleted_at"].after, rows["deleted_at"].kind) == (
        "2026-11-17",
        "",
        "removed",
    )
    assert (rows["list_memberships"].sent, rows["list_memberships"].kind) == ("Newsletter; Course alerts", "added")
    assert rows["custom_fields"].sent == "Newsletter: 7; Course alerts: vegan"
    assert rows["phone_numbers"].after == "home: +353 1"
    assert rows["first_name"].kind == "same"
    assert "job_title" not in rows


def test_without_an_answer_the_columns_compare_with_what_was_sent():
    rows = {row.field: row for row in three(MAEVE, BODY, None)}
    assert (rows["list_memberships"].kind, rows["list_memberships"].after) == ("added", "")
    assert {row.kind for row in three(MAEVE, {}, None)} == {"same"}


def test_every_kind_of_field_has_a_line_of_text():
    full = MAEVE | {
        "street_addresses": [{"kind": "home", "street": "1 Quay", "city": "Cork"}],
        "notes": [{"content": "Rang"}],
        "sms_channel": {
            "dial_code": "353",
            "sms_address": "871234567",
            "sms_channel_consents": [{"sms_consent_permission": "explicit", "consent_type": "promotional_sms"}],
        },
    }
    rows = {row.field: row.before for row in three(full, {}, None)}
    assert rows["street_addresses"] == "home: 1 Quay, Cork"
    assert rows["notes"] == "Rang"
    assert rows["sms_channel"] == "+353871234567 (promotional_sms: explicit)"


def test_odd_values_are_shown_as_they_are():
    odd = {"phone_numbers": ["1"], "custom_fields": [5], "notes": [None], "street_addresses": ["x"], "sms_channel": 7}
    rows = {row.field: row.before for row in three(odd, {}, None)}
    assert rows == {
        "custom_fields": "5",
        "phone_numbers": "1",
        "street_addresses": "x",
        "notes": "None",
        "sms_channel": "7",
    }


def test_the_preview_shows_what_changes_and_that_nothing_else_does():
    shown = preview(MAEVE, BODY, names=NAMES)
    rows = {row.label: row for row in shown.rows}
    assert (rows["Status"].before, rows["Status"].after) == ("Deleted", "Active (implied)")
    assert (rows["Lists"].before, rows["Lists"].after) == ("none", "+ Course alerts, + Newsletter")
    assert rows["Name, company, job title, birthday, anniversary"].before == "3 fields"
    assert (rows["Custom fields"].before, rows["Custom fields"].after) == ("2", "unchanged")
    assert (rows["Tags"].before, rows["Tags"].after) == ("none", "unchanged")
    assert [row.label for row in shown.rows if row.kind != "same"] == ["Status", "Lists"]
    assert shown.cleared == "nothing"


def test_the_preview_names_what_would_be_cleared():
    active = MAEVE | {"deleted_at": None, "list_memberships": [NEWS, GALA]}
    body = body_for(active, lists=[NEWS, COURSE])
    del body["first_name"]
    shown = preview(active, body, names=NAMES)
    assert shown.rows[1].after == "Newsletter, + Course alerts, − Gala"
    assert shown.cleared == "First name and Lists"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"first_name": "M"}, "First name"),
        ({"list_memberships": [NEWS]}, "Lists"),
        ({"email_address": AFTER["email_address"] | {"opt_out_source": "Contact"}}, "Opt-out source"),
    ],
)
def test_a_reactivation_is_not_taken_back_over_somebody_elses_change(change, named):
    refusal = may_undo("reactivate", AFTER, AFTER | change)
    assert named in refusal
    assert "Nothing was sent" in refusal


def test_a_contact_that_is_hidden_already_needs_no_undo():
    assert "nothing to undo" in may_undo("reactivate", AFTER, MAEVE)
    assert "cannot be called back" in LIMITS["reactivate"]

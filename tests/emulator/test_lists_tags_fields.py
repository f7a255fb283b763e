"""Lists, tags, custom fields, cross references, account and activities (CC reference, sections 12 to 16)."""

import pytest

from tests.emulator.people import UNKNOWN, error, make_contact, make_list, make_tag, put, whole


def test_a_list_is_made_changed_and_read(cc):
    list_id = make_list(cc, "News")

    changed = cc.call("PUT", f"/contact_lists/{list_id}", json={"name": "Gifts", "favorite": True})

    shown = cc.get(f"/contact_lists/{list_id}").json()
    assert changed.json() == shown
    assert (shown["name"], shown["favorite"]) == ("Gifts", True)
    assert "membership_count" not in shown


def test_a_list_name_in_use_is_a_conflict_until_that_list_is_deleted(cc):
    list_id, other = make_list(cc, "News"), make_list(cc, "Other")

    assert cc.call("POST", "/contact_lists", json={"name": "News"}).status_code == 409
    assert cc.call("PUT", f"/contact_lists/{other}", json={"name": "News"}).status_code == 409
    cc.control("list/delete", id=list_id)
    assert cc.call("POST", "/contact_lists", json={"name": "News"}).status_code == 201


def test_deleting_a_list_is_an_activity_that_takes_effect_a_moment_later(cc):
    cc.control("clock", freeze=True)
    list_id = make_list(cc)
    contact_id = make_contact(cc, list_memberships=[list_id])

    answer = cc.call("DELETE", f"/contact_lists/{list_id}")

    activity = answer.json()
    assert (answer.status_code, activity["state"], activity["activity_errors"]) == (202, "initialized", [])
    assert (
        answer.headers["Location"] == activity["_links"]["self"]["href"] == f"/v3/activities/{activity['activity_id']}"
    )
    assert whole(cc, contact_id)["list_memberships"] == [list_id]

    cc.control("clock", advance=1)

    done = cc.get(f"/activities/{activity['activity_id']}").json()
    assert (done["state"], done["percent_done"], done["status"]) == ("completed", 100, {"list_count": 1})
    assert whole(cc, contact_id)["list_memberships"] == []
    assert "deleted_at" in cc.get(f"/contact_lists/{list_id}").json()
    assert cc.get("/contact_lists").json()["lists"] == []
    assert len(cc.get("/contact_lists", status="deleted").json()["lists"]) == 1
    assert cc.call("DELETE", f"/contact_lists/{list_id}").status_code == 404


def test_membership_counts_tell_all_from_mailable_and_leave_deleted_contacts_out(cc):
    list_id = make_list(cc)
    for place, permission in enumerate(("explicit", "unsubscribed", "implicit")):
        make_contact(cc, f"{place}@example.org", permission, list_memberships=[list_id])

    def count(which):
        (only,) = cc.get("/contact_lists", include_membership_count=which).json()["lists"]
        return only["membership_count"]

    assert (count("all"), count("active"), count("unsubscribed")) == (3, 2, 1)
    text = error(cc.get("/contact_lists", include_membership_count="some"))[2]
    assert text == "include_membership_count does not have a valid value"


def test_lists_are_counted_named_and_paged(cc):
    for place in range(3):
        make_list(cc, f"List {place}")

    first = cc.get("/contact_lists", limit=2, include_count="true").json()
    second = cc.call("GET", first["_links"]["next"]["href"].removeprefix("/v3")).json()
    assert list(first) == ["lists", "lists_count", "_links"]
    assert [each["name"] for each in [*first["lists"], *second["lists"]]] == ["List 0", "List 1", "List 2"]
    assert (second["lists_count"], second["_links"]) == (3, {})
    assert len(cc.get("/contact_lists", name="List 1").json()["lists"]) == 1
    assert cc.get("/contact_lists", channel_type="sms").json()["lists"] == []


def test_tags_are_made_renamed_counted_and_paged_by_their_id(cc):
    tags = [make_tag(cc, f"Tag {place}") for place in range(3)]
    make_contact(cc, taggings=[tags[0]])

    assert cc.call("POST", "/contact_tags", json={"name": "Tag 0"}).status_code == 409
    assert cc.call("PUT", f"/contact_tags/{tags[0]}", json={"name": "First"}).json()["name"] == "First"
    assert cc.get(f"/contact_tags/{tags[0]}", include_count="true").json()["contacts_count"] == 1
    first = cc.get("/contact_tags", limit=2).json()
    second = cc.call("GET", first["_links"]["next"]["href"].removeprefix("/v3")).json()
    assert [each["tag_id"] for each in [*first["tags"], *second["tags"]]] == sorted(tags)
    assert second["_links"] == {}


def test_deleting_a_tag_takes_it_off_everybody(cc):
    tag_id = make_tag(cc)
    contact_id = make_contact(cc, taggings=[tag_id])

    answer = cc.call("DELETE", f"/contact_tags/{tag_id}")
    cc.control("clock", advance=2)

    assert answer.status_code == 202
    assert whole(cc, contact_id)["taggings"] == []
    assert cc.get(f"/contact_tags/{tag_id}").status_code == 404
    assert [each["state"] for each in cc.get("/activities").json()["activities"]] == ["completed"]
    assert cc.get("/activities", state="failed").json()["activities"] == []


def test_a_custom_field_is_named_after_its_label_in_lower_case(cc):
    made = cc.call("POST", "/contact_custom_fields", json={"label": "Customer ID", "type": "string"})

    assert (made.status_code, made.json()["name"], made.json()["version"]) == (201, "customer_id", 1)
    assert cc.call("POST", "/contact_custom_fields", json={"label": "Customer ID", "type": "date"}).status_code == 409
    assert cc.call("POST", "/contact_custom_fields", json={"label": "Odd", "type": "colour"}).status_code == 400


def test_deleting_a_custom_field_takes_its_values_with_it(cc):
    choices = [{"choice_label": "Vegan", "display_order": 1}]
    field = cc.call(
        "POST", "/contact_custom_fields", json={"label": "Diet", "type": "single_select", "choices": choices}
    ).json()
    field_id = field["custom_field_id"]
    contact_id = make_contact(cc, custom_fields=[{"custom_field_id": field_id, "choice_ids": ["1"]}])
    assert whole(cc, contact_id)["custom_fields"] == [{"custom_field_id": field_id, "choice_ids": ["1"]}]

    changed = cc.call("PUT", f"/contact_custom_fields/{field_id}", json={"label": "Food"}).json()
    assert "choices" not in changed
    assert cc.call("DELETE", f"/contact_custom_fields/{field_id}").status_code == 204

    assert whole(cc, contact_id)["custom_fields"] == []
    assert put(cc, contact_id, custom_fields=[{"custom_field_id": field_id, "value": "x"}]).status_code == 400


@pytest.mark.parametrize(("policy", "status"), [("kept", 200), ("refused", 400)])
def test_whether_a_put_may_name_a_choice_that_is_not_there_is_a_switch(cc, policy, status):
    cc.control("switches", unknown_choice=policy)
    field = {"label": "Diet", "type": "multi_select", "choices": [{"choice_label": "Vegan", "display_order": 1}]}
    field_id = cc.call("POST", "/contact_custom_fields", json=field).json()["custom_field_id"]
    contact_id = make_contact(cc, custom_fields=[{"custom_field_id": field_id, "choice_ids": ["1"]}])

    for ids, answered in ((["1"], 200), (["1", "2"], status)):
        sent = [{"custom_field_id": field_id, "choice_ids": ids}]
        assert put(cc, contact_id, custom_fields=sent).status_code == answered


@pytest.mark.parametrize("path", ["/contact_lists/", "/contact_tags/", "/contact_custom_fields/", "/activities/"])
def test_an_unknown_id_and_one_that_is_none_are_two_kinds_of_404(cc, path):
    assert error(cc.get(f"{path}{UNKNOWN}")) == (
        404,
        "contacts.api.not_found",
        "The requested resource was not found.",
    )
    assert error(cc.get(f"{path}12"))[2].endswith("_id is in an invalid format.")


def test_v2_numbers_lead_to_v3_ids_in_ascending_order(cc):
    first, second = make_contact(cc, "a@example.org"), make_contact(cc, "b@example.org")
    list_id = make_list(cc)

    found = cc.get("/contacts/contact_id_xrefs", sequence_ids="2,1,99").json()
    assert found == {"xrefs": [{"sequence_id": "1", "contact_id": first}, {"sequence_id": "2", "contact_id": second}]}
    lists = cc.get("/contact_lists/list_id_xrefs", sequence_ids="1").json()
    assert lists == {"xrefs": [{"sequence_id": "1", "list_id": list_id}]}
    assert cc.get("/contacts/contact_id_xrefs").status_code == 400


def test_the_account_summary_shows_the_address_only_when_asked(cc):
    cc.state.db.execute(
        "UPDATE accounts SET summary = json_set(summary, '$.physical_address', json(?))",
        ('{"address_line1": "1 Quay", "city": "Cobh", "country_code": "IE"}',),
    )

    assert "physical_address" not in cc.get("/account/summary").json()
    full = cc.get("/account/summary", extra_fields="physical_address,company_logo").json()
    assert full["physical_address"]["city"] == "Cobh"
    assert full["encoded_account_id"] == cc.account_id

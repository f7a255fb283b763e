"""Bulk activities: what they do, when, and what is told of them (CC reference, section 15)."""

import pytest

from emulator.assembly import bearer
from emulator.endpoints import ROUTES
from emulator.people import Role, User
from tests.emulation import ACCOUNT, emulator_process
from tests.emulator.bulk import activity, add, done, post, reasons, start
from tests.emulator.people import UNKNOWN, delete, make_contact, make_list, make_tag, whole


@pytest.fixture(autouse=True)
def frozen(cc):
    cc.control("clock", freeze=True)


def unsubscribe(cc, contact_id):
    cc.control("contact/unsubscribe", id=contact_id)


def alarms(cc):
    return [(each["kind"], each["contact_id"]) for each in cc.alarms()]


def test_an_activity_is_initialized_then_processed_and_takes_effect_at_its_end(cc):
    cc.control("activities", seconds=8)
    contact_id, list_id = make_contact(cc), make_list(cc)
    answer = post(cc, "add_list_memberships", source={"contact_ids": [contact_id]}, list_ids=[list_id])
    begun = answer.json()

    assert (answer.status_code, begun["state"], begun["percent_done"], begun["activity_errors"]) == (
        *(201, "initialized"),
        *(0, []),
    )
    assert begun["status"] == {"items_total_count": 1, "items_completed_count": 0, "list_count": 1}
    assert not {"started_at", "completed_at"} & set(begun)

    seen = []
    for step in (1, 1, 3, 2, 1):
        cc.control("clock", advance=step)
        shown = activity(cc, begun["activity_id"])
        seen.append((shown["state"], shown["percent_done"], len(whole(cc, contact_id)["list_memberships"])))
    assert seen == [
        ("initialized", 0, 0),
        ("processing", 1, 0),
        ("processing", 50, 0),
        ("processing", 83, 0),
        ("completed", 100, 1),
    ]
    assert begun["created_at"] < shown["started_at"] < shown["completed_at"] == shown["updated_at"]
    assert shown["status"]["items_completed_count"] == 1


def test_without_any_time_it_is_done_at_the_next_look(cc):
    cc.control("activities", seconds=0)
    contact_id, list_id = make_contact(cc), make_list(cc)

    start(cc, "add_list_memberships", source={"contact_ids": [contact_id]}, list_ids=[list_id])

    assert whole(cc, contact_id)["list_memberships"] == [list_id]


def test_what_was_due_long_ago_is_dated_when_it_was_due(cc):
    contact_id = make_contact(cc)
    cc.control("clock", set="2026-03-01T23:59:58+00:00")
    activity_id = start(cc, "contact_delete", contact_ids=[contact_id])

    cc.control("clock", advance=3600)

    assert activity(cc, activity_id)["completed_at"] == "2026-03-01T23:59:59Z"
    contact = whole(cc, contact_id)
    assert (contact["deleted_at"], contact["updated_at"]) == ("2026-03-01", "2026-03-01T23:59:59Z")


def test_adding_to_lists_adds_to_what_there_is(cc):
    old, new = make_list(cc, "Old"), make_list(cc, "New")
    first = make_contact(cc, "a@example.org", list_memberships=[old])
    second = make_contact(cc, "b@example.org", list_memberships=[new])

    shown = add(cc, [first, second], old, new)

    assert shown["status"] == {"items_total_count": 2, "items_completed_count": 2, "list_count": 2}
    assert whole(cc, first)["list_memberships"] == [old, new]
    assert whole(cc, second)["list_memberships"] == [new, old]


def test_a_deleted_contact_comes_back_with_all_it_kept_and_the_permission_it_had(cc):
    tag = make_tag(cc)
    kept = {"first_name": "Maeve", "notes": [{"content": "Likes mussels"}], "taggings": [tag]}
    contact_id = make_contact(cc, permission="explicit", list_memberships=[make_list(cc, "Old")], **kept)
    before = whole(cc, contact_id)
    delete(cc, contact_id)
    new = make_list(cc, "New")

    add(cc, [contact_id], new)

    after = whole(cc, contact_id)
    assert after["list_memberships"] == [new]
    moved = {"updated_at", "update_source", "list_memberships"}
    assert {name: value for name, value in after.items() if name not in moved} == {
        name: value for name, value in before.items() if name not in moved
    }
    assert (after["update_source"], after["updated_at"] > before["updated_at"]) == ("Account", True)
    assert cc.alarms() == []


def test_by_switch_deleting_takes_the_tags_away(cc):
    cc.control("switches", delete_drops_tags=True)
    tag, list_id = make_tag(cc), make_list(cc)
    first, second = (make_contact(cc, f"{each}@example.org", taggings=[tag]) for each in "ab")
    delete(cc, first)
    done(cc, "contact_delete", contact_ids=[second])

    add(cc, [first, second], list_id)

    assert [whole(cc, each)["taggings"] for each in (first, second)] == [[], []]


@pytest.mark.parametrize(("policy", "back", "lists"), [("ignored", False, 0), ("revived", True, 0), ("added", True, 1)])
def test_who_opted_out_is_counted_and_stays_opted_out(cc, policy, back, lists):
    cc.control("switches", bulk_opted_out=policy)
    here, gone, clean = (make_contact(cc, f"{each}@example.org") for each in "abc")
    for each in (here, gone):
        unsubscribe(cc, each)
    delete(cc, gone)
    list_id = make_list(cc)

    shown = add(cc, [here, gone, clean], list_id)

    assert (shown["state"], shown["status"]["items_completed_count"]) == ("completed", 3)
    assert shown["activity_errors"] == (
        [f"{each}: unsubscribed, not added" for each in (here, gone)] if policy == "ignored" else []
    )
    for each in (here, gone):
        assert whole(cc, each)["email_address"]["permission_to_send"] == "unsubscribed"
        assert len(whole(cc, each)["list_memberships"]) == lists
    assert ("deleted_at" not in whole(cc, gone)) == back
    assert whole(cc, clean)["list_memberships"] == [list_id]
    added = "opted_out_added_to_lists"
    assert alarms(cc) == [(added, here), ("opted_out_reactivated", gone), (added, gone)]


def test_who_opts_out_before_it_runs_is_left_alone_and_nobody_is_blamed(cc):
    contact_id, list_id = make_contact(cc), make_list(cc)
    delete(cc, contact_id)
    activity_id = start(cc, "add_list_memberships", source={"contact_ids": [contact_id]}, list_ids=[list_id])
    unsubscribe(cc, contact_id)

    cc.control("clock", advance=2)

    assert reasons(activity(cc, activity_id)) == ["unsubscribed, not added"]
    assert "deleted_at" in whole(cc, contact_id)
    assert cc.alarms() == []


def test_a_list_member_who_opted_out_is_found_out_too(cc):
    source, target = make_list(cc, "Source"), make_list(cc, "Target")
    members = [make_contact(cc, f"{each}@example.org", list_memberships=[source]) for each in "ab"]
    unsubscribe(cc, members[0])

    done(cc, "add_list_memberships", source={"list_ids": [source]}, list_ids=[target])

    assert alarms(cc) == [("opted_out_added_to_lists", members[0])]
    assert [len(whole(cc, each)["list_memberships"]) for each in members] == [1, 2]


@pytest.mark.parametrize(
    ("style", "lines"),
    [
        ("counted", ["2 x unsubscribed, not added", "1 x the contact does not exist"]),
        ("none", []),
    ],
)
def test_activity_errors_may_name_nobody(cc, style, lines):
    cc.control("switches", activity_error_lines=style)
    ids = [make_contact(cc, f"{each}@example.org", "unsubscribed") for each in "ab"]

    assert add(cc, [*ids, UNKNOWN], make_list(cc))["activity_errors"] == lines


def test_nobody_is_on_more_than_fifty_lists(cc):
    lists = [make_list(cc, f"List {number}") for number in range(51)]
    contact_id = make_contact(cc, list_memberships=lists[:49])

    assert reasons(add(cc, [contact_id], *lists[49:])) == ["on 50 lists already, not added"]
    assert reasons(add(cc, [contact_id], lists[50])) == []
    assert len(whole(cc, contact_id)["list_memberships"]) == 50


def test_removing_from_lists_leaves_an_active_contact_on_no_list(cc):
    one, other = make_list(cc, "One"), make_list(cc, "Other")
    first = make_contact(cc, "a@example.org", list_memberships=[one, other])
    second = make_contact(cc, "b@example.org", list_memberships=[one])

    shown = done(cc, "remove_list_memberships", source={"contact_ids": [first, second]}, list_ids=[one])

    assert shown["status"] == {"items_total_count": 2, "items_completed_count": 2, "list_count": 1}
    assert whole(cc, first)["list_memberships"] == [other]
    assert (whole(cc, second)["list_memberships"], "deleted_at" in whole(cc, second)) == ([], False)


def test_contacts_are_deleted_once(cc):
    ids = [make_contact(cc, f"{each}@example.org", list_memberships=[make_list(cc, each)]) for each in "abc"]
    delete(cc, ids[0])

    shown = done(cc, "contact_delete", contact_ids=[*ids, UNKNOWN])

    assert shown["status"] == {"items_total_count": 4, "items_completed_count": 2}
    assert reasons(shown) == ["deleted already", "the contact does not exist"]
    assert all("deleted_at" in whole(cc, each) and not whole(cc, each)["list_memberships"] for each in ids)


def test_every_member_of_a_list_is_deleted_and_the_list_stays(cc):
    list_id = make_list(cc)
    members = [make_contact(cc, f"{each}@example.org", list_memberships=[list_id]) for each in "ab"]
    other = make_contact(cc)

    shown = done(cc, "contact_delete", list_ids=[list_id])

    assert shown["status"] == {"items_total_count": 2, "items_completed_count": 2, "list_count": 1}
    assert ["deleted_at" in whole(cc, each) for each in (*members, other)] == [True, True, False]
    assert "deleted_at" not in cc.get(f"/contact_lists/{list_id}").json()


def test_lists_are_deleted_in_bulk_and_their_members_stay(cc):
    lists = [make_list(cc, each) for each in "ab"]
    contact_id = make_contact(cc, list_memberships=lists)

    shown = done(cc, "list_delete", list_ids=[*lists, UNKNOWN])

    assert (shown["status"], reasons(shown)) == ({"list_count": 2}, ["the list does not exist"])
    assert (whole(cc, contact_id)["list_memberships"], "deleted_at" in whole(cc, contact_id)) == ([], False)


def test_tags_are_put_on_and_taken_off_but_bring_nobody_back(cc):
    tag = make_tag(cc)
    here, gone = make_contact(cc, "a@example.org"), make_contact(cc, "b@example.org")
    delete(cc, gone)

    shown = done(cc, "contacts_taggings_add", source={"contact_ids": [here, gone]}, tag_ids=[tag])

    assert shown["status"] == {"items_total_count": 2, "items_completed_count": 2}
    assert reasons(shown) == ["deleted, not tagged"]
    assert (whole(cc, here)["taggings"], "deleted_at" in whole(cc, gone)) == ([tag], True)
    done(cc, "contacts_taggings_remove", source={"tag_ids": [tag]}, tag_ids=[tag])
    assert whole(cc, here)["taggings"] == []


@pytest.mark.parametrize("moves", [True, False])
def test_whether_a_change_of_lists_or_tags_moves_the_contact_is_a_switch(cc, moves):
    cc.control("switches", bulk_moves_updated_at=moves)
    tag, list_id = make_tag(cc), make_list(cc)
    contact_id, same = make_contact(cc, "a@example.org"), make_contact(cc, "b@example.org", list_memberships=[list_id])
    before = {each: whole(cc, each)["updated_at"] for each in (contact_id, same)}
    cc.control("clock", advance=60)

    add(cc, [contact_id, same], list_id)
    after_lists = whole(cc, contact_id)["updated_at"]
    done(cc, "contacts_taggings_add", source={"contact_ids": [contact_id]}, tag_ids=[tag])

    assert [before[contact_id] < after_lists < whole(cc, contact_id)["updated_at"]] == [moves]
    assert whole(cc, same)["updated_at"] == before[same]


def test_a_list_that_is_deleted_before_it_runs_is_left_out(cc):
    one, other = make_list(cc, "One"), make_list(cc, "Other")
    contact_id = make_contact(cc)
    delete(cc, contact_id)
    both = start(cc, "add_list_memberships", source={"contact_ids": [contact_id]}, list_ids=[one, other])
    alone = start(cc, "add_list_memberships", source={"contact_ids": [contact_id]}, list_ids=[one])
    cc.control("list/delete", id=one)

    cc.control("clock", advance=2)

    assert (activity(cc, both)["state"], reasons(activity(cc, both))) == ("completed", ["the list does not exist"])
    assert whole(cc, contact_id)["list_memberships"] == [other]
    failed = activity(cc, alone)
    assert (failed["state"], failed["percent_done"]) == ("failed", 0)
    assert failed["status"] == {"items_total_count": 1, "items_completed_count": 0, "list_count": 1}


def test_activities_are_listed_newest_first_for_ten_days_by_state_and_by_the_page(cc):
    cc.control("activities", seconds=4)
    ids = [start(cc, "contact_exports") for _ in range(3)]
    cc.control("clock", advance=3600)
    late = start(cc, "contact_exports")

    def shown(**params):
        return [each["activity_id"] for each in cc.get("/activities", **params).json()["activities"]]

    assert shown() == [late, *reversed(ids)]
    assert shown(state="completed") == list(reversed(ids))
    cc.control("clock", advance=2)
    assert shown(state="processing") == [late]
    first = cc.get("/activities", limit=3, state="completed").json()
    assert first["_links"] == {}
    first = cc.get("/activities", limit=3).json()
    second = cc.call("GET", first["_links"]["next"]["href"].removeprefix("/v3")).json()
    assert [each["activity_id"] for each in second["activities"]] == [ids[0]]
    assert [cc.get("/activities", limit=each).status_code for each in (0, 501, 500)] == [400, 400, 200]
    assert cc.get("/activities", state="initialized").status_code == 400
    cc.control("clock", advance=10 * 86_400 - 3600)
    cc.bearer = bearer(cc.app, ACCOUNT)
    assert shown() == [late]


def test_after_a_thousand_queued_the_next_one_is_refused(cc):
    wish = {"source": {"contact_ids": []}, "exclude": []}
    with cc.state.db.transaction():
        for _ in range(1000):
            cc.state.queue(ACCOUNT, "contact_delete", wish)

    refused = post(cc, "contact_delete", contact_ids=[UNKNOWN])

    assert refused.status_code == 429
    assert refused.json() == {"error_key": "too_many_activities", "error_message": "Too many queued activities"}
    assert cc.requests("POST", "contact_delete")[0]["applied"] == 0
    cc.control("clock", advance=2)
    assert post(cc, "contact_delete", contact_ids=[UNKNOWN]).status_code == 201


@pytest.mark.parametrize("route", [each for each in ROUTES if "activities" in each.path or "exports" in each.path])
def test_who_may_not_write_contacts_sees_and_starts_nothing(cc, route):
    names = {"account_id": ACCOUNT, "account_name": "Harbour Street Cookery", "number": 2}
    cc.app.oauth.add_user(User(login="cian@harbour.example.com", name="Cian", role=Role.CREATOR, **names))
    creator = cc.app.oauth.issue(ACCOUNT, "cian@harbour.example.com", ("contact_data",))["access_token"]
    narrow = bearer(cc.app, ACCOUNT, scopes=("account_read",))
    path = route.path.replace("<activity_id>", UNKNOWN).replace("<file_export_id>", UNKNOWN)

    for token in (creator, narrow):
        cc.bearer = token
        answer = cc.call(route.method, path, json={})
        assert (answer.status_code, answer.json()["error_key"]) == (403, "access_denied")


def test_an_activity_that_was_queued_goes_on_after_a_kill(tmp_path):
    with emulator_process(tmp_path / "cc.db", "--calls-per-second", "0", "--activity-seconds", "30") as cc:
        cc.control("clock", freeze=True)
        contact_id, list_id = make_contact(cc), make_list(cc, "Kept")
        delete(cc, contact_id)
        activity_id = start(cc, "add_list_memberships", source={"contact_ids": [contact_id]}, list_ids=[list_id])
        token = cc.bearer
        cc.kill()

    with emulator_process(tmp_path / "cc.db", "--calls-per-second", "0") as again:
        again.bearer = token
        assert activity(again, activity_id)["state"] == "initialized"
        again.control("clock", advance=29)
        assert "deleted_at" in whole(again, contact_id)
        again.control("clock", advance=1)
        assert activity(again, activity_id)["state"] == "completed"
        assert whole(again, contact_id)["list_memberships"] == [list_id]

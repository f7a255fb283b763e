"""The demo story, watched as ccadmin watches it: once after every chapter (product guide, 5.10 and job M1)."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from emulator.clock import Clock
from emulator.database import Database
from emulator.state import State
from emulator.state.query import ContactQuery
from emulator.story import CHAPTERS, USERS, OutOfOrder, fill_lists, play, told, weeks_on
from emulator.story.crowd import cast
from emulator.story.ground import COOKERY, THEATRE

SATURDAY = date(2026, 11, 21)


class Watched:
    """A state, and what each chapter left: contacts by id and list names by id."""

    def __init__(self, today=SATURDAY, chapters=CHAPTERS):
        self.state = State(Database(), Clock())
        self.ends, self.contacts, self.lists = {}, {}, {}
        for chapter in chapters:
            self.ends[chapter.name] = play(self.state, chapter.name, today=today)
            self.contacts[chapter.name] = contacts_of(self.state)
            self.lists[chapter.name] = list_names(self.state)

    def find(self, chapter, address):
        found = [each for each in self.contacts[chapter].values() if each["email_address"]["address"] == address]
        return found[0] if found else None

    def names(self, chapter, address):
        return sorted(self.lists[chapter][each] for each in self.find(chapter, address)["list_memberships"])


def contacts_of(state, account=COOKERY):
    found, _ = state.contacts.page(ContactQuery(account, statuses=["all"]), limit=10_000, number=1)
    return {each["contact_id"]: each for each in found}


def list_names(state, account=COOKERY):
    lists, _ = state.lists.page(account, statuses=[], name=None, counting=None, limit=1000, number=1)
    return {each["list_id"]: each["name"] for each in lists}


@pytest.fixture(scope="module")
def watched():
    return Watched()


@pytest.fixture(scope="module")
def swept(watched):
    """Id and remembered former lists (None: never seen alive) of everybody deleted between the two looks."""
    before, after = watched.contacts["eve"], watched.contacts["deletion"]
    gone = [each for each in after if "deleted_at" in after[each] and "deleted_at" not in before.get(each, {})]
    return {each: before[each]["list_memberships"] if each in before else None for each in gone}


def opted_out(contact):
    return contact["email_address"]["permission_to_send"] == "unsubscribed"


def clean(watched, swept):
    """Former lists of those who may come back and whose lists are known."""
    now = watched.contacts["today"]
    return {each: lists for each, lists in swept.items() if lists is not None and not opted_out(now[each])}


def test_today_the_account_has_the_numbers_of_the_guide(watched):
    standings = Counter(
        "deleted" if "deleted_at" in each else each["email_address"]["permission_to_send"]
        for each in watched.contacts["today"].values()
    )
    assert standings["explicit"] + standings["implicit"] == 3390
    assert standings["unsubscribed"] == 612
    assert standings["pending_confirmation"] == 23
    assert standings["not_set"] == 20
    assert standings["temp_hold"] == 9
    assert standings["deleted"] == 3130
    assert sum(standings.values()) == 7184
    assert len(watched.lists["today"]) == 12


def test_3012_were_deleted_at_seven_past_two_on_tuesday(watched, swept):
    assert len(swept) == 3012
    for each in swept:
        contact = watched.contacts["deletion"][each]
        assert contact["deleted_at"] == "2026-11-17"
        assert contact["updated_at"].startswith("2026-11-17T14:07:")


def test_they_were_deleted_by_seven_bulk_activities_of_which_no_other_trace_is_left(watched, swept):
    shown, more = watched.state.activities.page(COOKERY, state="completed", limit=50, number=1)
    assert [each["status"]["items_completed_count"] for each in shown] == [12, *[500] * 6]
    assert all(each["status"]["items_total_count"] == each["status"]["items_completed_count"] for each in shown)
    assert not more
    ended = {each["completed_at"] for each in shown}
    assert min(ended) == "2026-11-17T14:07:03Z"
    assert {watched.contacts["deletion"][each]["updated_at"] for each in swept} == ended
    behind = watched.state.activities.behind(COOKERY)
    assert {each["kind"] for each in behind} == {"contact_delete"}
    assert {one for each in behind for one in each["wish"]["source"]["contact_ids"]} == swept.keys()


def test_of_them_41_had_opted_out_themselves_and_39_were_never_seen_alive(watched, swept):
    now = watched.contacts["today"]
    left = [now[each]["email_address"]["opt_out_source"] for each in swept if opted_out(now[each])]
    assert left == ["Contact"] * 41
    unseen = [each for each, lists in swept.items() if lists is None]
    assert len(unseen) == 39
    assert not any(opted_out(now[each]) for each in unseen)


def test_2914_have_living_former_lists_and_18_a_list_that_no_longer_exists(watched, swept):
    alive = watched.lists["today"].keys()
    former = clean(watched, swept).values()
    assert sum(set(each) <= alive for each in former) == 2914
    assert sum(not set(each) <= alive for each in former) == 18
    assert all(set(each) & alive for each in former)


def test_the_plan_has_14_groups_over_6_lists(watched, swept):
    names = watched.lists["today"]
    groups = Counter(
        tuple(sorted(names[one] for one in each if one in names)) for each in clean(watched, swept).values()
    )
    assert len(groups) == 14
    assert groups["Newsletter",] == 1604
    assert groups["Course alerts", "Newsletter"] == 877
    assert groups["Newsletter", "Wholesale"] == 212
    assert sum(groups.values()) - 1604 - 877 - 212 == 239
    assert len({name for group in groups for name in group}) == 6


def test_bringing_them_all_back_makes_6322_active(watched, swept):
    now = watched.contacts["today"]
    permissions = Counter(now[each]["email_address"]["permission_to_send"] for each in clean(watched, swept))
    assert permissions.keys() == {"implicit", "explicit"}
    assert 3390 + sum(permissions.values()) == 6322


def test_46_were_deleted_before_the_account_was_linked(watched):
    assert sum("deleted_at" in each for each in watched.contacts["linked"].values()) == 46
    assert sum("deleted_at" in each for each in watched.contacts["eve"].values()) == 118


def test_maeve_is_deleted_clean_and_was_on_two_lists(watched):
    address = "maeve.doyle@example.net"
    assert watched.names("linked", address) == ["Newsletter"]
    assert watched.names("winter", address) == ["Course alerts", "Newsletter"]
    maeve = watched.find("today", address)
    assert maeve["deleted_at"] == "2026-11-17"
    assert maeve["list_memberships"] == []
    email = maeve["email_address"]
    assert (email["permission_to_send"], email["opt_in_source"]) == ("implicit", "Account")
    assert email["opt_in_date"].startswith("2023-03-03")
    assert [len(maeve[each]) for each in ("custom_fields", "phone_numbers", "street_addresses")] == [3, 1, 1]


def test_brian_opted_out_himself_on_2_september_and_was_deleted_later(watched):
    brian = watched.find("summer", "brian.kelly@example.org")
    assert "deleted_at" not in brian
    assert brian["email_address"]["opt_out_source"] == "Contact"
    assert brian["email_address"]["opt_out_date"][:10] == "2026-09-02"
    assert watched.find("today", "brian.kelly@example.org")["deleted_at"] == "2026-11-17"


def test_aoife_comes_back_each_time_she_is_deleted(watched):
    seen = ["deleted_at" in watched.find(each.name, "aoife.byrne@example.org") for each in CHAPTERS]
    assert seen == [False, False, True, False, True, False, False, False]
    aoife = watched.find("today", "aoife.byrne@example.org")
    assert aoife["email_address"]["permission_to_send"] == "explicit"
    assert len(aoife["list_memberships"]) == 3


def test_niamh_has_awaited_her_confirmation_for_41_days(watched):
    niamh = watched.find("today", "niamh.redmond@example.org")
    assert niamh["email_address"]["confirm_status"] == "pending"
    assert SATURDAY - date.fromisoformat(niamh["created_at"][:10]) == timedelta(days=41)


def test_conor_is_on_every_list_and_can_be_put_on_fifty(watched):
    assert len(watched.names("today", "conor.hartigan@example.com")) == 12
    other = Watched(chapters=CHAPTERS[:1]).state
    fill_lists(other)
    conor = other.contacts.rows.find_address(COOKERY, "conor.hartigan@example.com").contact
    assert len(list_names(other)) == len(conor["list_memberships"]) == 50


def test_barry_is_active_on_no_list_and_c_roche_left_on_wednesday_night(watched):
    assert watched.names("today", "b.keane@example.com") == []
    roche = watched.find("today", "c.roche@example.com")
    assert roche["email_address"]["opt_out_date"] == "2026-11-18T22:01:00Z"
    assert not opted_out(watched.find("deletion", "c.roche@example.com"))


def test_the_theatre_is_empty_and_healthy(watched):
    assert contacts_of(watched.state, THEATRE) == {}
    assert list(list_names(watched.state, THEATRE).values()) == ["Season news"]


def test_every_user_belongs_to_an_account_of_the_story(watched):
    assert {each.account_id for each in USERS} == set(watched.state.accounts.ids()) == {COOKERY, THEATRE}


def test_nothing_is_dated_later_than_the_chapter_that_shows_it(watched):
    for chapter in CHAPTERS:
        end = chapter.ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        for each in watched.contacts[chapter.name].values():
            assert each["created_at"] <= each["updated_at"] <= end
            assert each["email_address"]["updated_at"] <= end
            assert each.get("deleted_at", "") <= end


def test_every_address_is_under_a_reserved_domain(watched):
    domains = {each["email_address"]["address"].split("@")[1] for each in watched.contacts["today"].values()}
    assert domains == {"example.org", "example.net", "example.com"}


def test_the_cast_is_the_same_every_time_it_is_made():
    assert cast.__wrapped__(0).people == cast(0).people


def test_told_later_it_moves_by_whole_weeks_and_keeps_its_weekdays_and_ids(watched):
    later = Watched(today=date(2027, 3, 10), chapters=CHAPTERS)
    assert later.ends["today"] == datetime(2027, 3, 6, 0, 5, tzinfo=UTC)
    then = later.find("today", "maeve.doyle@example.net")
    assert date.fromisoformat(then["deleted_at"]).weekday() == 1
    assert then["contact_id"] == watched.find("today", "maeve.doyle@example.net")["contact_id"]
    assert later.contacts["today"].keys() == watched.contacts["today"].keys()


@pytest.mark.parametrize(
    ("today", "weeks"),
    [
        (date(2020, 1, 1), 0),
        (date(2026, 11, 20), 0),
        (SATURDAY, 0),
        (date(2026, 11, 27), 0),
        (date(2026, 11, 28), 1),
        (date(2027, 11, 20), 52),
    ],
)
def test_the_story_is_never_moved_backwards_nor_into_the_future(today, weeks):
    assert weeks_on(today) == weeks


def test_the_clock_stands_where_the_chapter_leaves_off():
    state = State(Database(), Clock())
    state.clock.freeze()
    assert play(state, "linked", today=SATURDAY) == state.clock.now() == datetime(2026, 1, 6, 9, tzinfo=UTC)


def test_chapters_are_told_once_and_in_order():
    state = State(Database(), Clock())
    with pytest.raises(OutOfOrder, match="the next chapter is linked"):
        play(state, "winter")
    play(state, "linked")
    for wrong in ("linked", "spring", "no such chapter"):
        with pytest.raises(OutOfOrder, match="the next chapter is winter"):
            play(state, wrong)
    assert told(state) == "linked"


def test_a_story_goes_on_after_a_restart_from_the_same_file(tmp_path):
    first = State(Database(str(tmp_path / "cc.db")), Clock())
    play(first, "linked", today=date(2026, 12, 1))
    second = State(Database(str(tmp_path / "cc.db")), Clock())
    assert told(second) == "linked"
    assert play(second, "winter", today=date(2028, 1, 1)) == datetime(2026, 2, 6, 9, tzinfo=UTC)


def test_the_chapters_are_few_and_no_gap_outlives_a_refresh_token():
    assert len(CHAPTERS) <= 8
    gaps = [later.ends - earlier.ends for earlier, later in pairwise(CHAPTERS)]
    assert all(timedelta() < each < timedelta(days=180) for each in gaps)

"""What an edit makes of a set of ids, and whom it may not touch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules.editing import Thing, Way, edited, held, may_not_add, may_not_edit, refusal
from contacts.rules.refusal import CannotKeep
from contacts.rules.standing import Standing

NEWS, COURSE, GALA = (f"3fa85f64-5717-4562-b3fc-00000000000{each}" for each in "abc")
ACTIVE = Standing(address="maeve@example.net", permission="implicit", list_ids=(NEWS,))
sets = st.lists(st.sampled_from([f"{each:02x}" for each in range(12)]), unique=True)


@given(had=sets, wish=sets, way=st.sampled_from(Way))
def test_an_edit_accounts_for_every_id_once(had, wish, way):
    edit = edited(had, wish, way)
    assert sorted([*edit.kept, *edit.removed]) == sorted(had)
    assert set(edit.after) == set(edit.kept) | set(edit.added)
    assert len(edit.after) == len(set(edit.after))
    assert edit.changes == (set(edit.after) != set(had))


@given(had=sets, wish=sets)
def test_each_way_does_what_its_name_says(had, wish):
    assert set(edited(had, wish, Way.EXACTLY).after) == set(wish)
    assert set(edited(had, wish, Way.ADD).after) == set(had) | set(wish)
    assert set(edited(had, wish, Way.REMOVE).after) == set(had) - set(wish)


def test_one_id_in_two_spellings_is_one_id():
    assert not edited([NEWS], [NEWS.upper()], Way.EXACTLY).changes
    assert edited([NEWS.upper()], [NEWS], Way.ADD).after == [NEWS.upper()]
    assert edited([NEWS, COURSE], [COURSE.upper()], Way.REMOVE).after == [NEWS]


@pytest.mark.parametrize("ids", ["text", {"a": 1}, [1], [["a"]]])
def test_ids_that_cannot_be_read_are_a_reason_not_to_write(ids):
    with pytest.raises(CannotKeep):
        held({"taggings": ids}, Thing.TAGS)


@pytest.mark.parametrize("remote", [{}, {"taggings": None}, {"taggings": []}])
def test_no_ids_are_none(remote):
    assert held(remote, Thing.TAGS) == ()


def test_a_deleted_contact_is_not_edited():
    gone = Standing.of({"deleted_at": "2026-11-17", "email_address": {"address": "m@example.net"}})
    assert may_not_edit(gone).startswith("Deleted meanwhile: not written.")
    edit = edited([NEWS], [], Way.EXACTLY)
    assert refusal(gone, edit, Thing.LISTS, Way.EXACTLY, alive=()) == may_not_edit(gone)


def test_a_contact_that_is_not_understood_is_not_edited():
    odd = Standing.of({"email_address": {"address": "m@example.net", "permission_to_send": "brand_new"}})
    assert "does not understand" in may_not_edit(odd)
    assert may_not_edit(ACTIVE) == ""


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ({"permission_to_send": "unsubscribed", "opt_out_source": "Contact"}, "This contact opted out"),
        ({"permission_to_send": "unsubscribed", "opt_out_source": "Account"}, "Your account opted this contact out"),
        ({"permission_to_send": "pending_confirmation"}, "never confirmed"),
        ({"permission_to_send": "implicit", "confirm_status": "pending"}, "never confirmed"),
        ({"permission_to_send": "temp_hold"}, "holds mail to this contact back"),
        ({"permission_to_send": "explicit", "opt_out_date": "2026-09-02T10:00:00Z"}, "an opt-out on record"),
        ({"permission_to_send": "not_set", "opt_out_reason": "spam"}, "an opt-out on record"),
    ],
)
def test_whom_nobody_may_add_to_a_list(email, words):
    standing = Standing.of({"email_address": {"address": "m@example.net", **email}})
    told = may_not_add(standing)
    assert words in told
    added, removed = edited([NEWS], [COURSE], Way.ADD), edited([NEWS], [NEWS], Way.REMOVE)
    assert refusal(standing, added, Thing.LISTS, Way.ADD, alive=(COURSE,)) == f"{told} Nothing was sent."
    assert refusal(standing, removed, Thing.LISTS, Way.REMOVE, alive=()) == ""
    assert refusal(standing, added, Thing.TAGS, Way.ADD, alive=(COURSE,)) == ""


@pytest.mark.parametrize("permission", ["explicit", "implicit", "not_set"])
def test_who_agreed_may_be_added(permission):
    standing = Standing.of({"email_address": {"address": "m@example.net", "permission_to_send": permission}})
    assert may_not_add(standing) == ""


@pytest.mark.parametrize("thing", Thing)
@pytest.mark.parametrize("way", Way)
def test_nothing_to_do_has_a_sentence_of_its_own(thing, way):
    told = refusal(ACTIVE, edited([NEWS], [GALA] if way == Way.REMOVE else [NEWS], way), thing, way, alive=(NEWS,))
    assert told.endswith("so there is nothing to change. Nothing was sent.")


def test_only_what_is_added_has_to_exist_still():
    edit = edited([NEWS], [NEWS, GALA.upper()], Way.EXACTLY)
    assert refusal(ACTIVE, edit, Thing.LISTS, Way.EXACTLY, alive=(GALA,)) == ""
    assert "A list you chose no longer exists" in refusal(ACTIVE, edit, Thing.LISTS, Way.EXACTLY, alive=(NEWS,))
    assert "A tag you chose no longer exists" in refusal(ACTIVE, edit, Thing.TAGS, Way.EXACTLY, alive=())

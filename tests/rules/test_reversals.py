"""Which change outside undid one of ours, in the story of one contact."""

from hypothesis import given
from hypothesis import strategies as st

from contacts.rules.reversals import Kind, Turn, undone

NEWSLETTER, GALA = 1, 2


class Story:
    """Turns in order; each gets the next number, which is also the act's when it is ours."""

    def __init__(self):
        self.turns = []

    def ours(self, what, **lists):
        return self._add(what, lists, ours=True)

    def theirs(self, what, **lists):
        return self._add(what, lists, ours=False)

    def undone(self):
        return [(each.kind, each.act, each.event, sorted(each.lists)) for each in undone(self.turns)]

    def _add(self, what, lists, *, ours):
        number = len(self.turns) + 1
        moved = {name: frozenset(each) for name, each in lists.items()}
        self.turns.append(Turn(number, what, number if ours else None, **moved))
        return self


def test_somebody_we_reactivated_is_deleted_again():
    story = Story().ours("revived", added=[NEWSLETTER]).theirs("deleted", removed=[NEWSLETTER])
    assert story.undone() == [(Kind.DELETED_AGAIN, 1, 2, [])]


def test_somebody_we_deleted_comes_back_and_it_says_on_which_lists():
    story = Story().ours("deleted", removed=[NEWSLETTER]).theirs("revived", added=[NEWSLETTER, GALA])
    assert story.undone() == [(Kind.CAME_BACK, 1, 2, [NEWSLETTER, GALA])]


def test_a_list_we_took_is_given_again():
    story = Story().ours("lists", removed=[NEWSLETTER, GALA]).theirs("lists", added=[GALA])
    assert story.undone() == [(Kind.ADDED_AGAIN, 1, 2, [GALA])]


def test_a_list_we_gave_is_taken():
    story = Story().ours("lists", added=[GALA]).theirs("lists", removed=[GALA, NEWSLETTER])
    assert story.undone() == [(Kind.TAKEN_OFF, 1, 2, [GALA])]


def test_somebody_we_brought_back_or_added_unsubscribes_and_that_is_one_thing():
    for what in ("revived", "lists"):
        story = Story().ours(what, added=[GALA]).theirs("unsubscribed", removed=[GALA])
        assert story.undone() == [(Kind.UNSUBSCRIBED, 1, 2, [])]


def test_two_acts_undone_by_one_change_are_told_apart():
    story = Story().ours("lists", removed=[GALA]).ours("lists", removed=[NEWSLETTER])
    assert sorted(story.theirs("lists", added=[GALA, NEWSLETTER]).undone()) == [
        (Kind.ADDED_AGAIN, 1, 3, [GALA]),
        (Kind.ADDED_AGAIN, 2, 3, [NEWSLETTER]),
    ]


def test_taking_our_own_change_back_is_not_outside_and_replaces_the_wish():
    story = Story().ours("revived", added=[GALA]).ours("deleted", removed=[GALA])
    assert story.undone() == []
    assert story.theirs("revived").undone() == [(Kind.CAME_BACK, 2, 3, [])]
    assert Story().ours("lists", added=[GALA]).ours("lists", removed=[GALA]).theirs("lists", removed=[]).undone() == []


def test_a_deletion_before_our_reactivation_undoes_nothing():
    assert Story().theirs("deleted").ours("revived").undone() == []


def test_a_deletion_of_somebody_we_only_added_to_a_list_is_no_deletion_again():
    assert Story().ours("lists", added=[GALA]).theirs("deleted", removed=[GALA]).undone() == []


def test_somebody_deleted_who_was_deleted_by_us_is_as_we_wished():
    assert Story().ours("deleted").theirs("deleted").undone() == []


def test_each_time_it_happens_again_is_told():
    story = Story().ours("deleted").theirs("revived").theirs("deleted").theirs("revived")
    assert [each[2] for each in story.undone()] == [2, 4]


WHATS = st.sampled_from(["deleted", "revived", "lists", "unsubscribed", "permission"])
LISTS = st.frozensets(st.integers(1, 4), max_size=3)
STEPS = st.lists(st.tuples(WHATS, LISTS, LISTS, st.booleans()), max_size=12)


def told(steps):
    return [
        Turn(number, what, number if ours else None, added, removed - added)
        for number, (what, added, removed, ours) in enumerate(steps)
    ]


@given(STEPS)
def test_only_outside_turns_undo_and_only_acts_before_them(steps):
    turns = told(steps)
    for each in undone(turns):
        turn = turns[each.event]
        assert turn.act is None and turns[each.act].act == each.act < each.event
        assert each.lists <= turn.added | turn.removed


@given(STEPS)
def test_no_act_and_event_meet_twice_in_one_way(steps):
    found = [(each.kind, each.act, each.event) for each in undone(told(steps))]
    assert len(found) == len(set(found))


@given(STEPS, st.sampled_from([("revived", "deleted"), ("deleted", "revived")]))
def test_the_opposite_right_after_our_act_is_always_noticed(steps, pair):
    first, second = pair
    turns = [*told(steps), Turn(100, first, 100), Turn(101, second)]
    assert [each.act for each in undone(turns) if each.event == 101] == [100]


@given(STEPS)
def test_a_list_is_held_against_the_last_of_ours_that_spoke_of_it(steps):
    turns = told(steps)
    for each in undone(turns):
        for one in each.lists if each.kind in (Kind.ADDED_AGAIN, Kind.TAKEN_OFF) else ():
            later = [turn for turn in turns[each.act + 1 : each.event] if turn.act is not None]
            assert not any(one in turn.added | turn.removed and turn.what != "deleted" for turn in later)

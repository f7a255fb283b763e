"""Who may do what: the table of the product guide, read back."""

from itertools import pairwise

import pytest

from contacts.rules.consent import Basis
from contacts.rules.roles import NOT_YET, RIGHTS, WORDS, Right, Role, at_least, matrix, may

FIRST_ROLE = {
    Right.CHECK: Role.VIEWER,
    Right.AUDIT_OWN: Role.VIEWER,
    Right.SEE_PERSONAL: Role.AGENT,
    Right.REACTIVATE: Role.AGENT,
    Right.EDIT_LISTS: Role.AGENT,
    Right.UNSUBSCRIBE: Role.AGENT,
    Right.RESUBSCRIBE: Role.AGENT,
    Right.SYNC_NOW: Role.AGENT,
    Right.DELETE_ONE: Role.MARKETER,
    Right.BULK: Role.MARKETER,
    Right.EXPORT: Role.MARKETER,
    Right.PAUSE_WRITING: Role.MARKETER,
    Right.DELETE_MANY: Role.MANAGER,
    Right.APPROVE: Role.MANAGER,
    Right.AUDIT_ALL: Role.MANAGER,
    Right.MANAGE_ACCOUNT: Role.ADMIN,
}


@pytest.mark.parametrize("right", list(Right))
def test_a_right_begins_with_one_role_and_holds_for_all_above(right):
    roles = list(Role)
    assert [role for role in roles if may(role, right)] == roles[roles.index(FIRST_ROLE[right]) :]


def test_every_role_may_more_than_the_one_below():
    assert all(RIGHTS[low] < RIGHTS[high] for low, high in pairwise(Role))


def test_a_viewer_sees_no_personal_details_and_changes_nothing():
    assert RIGHTS[Role.VIEWER] == {Right.CHECK, Right.AUDIT_OWN}


def test_every_basis_has_words_and_only_an_unnamed_one_always_needs_a_note():
    assert all(basis.label and basis.explanation for basis in Basis)
    assert [basis for basis in Basis if basis.needs_note] == [Basis.OTHER]
    assert Basis("our_mistake").label == "We deleted them by mistake"


def test_every_right_has_words_and_what_can_be_done_has_a_line_in_the_table_that_people_read():
    assert set(WORDS) == set(Right)
    shown = dict(matrix())
    assert len(shown) == len(Right) - len(NOT_YET)
    for right in set(Right) - NOT_YET:
        assert shown[WORDS[right]] == [may(role, right) for role in Role]


def test_a_role_is_at_least_itself_and_all_below_it():
    assert at_least(Role.ADMIN, Role.VIEWER)
    assert at_least(Role.AGENT, Role.AGENT)
    assert not at_least(Role.MARKETER, Role.MANAGER)

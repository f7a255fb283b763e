"""Whatever way the same contacts are cut into pages, and whatever comes first: the same rows."""

import uuid
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contacts.models import Contact, ContactEvent, Membership, Tagging
from tests.mirror_look import look, make_lists, moment, row
from tests.rows import make_account, make_remote

pytestmark = pytest.mark.django_db
LISTS = [f"00000000-0000-4000-8000-{number:012}" for number in range(4)]
TAGS = [str(uuid.UUID(int=number)) for number in range(1, 4)]
UNSUBSCRIBED = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2026-10-01T08:00Z"}


def person(number):
    """One of every kind; the same number, the same contact."""
    random = Random(number)
    remote = make_remote(f"p{number}@example.org", contact_id=str(uuid.UUID(int=random.getrandbits(128))))
    remote["list_memberships"] = random.sample(LISTS, random.randrange(4))
    remote["taggings"] = random.sample(TAGS, random.randrange(3))
    match number % 6:
        case 1:
            return remote | {"deleted_at": "2026-10-30", "list_memberships": []}
        case 2:
            return remote | {"email_address": remote["email_address"] | UNSUBSCRIBED, "list_memberships": []}
        case 3:
            return remote | {"first_name": "Zoë \x00\ud83d", "updated_at": "yesterday"}
        case 4:
            return {name: value for name, value in remote.items() if name != "email_address"}
        case 5:
            return remote | {"first_name": 7, "taggings": "none", "created_at": "2026-11-01T08:10:00Z"}
    return remote


PEOPLE = [person(number) for number in range(18)]


def everything():
    """Every row of a contact without the keys, which are given in the order of arrival."""
    columns = [field.name for field in Contact._meta.concrete_fields if field.name not in ("id", "account")]
    contacts = [
        [bytes(each) if isinstance(each, memoryview) else each for each in values]
        for values in Contact.objects.order_by("remote_id").values_list(*columns)
    ]
    times = ["began_at", "ended_at", "began_how", "ended_how"]
    whose = ["contact__remote_id", *times]
    lists = Membership.objects.order_by("contact__remote_id", "list__remote_id").values_list("list__remote_id", *whose)
    tags = Tagging.objects.order_by("contact__remote_id", "tag__remote_id").values_list("tag__remote_id", *whose)
    told = ContactEvent.objects.order_by("contact__remote_id", "kind", "noticed_to")
    events = told.values_list("contact__remote_id", "kind", "sure", "changes", "noticed_from", "noticed_to")
    return contacts, list(lists), list(tags), list(events)


@pytest.fixture
def account():
    account = make_account()
    make_lists(account, *(f"List {number}" for number in range(len(LISTS))))
    return account


def stored(account, pages, turns):
    """What these pages leave when nothing was there before."""
    with transaction.atomic():
        for turn in turns:
            for page in pages:
                look(account, *page, turn=turn)
        left = everything()
        transaction.set_rollback(True)
    return left


@st.composite
def pages_of_everybody(draw):
    """Everybody at least once, in any order, in pages of any size; some come again on a later page."""
    order = draw(st.permutations(PEOPLE)) + draw(st.lists(st.sampled_from(PEOPLE), max_size=6))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=5)))
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


@pytest.mark.parametrize("turns", [(0,), (1,), (0, 1)])
@given(pages=pages_of_everybody())
@example(pages=[[each] for each in PEOPLE])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_contacts_in_any_pages_leave_the_same_rows(account, turns, pages):
    left = stored(account, pages, turns)
    assert left == stored(account, [PEOPLE], turns)
    assert len(left[0]) == len(PEOPLE)


@given(order=st.permutations(range(1, 5)), size=st.integers(1, 4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_several_copies_the_last_one_asked_for_stays_whichever_comes_last(account, order, size):
    with transaction.atomic():
        for turn in order:
            page = [each | {"job_title": f"Look {turn}"} for each in PEOPLE[:size]]
            look(account, *page, turn=turn, fetched_at=moment(turn))
        assert {row(each).remote["job_title"] for each in PEOPLE[:size]} == {"Look 4"}
        assert Contact.objects.count() == size
        transaction.set_rollback(True)

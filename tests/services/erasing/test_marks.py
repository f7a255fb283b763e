"""Who was erased is seen and not copied, whatever shows them; everybody else is."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import mirror
from contacts.connect.marks import marker_of
from contacts.models import Contact, ErasedMark, Erasure, LinkedAccount
from contacts.rules.refusal import Refused
from contacts.services import erasing
from tests.mirror_look import look
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


class World:
    """An account with two contacts, of whom the first was erased."""

    def __init__(self):
        self.account = make_account()
        self.manager = make_access(self.account, "manager").user
        self.anna, self.ben = make_remote("anna@example.org"), make_remote("ben@example.org")
        look(self.account, self.anna, self.ben)
        self.erasure = erasing.begin(self.row(self.anna), by=self.manager, reason="")
        self.account.refresh_from_db()

    def row(self, remote):
        return Contact.objects.get(remote_id=remote["contact_id"])

    def held(self):
        return sorted(Contact.objects.values_list("address", flat=True))

    def done(self):
        Erasure.objects.update(state="done", step="")
        self.erasure.refresh_from_db()


def test_the_erased_count_as_seen_and_are_not_stored(world):
    stored = look(world.account, world.anna | {"first_name": "New"}, world.ben, turn=1)
    assert (stored.seen, stored.stored, stored.not_understood) == (2, 0, 0)
    assert [key > 0 for key in stored.pks] == [True, False]
    assert world.held() == ["ben@example.org"]


def test_somebody_who_comes_under_a_new_id_with_an_erased_address_is_not_stored(world):
    newcomer = make_remote("ANNA@Example.org")
    stored = look(world.account, world.anna, newcomer, turn=1)
    assert world.held() == ["ben@example.org"]
    assert len(set(stored.pks)) == 2


def test_the_same_person_in_another_account_is_not_concerned(world):
    other = make_account()
    look(other, world.anna)
    assert Contact.objects.filter(account=other).count() == 1


def test_a_live_reading_of_the_erased_is_not_kept(world):
    now = timezone.now()
    with pytest.raises(mirror.Erased):
        mirror.store_contact(world.account, world.anna, fetched_at=now, seen_at=now)


def test_a_page_costs_one_query_more_where_somebody_was_erased(world, django_assert_num_queries):
    nobody = make_account()
    look(nobody, world.ben)
    with CaptureQueriesContext(connection) as usual:
        look(nobody, world.ben, turn=1)
    with django_assert_num_queries(len(usual) + 1):
        look(world.account, world.ben, world.anna, turn=1)


def test_marks_tell_nothing_without_the_key(world):
    held = list(ErasedMark.objects.values_list("mark", flat=True))
    other = make_account()
    LinkedAccount.objects.filter(pk=other.pk).update(erasure_key=world.account.erasure_key)
    assert len(held) == 2 and all(len(each) == 64 for each in held)
    assert marker_of(world.account).of_address("anna@example.org") in held
    assert repr(marker_of(world.account)) == "Marker()"


def test_a_lifted_request_holds_nobody_back(world):
    world.done()
    erasing.lift(world.erasure, by=world.manager, reason="came back")
    look(world.account, world.anna, turn=1)
    assert world.held() == ["anna@example.org", "ben@example.org"]


def test_only_a_request_that_is_done_is_lifted_and_only_once(world):
    with pytest.raises(Refused):
        erasing.lift(world.erasure, by=world.manager, reason="too early")
    world.done()
    erasing.lift(world.erasure, by=world.manager, reason="asked")
    with pytest.raises(Refused):
        erasing.lift(world.erasure, by=world.manager, reason="again")


def test_without_its_key_the_erased_stay_away_by_their_id(world):
    LinkedAccount.objects.update(erasure_key="lost")
    stored = look(world.account, world.anna, world.ben, turn=1)
    assert stored.seen == 2
    assert world.held() == ["ben@example.org"]


def test_rotating_the_keys_seals_what_erasures_need_as_well(world, settings, capsys):
    before = marker_of(world.account)
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [new]
    assert marker_of(LinkedAccount.objects.get(pk=world.account.pk)) == before
    assert erasing.carry_on(Erasure.objects.get()).step == "wipe"

"""Old exports as memory: compared, learned, offered at once, taken back; what we saw ourselves always wins."""

import uuid
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts import mirror
from contacts.mirror import forgetting
from contacts.models import AuditEntry, Contact, ContactFile, ContactList, FileRow, Job, JobItem, Membership, Seed
from contacts.rules.refusal import Refused
from contacts.rules.seeds import Fate
from contacts.selectors.check import card_of
from contacts.selectors.pieces import CONDITIONS, Piece
from contacts.services import erasing, files, seeds
from contacts.services.check import about
from contacts.services.jobs.planning import plan, renew
from contacts.services.seeds import walking
from tests.rows import make_access, make_account, make_remote

pytestmark = pytest.mark.django_db
MARCH = date(2025, 3, 3)
NAMES = ("Newsletter", "Gala, spring", "Course alerts")


class Place:
    """An account with three lists, and people who were deleted before it was linked."""

    def __init__(self):
        self.account = make_account(synced_at=timezone.now())
        self.by = make_access(self.account, "marketer").user
        rows = [ContactList(account=self.account, remote_id=uuid.uuid4(), name=name) for name in NAMES]
        self.lists = dict(zip(NAMES, ContactList.objects.bulk_create(rows), strict=True))

    def store(self, address, *, at=None, since=None, **parts):
        at = at or timezone.now()
        return mirror.store_contact(self.account, make_remote(address, **parts), fetched_at=at, seen_at=at, since=since)

    def ghost(self, address, **parts):
        return self.store(address, **{"deleted_at": "2025-11-17", **parts})

    def brought(self, text, *, name="export.csv", **answers):
        upload = SimpleUploadedFile(name, text.encode())
        seed = seeds.begin(self.account, by=self.by, upload=upload, token=uuid.uuid4())
        for _ in range(3):
            files.carry_on(seed.file, seconds=10)
        seed.file.refresh_from_db()
        if answers.pop("stop", False):
            return seed
        return self.answered(seed, **answers)

    def answered(self, seed, *, day=MARCH, columns=None, whole=None):
        seeds.answer(seed, day=day, columns=seed.columns if columns is None else columns, whole=whole)
        return seeds.carry_on(seed, seconds=10)

    def learned(self, text, **answers):
        return self.learn(self.brought(text, **answers))

    def learn(self, seed):
        seeds.learn(seed, by=self.by)
        return seeds.carry_on(seed, seconds=10)

    def fates(self, seed):
        return list(FileRow.objects.filter(file=seed.file).order_by("number").values_list("verdict", flat=True))

    def former(self, contact):
        contact = Contact.objects.get(pk=contact.pk)
        return {each.name: each.told_on for each in self.card(contact).memory.former}

    def card(self, contact):
        return card_of(self.account, about(contact), Contact.objects.get(pk=contact.pk), personal=True)

    @property
    def unknown(self):
        return Contact.objects.filter(CONDITIONS[Piece.UNKNOWN], account=self.account).count()


@pytest.fixture
def place():
    return Place()


def test_an_export_teaches_the_lists_of_somebody_we_never_saw(place):
    maeve = place.ghost("maeve.doyle@example.net")
    seed = place.learned('Email address,Email Lists\nMaeve.Doyle@example.net,"Newsletter, Gala, spring"\n')
    assert (seed.state, seed.counts["taught"]) == ("learned", {"people": 1, "stays": 2})
    assert place.former(maeve) == {"Newsletter": MARCH, "Gala, spring": MARCH}
    stay = Membership.objects.get(contact=maeve, list=place.lists["Newsletter"])
    assert (stay.began_how, stay.ended_how, stay.seed_id, stay.ended_at) == (
        "file",
        "deleted",
        seed.pk,
        maeve.deleted_to,
    )
    assert place.unknown == 0


def test_the_verdict_names_the_file_and_claims_no_more_than_it_says(place):
    maeve = place.ghost("maeve.doyle@example.net")
    place.learned("email;lists\nmaeve.doyle@example.net;Newsletter|Course alerts\n")
    told = place.card(maeve).verdict.sentence
    assert "Newsletter (says a file of 3 Mar 2025)" in told
    assert "We know of no opt-out." in told
    assert "never opted out" not in told
    assert place.card(maeve).verdict.may_reactivate


def test_whoever_opted_out_is_learned_about_and_not_counted_among_those_who_wait_for_their_lists(place):
    place.ghost("maeve.doyle@example.net")
    left = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": "2025-09-02T10:00:00Z"}
    place.ghost("brian.kelly@example.org", email_address=left)
    seed = place.brought("email,lists\nmaeve.doyle@example.net,Newsletter\nbrian.kelly@example.org,Newsletter\n")
    page = seeds.seed_page(seed)
    assert (page.people, page.waiting, page.others, page.unknown) == (2, 1, 1, 1)
    other = place.brought("email,lists\nmaeve.doyle@example.net,Newsletter\n", name="another.csv")
    assert seeds.seed_page(place.learn(other)).unknown == 0
    seed.refresh_from_db()
    assert seeds.seed_page(seed).unknown == 1


def test_nothing_is_learned_before_somebody_says_so(place):
    place.ghost("maeve.doyle@example.net")
    seed = place.brought("email,lists\nmaeve.doyle@example.net,Newsletter\n")
    assert (seed.state, seed.counts["people"]) == ("looked", 1)
    assert not Membership.objects.exists()
    assert place.unknown == 1


def test_the_same_file_twice_adds_nothing(place):
    place.ghost("maeve.doyle@example.net")
    text = "email,lists\nmaeve.doyle@example.net,Newsletter\n"
    place.learned(text)
    again = place.brought(text)
    assert place.fates(again) == [Fate.KNOWN]
    with pytest.raises(Refused, match="nothing to teach"):
        seeds.learn(again, by=place.by)
    assert Membership.objects.count() == 1


def test_exports_of_single_lists_add_to_each_other(place):
    maeve = place.ghost("maeve.doyle@example.net")
    for name in ("Newsletter", "Course alerts"):
        place.learned("email\nmaeve.doyle@example.net\n", whole=place.lists[name])
    assert place.former(maeve) == {"Newsletter": MARCH, "Course alerts": MARCH}


def test_what_we_saw_ourselves_stands(place):
    before = datetime(2025, 11, 1, tzinfo=UTC)
    seen = place.store("seen@example.org", at=before, list_memberships=[str(place.lists["Newsletter"].remote_id)])
    remote = seen.remote | {"deleted_at": "2025-11-17", "list_memberships": []}
    later = before + timedelta(days=17)
    mirror.store_contact(place.account, remote, fetched_at=later, seen_at=later, since=before)
    place.store("active@example.org")
    seed = place.brought(
        "email,lists\nseen@example.org,Gala; Course alerts\nseen@example.org,Newsletter\n"
        "active@example.org,Newsletter\n"
    )
    assert place.fates(seed) == [Fate.DIFFERS, Fate.OURS, Fate.OURS]
    assert place.former(seen) == {"Newsletter": None}


def test_whoever_was_deleted_before_the_day_of_the_file_learns_nothing(place):
    place.ghost("early@example.org", deleted_at="2024-05-05")
    assert place.fates(place.brought("email,lists\nearly@example.org,Newsletter\n")) == [Fate.LATER]


def test_rows_with_days_are_stays_of_their_own(place):
    maeve = place.ghost("maeve.doyle@example.net")
    seed = place.learned(
        "Email,List,From,To\n"
        "maeve.doyle@example.net,Newsletter,2023-03-01,\n"
        "maeve.doyle@example.net,Course alerts,01/15/2022,3.4.2023\n"
        "maeve.doyle@example.net,Newsletter,2024-13-01,\n"
        "maeve.doyle@example.net,Newsletter,2024-05-01,2024-04-01\n"
    )
    assert place.fates(seed) == [Fate.LEARN, Fate.LEARN, Fate.BAD_DAY, Fate.BAD_DAY]
    assert place.former(maeve) == {"Newsletter": MARCH}
    assert place.card(maeve).memory.former[0].since == date(2023, 3, 1)
    over = Membership.objects.get(list=place.lists["Course alerts"])
    assert (over.began_at.date(), over.ended_at.date(), over.ended_how) == (date(2022, 1, 15), date(2023, 4, 3), "file")


def test_every_other_row_is_told_apart(place):
    place.ghost("maeve.doyle@example.net")
    rows = [
        "nobody@example.org,Newsletter",
        ",Newsletter",
        "maeve.doyle@example.net,",
        "maeve.doyle@example.net,Summer",
    ]
    seed = place.brought("\n".join(["email,lists", *rows]))
    assert place.fates(seed) == [Fate.NOBODY, Fate.NO_ADDRESS, Fate.NO_LIST, Fate.NO_LIST]
    assert seed.names == {"Summer": {"rows": 1, "list": None}}


def test_a_name_nobody_knows_is_matched_by_hand_also_to_a_list_that_is_gone(place):
    maeve = place.ghost("maeve.doyle@example.net")
    gone = place.lists["Course alerts"]
    ContactList.objects.filter(pk=gone.pk).update(gone_at=timezone.now())
    seed = place.brought("email,lists\nmaeve.doyle@example.net,Old alerts;Newsletter;Rubbish\n")
    assert set(seed.names) == {"Old alerts", "Rubbish"}
    seeds.match(seed, {"Old alerts": gone.pk, "Rubbish": 0})
    seed = place.learn(seeds.carry_on(seed, seconds=10))
    assert set(place.former(maeve)) == {"Newsletter", "Course alerts"}
    assert seed.names == {}


def test_a_column_that_holds_no_list_names_is_not_kept(place):
    place.ghost("maeve.doyle@example.net")
    seed = place.brought("email,lists\nmaeve.doyle@example.net,someone@example.org\n")
    assert (seed.state, seed.names) == ("asks", {})
    assert "has addresses in it" in seed.message


def test_a_day_is_asked_for_and_cannot_be_in_the_future(place):
    seed = place.brought("email,lists\na@example.org,Newsletter\n", stop=True)
    with pytest.raises(Refused, match="has not come yet"):
        place.answered(seed, day=timezone.now().date() + timedelta(days=2))
    with pytest.raises(Refused, match="which column names the lists"):
        place.answered(seed, columns={})


def test_a_plan_made_before_knows_more_after_it(place):
    for number in range(4):
        place.ghost(f"person{number}@example.org")
    job = Job.objects.create(account=place.account, kind="reactivate", by=place.by)
    JobItem.objects.bulk_create(JobItem(job=job, contact=each) for each in Contact.objects.all())
    plan(job)
    assert (job.people, job.left_out) == (0, {"unknown_lists": 4})
    rows = ["person0@example.org,Newsletter", "person1@example.org,Newsletter", 'person2@example.org,"Gala, spring"']
    place.learned("\n".join(["email,lists", *rows]))
    job.refresh_from_db()
    told = renew(job)
    assert (job.people, job.left_out) == (3, {"unknown_lists": 1})
    assert "Former lists unknown: 1, it was 4." in told


def test_what_a_file_taught_is_taken_back_as_a_whole(place):
    maeve = place.ghost("maeve.doyle@example.net")
    first = place.learned("email\nmaeve.doyle@example.net\n", whole=place.lists["Newsletter"])
    place.learned("email\nmaeve.doyle@example.net\n", whole=place.lists["Course alerts"])
    seeds.forget(first, by=place.by)
    gone = seeds.carry_on(first, seconds=10)
    assert gone.state == "forgotten"
    assert set(place.former(maeve)) == {"Course alerts"}
    actions = list(
        AuditEntry.objects.filter(account=place.account).order_by("sequence").values_list("action", flat=True)
    )
    assert actions == ["file_brought", "seed_asked", "seed_learned"] * 2 + ["seed_forgotten"]
    assert "maeve" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_lists_count_their_former_members_anew(place):
    place.ghost("maeve.doyle@example.net")
    seed = place.learned("email,lists\nmaeve.doyle@example.net,Newsletter\n")
    counts = ContactList.objects.get(pk=place.lists["Newsletter"].pk).counts
    assert (counts["former"], counts["joined"]) == (1, 0)
    seeds.forget(seed, by=place.by)
    seeds.carry_on(seed, seconds=10)
    assert ContactList.objects.get(pk=place.lists["Newsletter"].pk).counts["former"] == 0


def test_somebody_who_was_erased_does_not_come_back_through_a_file(place):
    maeve = place.ghost("maeve.doyle@example.net")
    erasing.begin(maeve, by=place.by, reason="asked")
    seed = place.brought("email,lists,name\nmaeve.doyle@example.net,Newsletter,Maeve Doyle\n")
    row = FileRow.objects.get(file=seed.file)
    assert (row.verdict, row.address_key, row.contact) == (Fate.ERASED, "", None)
    assert b"maeve" not in bytes(row.cells)
    assert not Contact.objects.exists()


def test_what_a_file_taught_goes_with_an_erasure(place):
    maeve = place.ghost("maeve.doyle@example.net")
    place.ghost("other@example.org")
    place.learned("email,lists\nmaeve.doyle@example.net,Newsletter\nother@example.org,Newsletter\n")
    erasure = erasing.begin(Contact.objects.get(pk=maeve.pk), by=place.by, reason="asked")
    erasing.carry_on(erasure)
    assert Membership.objects.count() == 1
    assert not FileRow.objects.filter(address_key="maeve.doyle@example.net").exists()


def test_whoever_came_back_between_the_comparison_and_the_learning_learns_nothing(place):
    maeve = place.ghost("maeve.doyle@example.net")
    seed = place.brought("email,lists\nmaeve.doyle@example.net,Newsletter\n")
    now = timezone.now()
    alive = {name: value for name, value in maeve.remote.items() if name != "deleted_at"}
    mirror.store_contact(place.account, alive, fetched_at=now, seen_at=now, since=now - timedelta(hours=1))
    place.learn(seed)
    assert not Membership.objects.exists()


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.mark.parametrize("step", ["look", "learn", "forget"])
@pytest.mark.parametrize("portion", [1, 2, 3])
def test_a_kill_in_any_portion_loses_and_doubles_nothing(place, monkeypatch, step, portion):
    monkeypatch.setattr(walking, "AT_ONCE", 2)
    people = [place.ghost(f"person{number}@example.org") for number in range(5)]
    text = "email,lists\n" + "".join(f"{each.address},Newsletter;Summer\n" for each in people)
    seed = place.brought(text, stop=True)
    seeds.answer(seed, day=MARCH, columns=seed.columns, whole=None)

    def to_the_end(*, killed):
        save, left = walking.Walk.save, [portion]

        def then_die(self, *args, **facts):
            if killed and left[0] == 0:
                raise Killed
            left[0] -= 1
            save(self, *args, **facts)

        with monkeypatch.context() as patch:
            patch.setattr(walking.Walk, "save", then_die)
            if killed:
                with pytest.raises(Killed):
                    seeds.carry_on(seed, seconds=10)
        Seed.objects.filter(pk=seed.pk).update(lease_until=None, lease_owner="")
        seeds.carry_on(seed, seconds=10)

    to_the_end(killed=step == "look")
    assert (seed.state, seed.counts["people"]) == ("looked", 5)
    assert seed.names == {"Summer": {"rows": 5, "list": None}}
    seeds.learn(seed, by=place.by)
    to_the_end(killed=step == "learn")
    assert (seed.state, Membership.objects.count()) == ("learned", 5)
    assert seed.counts["taught"] == {"people": 5, "stays": 5}
    seeds.forget(seed, by=place.by)
    to_the_end(killed=step == "forget")
    assert (seed.state, Membership.objects.count()) == ("forgotten", 0)


def test_a_turn_ends_with_its_portion_and_the_next_one_goes_on(place, monkeypatch):
    monkeypatch.setattr(walking, "AT_ONCE", 1)
    for number in range(3):
        place.ghost(f"person{number}@example.org")
    seed = place.brought("email\n" + "".join(f"person{n}@example.org\n" for n in range(3)), stop=True)
    seeds.answer(seed, day=MARCH, columns={}, whole=place.lists["Newsletter"])
    stop = Event()
    stop.set()
    reached = [seeds.carry_on(seed, seconds=10, stop=stop).reached for _ in range(3)]
    assert reached == sorted(set(reached))
    assert seeds.carry_on(seed, seconds=10).counts["people"] == 3


def test_a_file_that_is_let_go_teaches_nothing_and_is_gone(place):
    place.ghost("maeve.doyle@example.net")
    seed = place.brought("email,lists\nmaeve.doyle@example.net,Newsletter\n")
    seeds.discard(seed, by=place.by)
    assert not Seed.objects.exists()
    assert ContactFile.objects.get().forgotten_at
    assert not FileRow.objects.exists()


def test_the_worker_lets_go_of_what_nobody_learned_when_the_files_days_are_over(place):
    place.ghost("maeve.doyle@example.net")
    kept = place.learned("email,lists\nmaeve.doyle@example.net,Newsletter\n")
    open_one = place.brought("email,lists\nmaeve.doyle@example.net,Summer\n")
    for each in (kept, open_one):
        files.forget(each.file, by=None)
    seeds.forget_old()
    assert list(Seed.objects.all()) == [kept]
    assert Membership.objects.count() == 1


def test_an_unlinked_account_keeps_nothing_of_its_old_exports(place):
    place.ghost("maeve.doyle@example.net")
    place.learned("email,lists\nmaeve.doyle@example.net,Newsletter\n")
    forgetting.erase(place.account)
    assert not (Seed.objects.exists() or Membership.objects.exists() or ContactFile.objects.exists())

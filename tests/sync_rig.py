"""An account at an emulator, runs over it, and the proof that the mirror equals what the emulator holds."""

from collections import defaultdict
from contextlib import contextmanager

from contacts import sync
from contacts.models import Contact, ContactList, LinkedAccount, Membership, SyncRun, Tagging
from emulator.generator import Generated
from tests.emulation import ACCOUNT, running_emulator
from tests.linking import link, point_at

FULL, CHANGES = SyncRun.Kind.FULL, SyncRun.Kind.CHANGES
EVERYTHING = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"


@contextmanager
def emulated(settings, number=0, **options):
    """An emulator with so many generated contacts, and the settings that point at it."""
    with running_emulator(**options) as emulation:
        point_at(settings, emulation)
        fill(emulation, number)
        yield emulation


def fill(emulation, number, *, seed=1):
    """Generated lists, tags, custom fields and contacts for the account that stands."""
    made, own = Generated(seed), {"account": ACCOUNT}
    emulation.state.load(
        lists=(own | each for each in made.lists),
        tags=(own | each for each in made.tags),
        custom_fields=(own | each for each in made.custom_fields),
        contacts=(own | each for each in made.contacts(number)),
    )


def linked(emulation):
    """An account as it is right after linking: nothing was read yet."""
    return link(emulation, known_since=None)


def walk(account, kind=CHANGES, **options):
    """One run to its end, or to where it must wait."""
    return sync.carry_on(sync.start(account, kind), **options)


def pages(run, number):
    """So many steps of a run."""
    for _ in range(number):
        sync.step(run)


def wake(run, *, steps=None):
    """The moment a waiting run was waiting for has come: go on to the end, or for so many steps."""
    SyncRun.objects.filter(pk=run.pk).update(not_before=None)
    run.refresh_from_db()
    if steps is None:
        return sync.carry_on(run)
    pages(run, steps)
    return run


def truth(emulation):
    """Every contact the emulator holds, by id, over its API."""
    found, params = {}, {"status": "all", "limit": "500", "include": EVERYTHING}
    while params:
        body = emulation.get("/contacts", **params).json()
        found |= {each["contact_id"]: each for each in body["contacts"]}
        href = (body.get("_links") or {}).get("next", {}).get("href", "")
        params = {"cursor": href.partition("cursor=")[2]} if href else None
    return found


def assert_equal(account, emulation):
    """The mirror has the same contacts, each the same in every field, on the same lists and with the same tags."""
    expected = truth(emulation)
    rows = {str(each.remote_id): each for each in Contact.objects.filter(account=account, missing_since=None)}
    assert rows.keys() == expected.keys()
    lists, tags = _open(Membership, account, "list"), _open(Tagging, account, "tag")
    for remote_id, remote in expected.items():
        row = rows[remote_id]
        assert row.remote == remote
        assert lists[row.pk] == sorted(remote["list_memberships"])
        assert tags[row.pk] == sorted(remote["taggings"])
        assert (row.deleted_on is not None) == ("deleted_at" in remote)
    named = {each["list_id"]: each["name"] for each in emulation.get("/contact_lists", limit="500").json()["lists"]}
    ours = ContactList.objects.filter(account=account, gone_at=None).values_list("remote_id", "name")
    assert {str(remote_id): name for remote_id, name in ours} == named


def _open(model, account, thing):
    found = defaultdict(list)
    rows = model.objects.filter(contact__account=account, ended_at=None)
    for contact, remote_id in rows.values_list("contact", f"{thing}__remote_id"):
        found[contact].append(str(remote_id))
    return defaultdict(list, {contact: sorted(ids) for contact, ids in found.items()})


def fresh(account):
    return LinkedAccount.objects.get(pk=account.pk)

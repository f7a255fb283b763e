"""What happened on the site under test before the browser came. Runs inside Django, in a process of its own."""

import json
import uuid
from typing import Any

from contacts import connect, sync
from contacts.api.oauth_token import TokenAnswer
from contacts.models import Access, Contact, ContactList, Job, LinkedAccount, Reversal, Spike, SyncRun, User
from contacts.rules.consent import Basis
from contacts.services import jobs, past
from contacts.services.reactivate import reactivate
from tests.browser.papers import lay_out
from tests.browser.people import ADA, ANNA, BRIAN, CROWD, DELETED, IDA, PASSWORD, WHO
from tools.demo_door import Door


def happen(*, control: str, account: str, tokens: dict[str, Any], ids: dict[str, str], lists: list[str]) -> None:
    """Three looks at a small account: when it was linked, before most of its people were deleted, and after.

    ``control`` is the emulator's door, ``ids`` are the contacts' by address, ``lists`` those Ida goes back to. Prints
    where that change, its entry of the history, the spike, the jobs, Anna's role and the papers are.
    """
    linked = link(account, tokens)
    door = Door(control)
    set_clock(door, "2026-01-06T09:00")
    look(linked)
    set_clock(door, "2026-09-02T19:24")
    door.tell("contact/unsubscribe", id=ids[BRIAN], reason="Too many emails")
    set_clock(door, "2026-11-17T14:00")
    look(linked)
    for address in (*DELETED, *CROWD, BRIAN):
        door.tell("contact/delete", id=ids[address])
    set_clock(door, "2026-11-17T14:15")
    look(linked)
    door.tell("clock", reset=True)
    past.carry_on(linked)
    ida = Contact.objects.get(account=linked, address=IDA)
    anna, ada = User.objects.get(email=ANNA), User.objects.get(email=ADA)
    write = reactivate(ida, by=anna, lists=lists, basis=Basis.ASKED_DIRECTLY, note="ticket 4812")
    undone = {"account": linked, "contact": ida, "write": write, "event": ida.events.latest("pk")}
    for kind, on in ((Reversal.Kind.TAKEN_OFF, lists[:1]), (Reversal.Kind.UNSUBSCRIBED, [])):
        Reversal.objects.create(**undone, kind=kind, lists=on)
    spike = Spike.objects.get(account=linked)
    seen = {"change": str(write.token), "entry": write.outcome_id, "spike": spike.pk, "jobs": work(linked, by=ada)}
    seen |= {"person": linked.accesses.get(user=anna).pk, "papers": lay_out(linked, by=ada)}
    print(json.dumps(seen))


def work(account: LinkedAccount, *, by: User) -> dict[str, int]:
    """A job in each state that has a page of its own, by its state. Only the last one was really carried on."""
    made = {}
    newsletter, *_ = ContactList.objects.filter(account=account).order_by("name")
    for state, address in (("planned", "gone0"), ("running", "gone1"), ("tried", "gone0"), ("done", "gone2")):
        ghosts = Contact.objects.ghosts().filter(account=account, address__startswith=address)
        wish = {"lists": [str(newsletter.remote_id)], "basis": Basis.OUR_MISTAKE.value, "note": "incident 9"}
        token = uuid.uuid5(uuid.NAMESPACE_URL, state)
        job = jobs.freeze(
            account, Job.Kind.REACTIVATE, by=by, contacts=ghosts, chosen="Deleted contacts", token=token, **wish
        )
        made[state] = job.pk
        if state == "done":
            jobs.run(job, by=by, people=job.people)
            assert jobs.carry_on(job).state == Job.State.DONE
        else:
            job.items.filter(pk__in=job.items.values("pk")[:5]).update(trial=state == "tried")
            Job.objects.filter(pk=job.pk).update(state=state, order="run" if state == "running" else "")
    return made


def link(encoded_id: str, tokens: dict[str, Any]) -> LinkedAccount:
    """The account with real tokens and a person of each kind, as if somebody had walked to the emulator and back.

    Anna has brought somebody back before, so the page remembers her basis.
    """
    account = LinkedAccount.objects.create(
        slug="harbour-street-cookery",
        encoded_account_id=encoded_id,
        name="Harbour Street Cookery",
        sign_up_link="https://cookery.example.org/join",
    )
    connect.keep(account, TokenAnswer(**tokens))
    for email, role in WHO.items():
        user = User.objects.create_user(email, PASSWORD, name=email.partition("@")[0].capitalize())
        basis = Basis.ASKED_DIRECTLY if email == ANNA else ""
        Access.objects.create(user=user, account=account, role=role, last_basis=basis)
    return LinkedAccount.objects.get(pk=account.pk)


def set_clock(door: Door, moment: str) -> None:
    door.tell("clock", freeze=True, set=f"{moment}:00+00:00")


def look(account: LinkedAccount) -> None:
    run = sync.carry_on(sync.start(account, SyncRun.Kind.CHANGES))
    assert run.state == SyncRun.State.DONE, run.message

"""What the demo does inside Django, in processes of its own: ``python -m tools.demo_story begin``, then ``tell``.

``begin`` makes the database and whoever links the accounts. ``tell`` lets the others in, and has the emulator tell its
story: after each chapter we look once, so that our copy remembers it as if we had been there all year. In the end
somebody here deletes Aoife once more, so that there is something of ours that another program undid. DEMO_PASSWORD
is everybody's password, DEMO_CONTROL the address of the emulator's control door.
"""

import os
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from contacts import sync  # noqa: E402
from contacts.models import Contact, LinkedAccount, SyncRun, User, Write  # noqa: E402
from contacts.services import writing  # noqa: E402
from contacts.services.accounts import Rules, keep_rules  # noqa: E402
from contacts.services.inviting import invite  # noqa: E402
from emulator.story import CHAPTERS  # noqa: E402
from emulator.story.ground import COOKERY, THEATRE  # noqa: E402
from tools.demo_door import Door  # noqa: E402
from tools.demo_people import MAREK, ORLA, PEOPLE  # noqa: E402

Kind, State = SyncRun.Kind, SyncRun.State
AOIFE = "aoife.byrne@example.org"
SIGN_UP_LINK = "https://cookery.example.org/join"


def begin(password: str) -> None:
    """Make the database, and in it Orla, who runs this installation and may link the first account."""
    call_command("migrate", verbosity=0)
    User.objects.create_superuser(ORLA.email, password, name=ORLA.name)


def tell(door: Door) -> None:
    """The whole year, in seconds; then the emulator's clock shows the real time again and its limits hold."""
    cookery = LinkedAccount.objects.get(encoded_account_id=COOKERY)
    theatre = LinkedAccount.objects.get(encoded_account_id=THEATRE)
    let_people_in(cookery, theatre)
    door.tell("clock", freeze=True)
    look(cookery)
    for chapter in CHAPTERS[1:]:
        door.tell("story", chapter=chapter.name)
        look(cookery)
    look(theatre)
    door.tell("clock", reset=True)
    remove_in_vain(cookery, door)
    look(cookery)
    make_lively(door)
    for account in (cookery, theatre):
        # The worker walks these, under the limits that hold from now on.
        sync.start(account, Kind.CHANGES)


def let_people_in(cookery: LinkedAccount, theatre: LinkedAccount) -> None:
    """What Orla does first; she has her own roles from linking. Their password is hers, hashed once: that is slow."""
    orla = User.objects.get(email=ORLA.email)
    rules = Rules(
        evidence_required=False,
        sign_up_link=SIGN_UP_LINK,
        approval_above=cookery.approval_above,
        second_factor_from=cookery.second_factor_from,
    )
    keep_rules(cookery, by=orla, **rules)
    for each in PEOPLE:
        if each == ORLA:
            continue
        for account in (cookery, theatre) if each.theatre else (cookery,):
            access = invite(each.email, name=each.name, account=account, role=each.role, by=orla)
            access.last_basis = each.usual_basis
            access.save(update_fields=["last_basis"])
        # In the story they work here already, so they are no invitations that nobody followed.
        User.objects.filter(email=each.email).update(password=orla.password, last_login=timezone.now())


def look(account: LinkedAccount) -> None:
    """One walk through the account, to its end."""
    run = sync.carry_on(sync.start(account, Kind.CHANGES))
    if run.state != State.DONE:
        sys.exit(f"Reading {account} ended as {run.state}: {run.message}")


def remove_in_vain(account: LinkedAccount, door: Door) -> None:
    """Marek deletes Aoife; the till knows nothing of that, and signs her up again when it next syncs."""
    aoife = Contact.objects.get(account=account, address_key=AOIFE)
    lists = aoife.memberships.filter(ended_at=None).values_list("list__remote_id", flat=True)
    form = {"email_address": aoife.address, "list_memberships": [str(each) for each in lists]}
    marek = User.objects.get(email=MAREK.email)
    wish = writing.begin(aoife, kind=Write.Kind.DELETE, by=marek, note="Asked at the counter to be taken off")
    done = writing.carry_out(wish)
    if done.state != Write.State.CONFIRMED:
        sys.exit(f"Deleting Aoife ended as {done.state}: {done.message}")
    door.tell("contact/sign-up", account=account.encoded_account_id, form=form)


def make_lively(door: Door) -> None:
    """Constant Contact as it is: limits, a short wait for every answer, now and then a long one, and one 503."""
    door.tell("limits", per_second=4, per_day=10_000, latency_ms=120, forget=True)
    door.tell("application", expires_in=86_400)
    for calls in range(5, 400, 11):
        door.tell("faults", kind="delay", path=r"^/v3/contacts(/|\?email)", skip=calls, seconds=1.5)
    door.tell("faults", kind="status", method="GET", path="^/v3/contact_tags", status=503)


if __name__ == "__main__":
    if sys.argv[1:] == ["begin"]:
        begin(os.environ["DEMO_PASSWORD"])
    else:
        tell(Door(os.environ["DEMO_CONTROL"]))

"""What a person says about an old export, and what they order; the worker does the rest."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from contacts import audit
from contacts.models import AuditEntry, ContactFile, ContactList, LinkedAccount, Seed, User
from contacts.rules.refusal import Refused
from contacts.rules.seeds import Fate, guess
from contacts.services import files
from contacts.services.traces import Words

State = Seed.State
NOT_NOW = "This old export has gone on meanwhile. Nothing was changed. Load the page again."
COLUMNS = ("lists", "from", "to")
#: Whoever compares goes through the rows just then.
READABLE = (State.ASKS, State.LOOKED)


def begin(account: LinkedAccount, *, by: User, upload: UploadedFile, token: UUID) -> Seed:
    """Keep a file to learn from. A second post of one form finds the first. Raises Refused when it is no table."""
    file = files.receive(account, by=by, upload=upload, purpose=ContactFile.Purpose.SEED, token=token)
    if file.purpose != ContactFile.Purpose.SEED:
        raise Refused("This form was used already. Load the page again.")
    seed, _ = Seed.objects.get_or_create(
        file=file, defaults={"account": account, "by": by, "columns": guess(file.header)}
    )
    return seed


def read_again(seed: Seed, choice: files.Choice) -> None:
    """Read a file again, as somebody says, before anything was learned. Raises Refused when it cannot be so."""
    if seed.state not in READABLE or seed.file.state not in (ContactFile.State.ASKS, ContactFile.State.READY):
        raise Refused(NOT_NOW)
    with transaction.atomic():
        files.choose(seed.file, choice)
        _move(seed, READABLE, State.ASKS, columns=guess(seed.file.header), names={}, counts={})


def answer(seed: Seed, *, day: date, columns: Mapping[str, int], whole: ContactList | None) -> None:
    """Say of which day the file is and where its lists stand, or of which list all of it is; then it is compared.

    Raises Refused when that cannot be so.
    """
    if day > timezone.now().date():
        raise Refused("That day has not come yet. Nothing was changed.")
    if whole is None and "lists" not in columns:
        raise Refused("Say which column names the lists, or of which one list the file is. Nothing was changed.")
    if seed.file.state != ContactFile.State.READY or seed.file.forgotten_at:
        raise Refused("The rows of this file are not there. Bring the file again.")
    used = {name: columns[name] for name in COLUMNS if name in columns and not (whole and name == "lists")}
    facts = {"day": day, "columns": used, "whole": whole, "names": {}}
    _move(seed, Seed.OPEN, State.LOOKING, counts={}, **facts)


def match(seed: Seed, chosen: Mapping[str, int]) -> None:
    """Say which of the account's lists a name in the file stands for, 0 for none; then it is compared again."""
    lists = set(ContactList.objects.filter(account=seed.account_id).values_list("pk", flat=True))
    names = {
        name: {**told, "list": chosen.get(name, told["list"]) if chosen.get(name) in {0, *lists} else told["list"]}
        for name, told in seed.names.items()
    }
    _move(seed, (State.LOOKED,), State.LOOKING, counts={}, names=names)


def learn(seed: Seed, *, by: User) -> None:
    """Order to keep what the comparison found. Raises Refused unless it was compared and has something to teach."""
    if not seed.counts.get(Fate.LEARN):
        raise Refused("This file has nothing to teach. Nothing was changed.")
    with transaction.atomic():
        _move(seed, (State.LOOKED,), State.LEARNING, by=by)
        _record("seed_asked", seed, by=by)


def forget(seed: Seed, *, by: User) -> None:
    """Order to take back what this file taught, all of it."""
    with transaction.atomic():
        _move(seed, (State.LEARNED,), State.FORGETTING, by=by)
        _record("seed_forgotten", seed, by=by)


def discard(seed: Seed, *, by: User) -> None:
    """Let the file go before anything was learned from it."""
    if seed.state not in Seed.OPEN:
        raise Refused(NOT_NOW)
    if not seed.file.forgotten_at:
        files.forget(seed.file, by=by)
    if not Seed.objects.filter(pk=seed.pk, state__in=Seed.OPEN).delete()[0]:
        raise Refused(NOT_NOW)


def forget_old() -> None:
    """Let go of old exports that nobody learned from before the days of their files were over."""
    Seed.objects.filter(state__in=Seed.OPEN, file__forgotten_at__isnull=False).delete()


def erase(account: LinkedAccount, words: Words) -> None:
    """Let go of list names that name this person, as where somebody chose the wrong column for the lists."""
    # Whoever goes through one just now has read names already, and would save them after this.
    Seed.objects.filter(account=account, state__in=Seed.UNDER_WAY).update(lease_owner="", lease_until=None)
    for seed in Seed.objects.filter(account=account).exclude(names={}):
        names = {name: told for name, told in seed.names.items() if not words.typed.search(name)}
        if names != seed.names:
            Seed.objects.filter(pk=seed.pk).update(names=names)


def _move(seed: Seed, before: tuple[Seed.State, ...], after: Seed.State, **facts: object) -> None:
    """Into the next state, out of the hands of whoever carries it on just now. Raises Refused."""
    rows = Seed.objects.filter(pk=seed.pk, state__in=before)
    if not rows.update(state=after, reached=0, message="", lease_owner="", lease_until=None, **facts):
        raise Refused(NOT_NOW)
    seed.refresh_from_db()


def _record(action: str, seed: Seed, *, by: User) -> None:
    """A line in the history that this was ordered; whom it is about is not part of it."""
    day = seed.day.isoformat() if seed.day else ""
    detail = {"seed": seed.pk, "file": seed.file_id, "day": day, "fates": seed.counts}
    audit.record(action, AuditEntry.Outcome.DONE, by=by, account=seed.account, detail=detail)

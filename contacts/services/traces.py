"""Where else somebody is named: in the history of others, and in what people typed here.

What is looked for is a person's addresses, Constant Contact's id of the contact, and, in typed texts, the full name.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.contrib.sessions.models import Session
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from django_tasks_db.models import DBTaskResult

from contacts import notices
from contacts.models import (
    Activity,
    Approval,
    AuditPayload,
    Contact,
    ContactEvent,
    ContactFile,
    ContactList,
    Job,
    LinkedAccount,
    ListChange,
    SavedView,
    Spike,
    SyncRun,
    Write,
)

JSON = dict[str, Any]
ERASED = "[erased]"
#: Payloads that are looked at in one portion.
AT_ONCE = 1_000
#: In a payload these are typed texts and sentences; everywhere else in it a name belongs to whom the entry is about.
TYPED = ("note", "reason", "message")
#: What people typed, and sentences that may quote it: the model, the field, and where its account stands.
TEXTS: tuple[tuple[type[models.Model], str, str], ...] = (
    (Job, "note", "account"),
    (Job, "message", "account"),
    (Job, "chosen", "account"),
    (Approval, "note", "job__account"),
    (Activity, "message", "account"),
    (ContactFile, "name", "account"),
    (ContactFile, "message", "account"),
    (Write, "note", "account"),
    (Write, "message", "account"),
    (ListChange, "message", "account"),
    (ContactList, "note", "account"),
    (LinkedAccount, "writing_reason", "pk"),
    (LinkedAccount, "broken_reason", "pk"),
    (Spike, "dismissed_reason", "account"),
    (SyncRun, "message", "account"),
    (SavedView, "name", "account"),
)


@dataclass(frozen=True)
class Words:
    """What names one person. ``names`` are full ones only: a first name alone is many people's."""

    remote_id: str
    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, contact: Contact) -> "Words":
        """Everything we know them by, now and earlier."""
        addresses, names = {contact.address}, {_full(contact.first_name, contact.last_name)}
        for event in ContactEvent.objects.filter(contact=contact, kind=ContactEvent.Kind.CHANGED):
            addresses |= {str(each) for each in event.changes.get("email_address.address", ()) if each}
            firsts = event.changes.get("first_name") or [contact.first_name]
            lasts = event.changes.get("last_name") or [contact.last_name]
            names |= {_full(first, last) for first in firsts for last in lasts}
        return cls(str(contact.remote_id), tuple(sorted(filter(None, addresses))), tuple(sorted(filter(None, names))))

    def with_payloads(self, payloads: QuerySet[AuditPayload]) -> "Words":
        """The same with the addresses and names that entries about this person hold."""
        told = [_told(bytes(body)) for body in payloads.values_list("body", flat=True)]
        addresses = {each["address"] for each in told if isinstance(each.get("address"), str)} | set(self.addresses)
        names = {each["name"] for each in told if isinstance(each.get("name"), str) and " " in each["name"]}
        return Words(
            self.remote_id,
            tuple(sorted(filter(None, addresses))),
            tuple(sorted(names | set(self.names))),
        )

    @classmethod
    def of_sealed(cls, kept: JSON) -> "Words":
        """What ``json`` gave, opened again."""
        return cls(kept["remote_id"], tuple(kept["addresses"]), tuple(kept["names"]))

    @property
    def json(self) -> JSON:
        """To be sealed, and given back as keywords."""
        return {"remote_id": self.remote_id, "addresses": list(self.addresses), "names": list(self.names)}

    @cached_property
    def typed(self) -> re.Pattern[str]:
        """Finds them in a text that somebody typed."""
        return _pattern([*self.addresses, *self.names, self.remote_id])

    @cached_property
    def sent(self) -> re.Pattern[str]:
        """Finds them in anything else."""
        return _pattern([*self.addresses, self.remote_id])

    @cached_property
    def _rough(self) -> tuple[str, ...]:
        every = (*self.addresses, *self.names, self.remote_id)
        return tuple(json.dumps(each, ensure_ascii=False)[1:-1].casefold() for each in every)

    def are_in(self, body: bytes) -> bool:
        """Whether a payload, compressed, names them."""
        text = zlib.decompress(body).decode("utf-8", "replace").casefold()
        # Looking for the bare words first costs a tenth of reading every payload as JSON.
        if not any(each in text for each in self._rough):
            return False
        payload = _told(body)
        typed = (payload[name] for name in TYPED if isinstance(payload.get(name), str))
        return any(map(self.sent.search, _strings(payload))) or any(map(self.typed.search, typed))


def in_payloads(account: LinkedAccount, words: Words, *, after: int) -> tuple[list[int], int | None]:
    """The keys of payloads that name them, among the next thousand after this key, and the key to go on from.

    None when these were the last.
    """
    rows = AuditPayload.objects.filter(entry__account=account, pk__gt=after).order_by("pk")
    looked = list(rows.values_list("pk", "body")[:AT_ONCE])
    found = [pk for pk, body in looked if words.are_in(bytes(body))]
    return found, looked[-1][0] if len(looked) == AT_ONCE else None


def blot_texts(account: LinkedAccount, words: Words) -> int:
    """Put "[erased]" where a typed text, or a sentence that quotes one, names them. Returns how many texts that were.

    May be repeated: what was done already is not found again.
    """
    return sum(_blot(model, field, {place: account.pk}, words) for model, field, place in TEXTS)


def drop_passing(words: Words) -> int:
    """End sessions, and delete results of tasks, that name them: neither should ever, and both end by themselves."""
    sessions = [each.pk for each in Session.objects.iterator() if _names(words, _held(each.get_decoded()))]
    failed = DBTaskResult.objects.exclude(traceback="").filter(finished_at__isnull=False)
    tasks = [each.pk for each in failed.iterator() if _names(words, each.traceback)]
    Session.objects.filter(pk__in=sessions).delete()
    DBTaskResult.objects.filter(pk__in=tasks).delete()
    return len(sessions) + len(tasks)


def _held(session: JSON) -> str:
    return f"{session} {notices.waiting_in(session)}"


def _blot(model: type[models.Model], field: str, place: JSON, words: Words) -> int:
    rows = model._default_manager.filter(**place).exclude(**{field: ""}).values_list("pk", field)
    named = [(pk, text) for pk, text in rows.iterator(chunk_size=5_000) if words.typed.search(text)]
    longest = cast("models.CharField[str, str]", model._meta.get_field(field)).max_length
    for pk, text in named:
        row = model._default_manager.filter(pk=pk)
        try:
            with transaction.atomic():
                row.update(**{field: words.typed.sub(ERASED, text)[:longest]})
        except IntegrityError:
            # Two views of one person would have one name.
            row.update(**{field: f"{ERASED} {pk}"})
    return len(named)


def _names(words: Words, text: str) -> bool:
    return bool(words.sent.search(text))


def _pattern(words: list[str]) -> re.Pattern[str]:
    """Whole words only: anna@example.org is not in joanna@example.org."""
    longest_first = sorted({re.escape(each) for each in words}, key=len, reverse=True)
    return re.compile(rf"(?<![\w.+%-])(?:{'|'.join(longest_first)})(?![\w-]|\.\w)", re.IGNORECASE)


def _full(first: object, last: object) -> str:
    return f"{first} {last}" if first and last else ""


def _told(body: bytes) -> JSON:
    told: JSON = json.loads(zlib.decompress(body).decode("utf-8", "surrogatepass"))
    return told


def _strings(value: Any) -> Iterator[str]:
    """Every text inside a JSON value, the names of its properties too."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one

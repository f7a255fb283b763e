"""Erasing again who came back with a restored backup, from the marks that are kept outside the database."""

import logging
from collections import defaultdict
from uuid import UUID

from django.db import transaction

from contacts.connect.credential import CannotOpen
from contacts.connect.marks import Marker, marker_of, open_marker
from contacts.models import Contact, ErasedMark, Erasure, LinkedAccount
from contacts.services import erasing, erasure_file
from contacts.services.erasure_file import Line

logger = logging.getLogger(__name__)


def reapply() -> int:
    """Erase again, or mark again, everybody whose request the database does not know. Returns how many requests.

    A request that was lifted since stays lifted. What runs is carried on by the worker, like any other erasure.
    """
    unknown: dict[str, list[Line]] = defaultdict(list)
    for line in erasure_file.lines():
        if line.state != erasure_file.LIFTED:
            unknown[line.account].append(line)
    accounts = LinkedAccount.objects.filter(encoded_account_id__in=list(unknown))
    return sum(_of_account(account, unknown[account.encoded_account_id]) for account in accounts)


def _of_account(account: LinkedAccount, lines: list[Line]) -> int:
    known = set(ErasedMark.objects.filter(account=account).values_list("mark", flat=True))
    by_key: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if not line.marks <= known:
            by_key[line.key].append(line)
    try:
        return sum(_with_key(account, key, some) for key, some in by_key.items())
    except CannotOpen:
        logger.error("Who was erased from %s is not known again: the key of the marks cannot be opened.", account.slug)
        return 0


def _with_key(account: LinkedAccount, key: str, lines: list[Line]) -> int:
    marker = open_marker(key, encoded_id=account.encoded_account_id)
    found = _found(account, marker, {mark: line for line in lines for mark in line.marks})
    for line in lines:
        for remote_id in sorted(found[line.marks] or {line.remote_id()}):
            _again(account, line, remote_id, key=key)
    return len(lines)


def _found(account: LinkedAccount, marker: Marker, wanted: dict[str, Line]) -> dict[frozenset[str], set[UUID]]:
    """The contacts of our copy that have one of these marks, by all marks of the request. One walk through it."""
    found: dict[frozenset[str], set[UUID]] = defaultdict(set)
    rows = Contact.objects.filter(account=account).order_by("pk").values_list("remote_id", "address_key")
    for remote_id, address in rows.iterator(chunk_size=5_000):
        marks = {marker.of_contact(remote_id)} | ({marker.of_address(address)} if address else set())
        for mark in marks & wanted.keys():
            found[wanted[mark].marks].add(remote_id)
    return found


@transaction.atomic
def _again(account: LinkedAccount, line: Line, remote_id: UUID, *, key: str) -> None:
    fresh, contact = erasing.held(account.pk, remote_id)
    if not fresh.erasure_key:
        fresh.erasure_key = key
        LinkedAccount.objects.filter(pk=fresh.pk).update(erasure_key=key)
    asked = Erasure(account=fresh, remote_id=remote_id, by=None, by_name="ccadmin")
    erasing.erase(asked, contact, marker=marker_of(fresh), again=line.number)
    # Addresses of somebody whom this copy does not know stand in their marks alone; and a line is done once all of
    # its marks are known, also those that another key made.
    known = set(asked.marks.values_list("mark", flat=True))
    missing = [mark for mark in sorted(line.marks) if mark not in known]
    ErasedMark.objects.bulk_create(ErasedMark(erasure=asked, account=fresh, mark=mark) for mark in missing)

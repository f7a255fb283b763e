"""The other side: what the source holds, changed by somebody else there and compared with our copy here."""

import hashlib
import json
import os
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import requests

from bench.measure import Series
from bench.still import FIRST, cursor_in
from contacts.models import Contact, Membership, Tagging

JSON = dict[str, Any]
QUARTER_HOUR = 900
#: Where Constant Contact has what these columns say.
TEXTS = ("address", "permission_to_send", "confirm_status", "opt_in_source", "opt_out_source")
MOMENTS = ("opt_in_date", "opt_out_date")


def change(seed: str, share: str) -> list[Series]:
    """A quarter of an hour passes, in which one in a hundred contacts (``share`` 0.01) gets another first name."""
    source, session = os.environ["BENCH_SOURCE"], requests.Session()
    ids = sorted(map(str, Contact.objects.values_list("remote_id", flat=True)))
    orders: list[tuple[str, JSON]] = [("clock", {"advance": QUARTER_HOUR})]
    for each in random.Random(seed).sample(ids, int(len(ids) * float(share))):
        orders.append(("contact/change", {"id": each, "values": {"first_name": f"Round {seed}"}}))
    for order, what in orders:
        session.post(f"{source}/_control/{order}", json=what, timeout=30).raise_for_status()
    return []


def compare() -> list[Series]:
    """Every contact on both sides: all that was sent, the columns, the lists and tags. SystemExit when one differs."""
    theirs, ours = _theirs(), _ours()
    differ = sorted(each for each in theirs.keys() | ours.keys() if theirs.get(each) != ours.get(each))
    if differ:
        raise SystemExit(f"Our copy differs from the source in {len(differ)} contacts, the first is {differ[0]}.")
    return [Series("Contacts that differ from the source afterwards", len(theirs), "contacts", [len(differ)])]


def _theirs() -> dict[str, bytes]:
    """Contact id to digest, over the source's own API."""
    session, found = requests.Session(), {}
    session.headers["Authorization"] = f"Bearer {os.environ['BENCH_BEARER']}"
    params: dict[str, str] | None = dict(FIRST["/v3/contacts"])
    while params is not None:
        answer = session.get(f"{os.environ['BENCH_SOURCE']}/v3/contacts", params=params, timeout=60)
        answer.raise_for_status()
        body = answer.json()
        for each in body["contacts"]:
            lists, tags = each.get("list_memberships", []), each.get("taggings", [])
            found[each["contact_id"]] = _digest(each, _columns_of(each), lists, tags)
        cursor = cursor_in(body)
        params = {"cursor": cursor} if cursor else None
    return found


def _ours() -> dict[str, bytes]:
    """Contact id to digest, from the record we keep, its columns, and the lists and tags that are open now."""
    lists, tags = _open(Membership, "list"), _open(Tagging, "tag")
    rows = Contact.objects.filter(missing_since=None).iterator(chunk_size=1000)
    return {str(row.remote_id): _digest(row.remote, _columns(row), lists[row.pk], tags[row.pk]) for row in rows}


def _columns_of(contact: JSON) -> list[str]:
    """What our columns should say, straight from what was sent."""
    email = contact.get("email_address") or {}
    texts = [email.get(name) or "" for name in TEXTS]
    texts += [contact.get(name) or "" for name in ("first_name", "last_name")]
    moments = [email.get(name) for name in MOMENTS] + [contact["created_at"], contact["updated_at"]]
    return [*texts, *(_moment(datetime.fromisoformat(each) if each else None) for each in moments),
            contact.get("deleted_at") or ""]  # fmt: skip


def _columns(row: Contact) -> list[str]:
    texts = [row.address, row.permission, row.confirm_status, row.opt_in_source, row.opt_out_source]
    texts += [row.first_name, row.last_name]
    moments = [row.opt_in_at, row.opt_out_at, row.created_at, row.updated_at]
    return [*texts, *map(_moment, moments), row.deleted_on.isoformat() if row.deleted_on else ""]


def _moment(value: datetime | None) -> str:
    return value.astimezone(UTC).isoformat() if value else ""


def _open(model: type[Membership] | type[Tagging], thing: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    names: dict[Any, str] = {}
    rows = model.objects.filter(ended_at=None).values_list("contact", f"{thing}__remote_id")
    for contact, remote_id in rows.iterator(chunk_size=10_000):
        found[contact].append(names.setdefault(remote_id, str(remote_id)))
    return found


def _digest(contact: JSON, columns: list[str], lists: Iterable[str], tags: Iterable[str]) -> bytes:
    text = json.dumps([contact, columns, sorted(lists), sorted(tags)], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()

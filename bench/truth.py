"""The other side: what the emulator holds, changed by somebody else there and compared with our copy here."""

import hashlib
import json
import os
import random
from collections import defaultdict
from typing import Any

import requests

from bench.measure import Series
from contacts.models import Contact, Membership, Tagging

JSON = dict[str, Any]
EVERYTHING = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
QUARTER_HOUR = 900


def change(seed: str, share: str) -> list[Series]:
    """A quarter of an hour passes, in which one in a hundred contacts (``share`` 0.01) gets another first name."""
    emulator, session = os.environ["BENCH_EMULATOR"], requests.Session()
    ids = sorted(map(str, Contact.objects.values_list("remote_id", flat=True)))
    orders: list[tuple[str, JSON]] = [("clock", {"advance": QUARTER_HOUR})]
    for each in random.Random(seed).sample(ids, int(len(ids) * float(share))):
        orders.append(("contact/change", {"id": each, "values": {"first_name": f"Round {seed}"}}))
    for order, what in orders:
        session.post(f"{emulator}/_control/{order}", json=what, timeout=30).raise_for_status()
    return []


def compare() -> list[Series]:
    """Every contact on both sides, with its lists and tags. SystemExit when one differs."""
    theirs, ours = _theirs(), _ours()
    differ = sorted(each for each in theirs.keys() | ours.keys() if theirs.get(each) != ours.get(each))
    if differ:
        raise SystemExit(f"Our copy differs from the emulator in {len(differ)} contacts, the first is {differ[0]}.")
    return [Series("Contacts that differ from the emulator afterwards", len(theirs), "contacts", [len(differ)])]


def _theirs() -> dict[str, str]:
    """Contact id to digest, over the emulator's own API."""
    session, found = requests.Session(), {}
    session.headers["Authorization"] = f"Bearer {os.environ['BENCH_BEARER']}"
    params = {"status": "all", "limit": "500", "include": EVERYTHING}
    while params:
        answer = session.get(f"{os.environ['BENCH_EMULATOR']}/v3/contacts", params=params, timeout=30)
        answer.raise_for_status()
        body = answer.json()
        for each in body["contacts"]:
            found[each["contact_id"]] = _digest(each, each.get("list_memberships", []), each.get("taggings", []))
        href = (body.get("_links") or {}).get("next", {}).get("href", "")
        params = {"cursor": href.partition("cursor=")[2]} if href else {}
    return found


def _ours() -> dict[str, str]:
    """Contact id to digest, from the record we keep and from the lists and tags that are open now."""
    lists, tags = _open(Membership, "list"), _open(Tagging, "tag")
    rows = Contact.objects.filter(missing_since=None).only("remote_id", "raw")
    return {str(row.remote_id): _digest(row.remote, lists[row.pk], tags[row.pk]) for row in rows.iterator()}


def _open(model: type[Membership] | type[Tagging], thing: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for contact, remote_id in model.objects.filter(ended_at=None).values_list("contact", f"{thing}__remote_id"):
        found[contact].append(str(remote_id))
    return found


def _digest(contact: JSON, lists: list[str], tags: list[str]) -> str:
    text = json.dumps([contact, sorted(lists), sorted(tags)], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

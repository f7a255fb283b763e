"""Whom a bulk activity is about (CC reference, section 15, sources)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from emulator.clock import stamp
from emulator.database import Database, Value
from emulator.errors import JSON, invalid, not_valid
from emulator.state.contacts import Contacts
from emulator.state.query import ContactQuery
from emulator.state.segments import Segments

_EXPORTED = {"active": "active", "unsubscribed": "unsubscribed", "removed": "deleted"}
_NEW = timedelta(days=30)


@dataclass(frozen=True)
class Found:
    """``numbers`` of contact rows, in the order in which they come to it, and ids that no contact has."""

    numbers: list[int]
    unknown: list[str]


class Sources:
    """Finds contacts by a wish of ``orders``. Deleted ones only where they are named by id, or asked for as removed.

    Nothing is ever mailed from here, so nobody has an engagement: every active contact is ``unqualified``.
    """

    def __init__(self, db: Database, contacts: Contacts, segments: Segments) -> None:
        self._db = db
        self._contacts = contacts
        self._segments = segments

    def check(self, account_id: str, source: JSON, *, within: str) -> None:
        """Raises 400 for a list, a tag or a segment that is not there; ``within`` is what their names begin with."""
        for name, table, column in (("list_ids", "lists", "list_id"), ("tag_ids", "tags", "tag_id")):
            if name in source and not self._contacts.all_known(account_id, table, column, source[name]):
                raise invalid(not_valid(f"{within}{name}"))
        if "segment_id" in source and self._segments.known(account_id, source["segment_id"]) is None:
            raise invalid(not_valid(f"{within}segment_id"))

    def find(self, account_id: str, wish: JSON, *, at: datetime) -> Found:
        """Who it is at this moment; contacts named by id in the order they were named."""
        named: list[str] = wish["source"].get("contact_ids", [])
        where, values = self._where(account_id, wish, at=at)
        rows = self._db.rows(f"SELECT number, contact_id FROM contacts WHERE {where} ORDER BY number", values)  # noqa: S608
        numbers = {row["contact_id"]: row["number"] for row in rows}
        for each in wish["exclude"]:
            numbers.pop(each, None)
        if not named:
            return Found(list(numbers.values()), [])
        known = [numbers[each] for each in named if each in numbers]
        return Found(known, [] if wish.get("status") else [each for each in named if each not in numbers])

    def _where(self, account_id: str, wish: JSON, *, at: datetime) -> tuple[str, list[Value]]:
        source = wish["source"]
        query = ContactQuery(
            account_id,
            statuses=_statuses(wish),
            lists=source.get("list_ids", ()),
            tags=source.get("tag_ids", ()),
            contact_ids=self._ids(account_id, source),
        )
        where, values = query.where()
        if source.get("new_subscriber"):
            return f"{where} AND opt_in_date > ?", [*values, stamp(at - _NEW)]
        return where, list(values)

    def _ids(self, account_id: str, source: JSON) -> list[str] | None:
        """The contact ids that a source comes down to, or None when it is no matter of ids."""
        if "segment_id" in source:
            return self._segments.known(account_id, source["segment_id"]) or []
        if source.get("engagement_level", "unqualified") != "unqualified":
            return []
        named: list[str] | None = source.get("contact_ids")
        return named


def _statuses(wish: JSON) -> list[str]:
    if wish.get("status"):
        return [_EXPORTED[wish["status"]]]
    if "contact_ids" in wish["source"]:
        return ["all"]
    return ["active"] if {"all_active_contacts", "engagement_level"} & set(wish["source"]) else []

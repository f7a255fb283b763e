"""What a bulk activity does to contacts, lists and tags when its time has come (CC reference, section 15).

A person who opted out is counted, not added, and stays opted out (section 20, question 5). A deleted contact that is
added to a list comes back with everything it kept and with the permission it had.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from emulator.clock import stamp
from emulator.database import Database
from emulator.errors import JSON, ApiError, invalid, not_valid
from emulator.state import consent
from emulator.state.contacts import Contacts
from emulator.state.exports import as_csv
from emulator.state.fields import CustomFields
from emulator.state.lists import Lists
from emulator.state.orders import read_order
from emulator.state.rows import Held
from emulator.state.segments import Segments
from emulator.state.sources import Found, Sources
from emulator.state.tags import Tags
from emulator.switches import Switches

MOST_LISTS = MOST_TAGS = 50
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Run:
    """One activity whose time has come: ``at`` is when, ``most`` how many contacts it reaches (None: all)."""

    activity_id: str
    account_id: str
    wish: JSON
    at: datetime
    most: int | None = None


@dataclass
class Outcome:
    """What came of it: counters, and what went wrong per contact. ``failed`` when nothing could be done at all."""

    status: JSON
    wrong: list[tuple[str, str]] = field(default_factory=list)
    failed: bool = False

    def lines(self, style: str) -> list[str]:
        """``activity_errors``; nobody outside has seen their words. ``style`` is a switch: named, counted, none."""
        if style == "none":
            return []
        if style == "named":
            return [f"{whom}: {reason}" for whom, reason in self.wrong]
        reasons = [reason for _, reason in self.wrong]
        return [f"{reasons.count(each)} x {each}" for each in dict.fromkeys(reasons)]


Change = Callable[[JSON], JSON | str]


class Bulk:
    """Reads what is asked, counts whom it is about, and does it. ``doers`` maps the kind of an activity to its doer."""

    def __init__(
        self,
        db: Database,
        contacts: Contacts,
        lists: Lists,
        tags: Tags,
        fields: CustomFields,
        segments: Segments,
        switches: Switches,
    ) -> None:
        self._db = db
        self._contacts = contacts
        self._lists = lists
        self._tags = tags
        self._fields = fields
        self._switches = switches
        self._sources = Sources(db, contacts, segments)
        self.doers: dict[str, Callable[[Run], Outcome]] = {
            "add_list_memberships": self._add_lists,
            "remove_list_memberships": self._remove_lists,
            "contact_delete": self._delete_contacts,
            "list_delete": self._delete_lists,
            "contacts_taggings_add": self._add_tags,
            "contacts_taggings_remove": self._remove_tags,
            "contact_exports": self._export,
            "tag_delete": self._delete_tags,
            "contacts_tags_delete": self._delete_tags,
            "custom_fields_delete": self._delete_fields,
        }

    def read(self, account_id: str, kind: str, body: object) -> JSON:
        """The checked wish. Raises 400, also for a list or a tag that is not there (section 20, question 15).

        What shall be deleted need not be there: the activity will say so.
        """
        wish = read_order(kind, body)
        if "source" in wish:
            # Exports and deletions name whom they are about at the top.
            within = "source." if isinstance(body, dict) and "source" in body else ""
            self._sources.check(account_id, wish["source"], within=within)
        known = self._contacts.all_known
        if "list_ids" in wish and "source" in wish and not known(account_id, "lists", "list_id", wish["list_ids"]):
            raise invalid(not_valid("list_ids"))
        if "tag_ids" in wish and "source" in wish and not known(account_id, "tags", "tag_id", wish["tag_ids"]):
            raise invalid(not_valid("tag_ids"))
        return wish

    def counted(self, account_id: str, wish: JSON, *, at: datetime) -> JSON:
        """The counters of an activity that has not run yet."""
        if "source" not in wish:
            deleted = wish.get("tag_ids") or wish.get("custom_field_ids") or ()
            return {"list_count": 0} if "list_ids" in wish else _deleted(len(deleted), done=0)
        return _counters(wish, self._sources.find(account_id, wish, at=at), done=0)

    def opted_out(self, account_id: str, wish: JSON, *, at: datetime) -> list[JSON]:
        """Who of those it is about has opted out: whole contacts."""
        numbers = self._sources.find(account_id, wish, at=at).numbers
        return [each.contact for some in batched(numbers, _AT_ONCE) for each in self._contacts.rows.opted_out(some)]

    def _add_lists(self, run: Run) -> Outcome:
        """A list that was deleted meanwhile is left out; when none is left the activity fails."""
        alive = [each for each in run.wish["list_ids"] if self._lists.is_alive(run.account_id, each)]
        gone = [(each, "the list does not exist") for each in run.wish["list_ids"] if each not in alive]
        if not alive:
            return Outcome(self.counted(run.account_id, run.wish, at=run.at), gone, failed=True)
        outcome = self._each(run, lambda contact: self._added(contact, alive, now=stamp(run.at)))
        outcome.wrong = gone + outcome.wrong
        return outcome

    def _added(self, contact: JSON, list_ids: list[str], *, now: str) -> JSON | str:
        out = consent.opted_out(contact.get("email_address"))
        policy = self._switches.bulk_opted_out
        if out and policy == "ignored":
            return "unsubscribed, not added"
        lists = contact["list_memberships"] if out and policy == "revived" else _union(contact, list_ids)
        if len(lists) > MOST_LISTS:
            return "on 50 lists already, not added"
        changed = contact | {"list_memberships": lists}
        if contact.get("deleted_at"):
            moves = {"updated_at": now} if self._switches.delete_moves_updated_at else {}
            return {name: each for name, each in changed.items() if name != "deleted_at"} | moves | _BY_ACCOUNT
        return self._moved(contact, changed, now=now)

    def _remove_lists(self, run: Run) -> Outcome:
        leaving = set(run.wish["list_ids"])

        def without(contact: JSON) -> JSON:
            kept = [each for each in contact["list_memberships"] if each not in leaving]
            return self._moved(contact, contact | {"list_memberships": kept}, now=stamp(run.at))

        return self._each(run, without)

    def _delete_contacts(self, run: Run) -> Outcome:
        """Like DELETE, one by one; who is deleted already is not deleted again (section 20, question 11)."""

        def gone(contact: JSON) -> JSON | str:
            return "deleted already" if contact.get("deleted_at") else self._contacts.gone(contact, at=run.at)

        return self._each(run, gone, counting_left=False)

    def _add_tags(self, run: Run) -> Outcome:
        """A deleted contact is left as it is: only a list brings it back (assumed)."""

        def tagged(contact: JSON) -> JSON | str:
            if contact.get("deleted_at"):
                return "deleted, not tagged"
            tags = list(dict.fromkeys([*contact["taggings"], *run.wish["tag_ids"]]))
            if len(tags) > MOST_TAGS:
                return "has 50 tags already, not tagged"
            return self._moved(contact, contact | {"taggings": tags}, now=stamp(run.at))

        return self._each(run, tagged)

    def _remove_tags(self, run: Run) -> Outcome:
        leaving = set(run.wish["tag_ids"])

        def without(contact: JSON) -> JSON:
            kept = [each for each in contact["taggings"] if each not in leaving]
            return self._moved(contact, contact | {"taggings": kept}, now=stamp(run.at))

        return self._each(run, without)

    def _delete_lists(self, run: Run) -> Outcome:
        wrong, done = [], 0
        for each in run.wish["list_ids"][: run.most]:
            if self._lists.is_alive(run.account_id, each):
                self._lists.delete(run.account_id, each, at=run.at)
                done += 1
            else:
                wrong.append((each, "the list does not exist"))
        return Outcome({"list_count": done}, wrong)

    def _delete_tags(self, run: Run) -> Outcome:
        return self._delete_named(run, run.wish["tag_ids"], self._tags.get, self._tags.delete)

    def _delete_fields(self, run: Run) -> Outcome:
        return self._delete_named(run, run.wish["custom_field_ids"], self._fields.get, self._fields.delete)

    def _delete_named(
        self, run: Run, ids: list[str], find: Callable[[str, str], JSON], delete: Callable[[str, str], None]
    ) -> Outcome:
        """Tags or custom fields, one by one; one that is not there is told and passed over."""
        wrong = []
        for each in ids[: run.most]:
            try:
                find(run.account_id, each)
            except ApiError:
                wrong.append((each, "does not exist"))
            else:
                delete(run.account_id, each)
        return Outcome(_deleted(len(ids), done=len(ids[: run.most]) - len(wrong)), wrong)

    def _export(self, run: Run) -> Outcome:
        """The file is as of this moment; its id is the activity's (the vendor's description says so)."""
        found = self._sources.find(run.account_id, run.wish, at=run.at)
        numbers = found.numbers[: run.most]
        text = as_csv((each.contact for each in self._held(numbers)), fields=run.wish["fields"])
        self._db.execute("INSERT INTO exports VALUES (?, ?, ?)", (run.activity_id, run.account_id, text))
        return Outcome(_counters(run.wish, found, done=len(numbers)), [(each, _UNKNOWN) for each in found.unknown])

    def _each(self, run: Run, change: Change, *, counting_left: bool = True) -> Outcome:
        """Change the contacts one by one; a text in place of a changed contact says why it was left."""
        found = self._sources.find(run.account_id, run.wish, at=run.at)
        numbers = found.numbers[: run.most]
        outcome = Outcome(_counters(run.wish, found, done=len(numbers)))
        for held in self._held(numbers):
            changed = change(held.contact)
            if isinstance(changed, str):
                outcome.wrong.append((held.contact["contact_id"], changed))
                outcome.status["items_completed_count"] -= not counting_left
            elif changed != held.contact:
                self._contacts.rows.update(run.account_id, held, changed)
        outcome.wrong += [(each, _UNKNOWN) for each in found.unknown]
        return outcome

    def _held(self, numbers: list[int]) -> Iterator[Held]:
        for some in batched(numbers, _AT_ONCE):
            yield from self._contacts.rows.held(some)

    def _moved(self, before: JSON, after: JSON, *, now: str) -> JSON:
        """A change of lists or tags; whether it moves ``updated_at`` nobody outside has seen, so a switch says."""
        if after == before or not self._switches.bulk_moves_updated_at:
            return after
        return after | {"updated_at": now} | _BY_ACCOUNT


_BY_ACCOUNT = {"update_source": "Account"}
_UNKNOWN = "the contact does not exist"


def _counters(wish: JSON, found: Found, *, done: int) -> JSON:
    counters = {"items_total_count": len(found.numbers) + len(found.unknown), "items_completed_count": done}
    lists = _list_count(wish)
    return counters | ({"list_count": lists} if lists else {})


def _deleted(count: int, *, done: int) -> JSON:
    return {"items_total_count": count, "items_completed_count": done}


def _list_count(wish: JSON) -> int:
    """Counted where memberships change, and where the members of lists are deleted."""
    if "tag_ids" in wish or "fields" in wish:
        return 0
    return len(wish.get("list_ids") or wish["source"].get("list_ids") or ())


def _union(contact: JSON, list_ids: list[str]) -> list[str]:
    return list(dict.fromkeys([*contact["list_memberships"], *list_ids]))

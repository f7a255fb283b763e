"""What a bulk activity is asked to do: the bodies of POST /activities/... (CC reference, section 15).

Each reader gives a wish: ``source`` (one way to name contacts), ``exclude`` (contact ids), and the ``list_ids`` or
``tag_ids`` it is about. A source is named in exactly one way; an exclusion goes only with all active contacts or with
lists (the vendor's description says so; that anything else is 400 is assumed).
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Any

from emulator.errors import JSON
from emulator.state.checks import Check

ENGAGEMENT = ("unqualified", "low", "medium", "high")
EXPORT_STATUSES = ("active", "unsubscribed", "removed")
OPT_FIELDS = (
    "email_optin_source",
    "email_optin_date",
    "email_optout_source",
    "email_optout_date",
    "email_optout_reason",
)
EXPORT_FIELDS = (
    *("first_name", "last_name", "job_title", "company_name", "email_address", *OPT_FIELDS),
    *("birthday_month", "birthday_day", "anniversary", "create_source", "created_at", "updated_at"),
)
_IDS = {"contact_ids": 500, "list_ids": 50, "tag_ids": 50}
_MEMBERSHIP = (*_IDS, "all_active_contacts", "new_subscriber", "segment_id", "engagement_level")
_TAGGING = (*_IDS, "all_active_contacts", "new_subscriber")
_EXPORT = (*_IDS, "new_subscriber", "segment_id")
_EXCLUDABLE = {"all_active_contacts", "list_ids"}
_TOGETHER = {
    frozenset(pair)
    for pair in (
        ("contact_ids", "status"),
        ("list_ids", "status"),
        ("list_ids", "exclude"),
        ("list_ids", "new_subscriber"),
        ("new_subscriber", "exclude"),
    )
}


def read_order(kind: str, body: Any) -> JSON:
    """The checked wish of one activity. Raises 400."""
    return _READERS[kind](body)


def _memberships(body: Any) -> JSON:
    check = Check(body)
    wish = _chosen(check, _MEMBERSHIP) | {"list_ids": check.ids("list_ids", 50, required=True)}
    check.done()
    return wish


def _taggings(body: Any) -> JSON:
    check = Check(body)
    wish = _chosen(check, _TAGGING) | {"tag_ids": check.ids("tag_ids", 50, required=True)}
    check.done()
    return wish


def _contact_delete(body: Any) -> JSON:
    """Contacts, or lists of which every member is deleted; not both."""
    check = Check(body)
    source = _criteria(check, ("contact_ids", "list_ids"))
    if not source and not check.problems:
        check.missing("contact_ids")
    if len(source) > 1:
        check.wrong("list_ids")
    check.done()
    return {"source": source, "exclude": []}


def _ids_only(body: Any, *, name: str, most: int) -> JSON:
    """What shall be deleted. One that is not there is no 400 (assumed): the activity tells."""
    check = Check(body)
    wish = {name: check.ids(name, most, required=True)}
    check.done()
    return wish


def _export(body: Any) -> JSON:
    """Everything is optional; which criteria may stand together is in the vendor's description."""
    check = Check(body)
    source = _criteria(check, _EXPORT)
    status = check.choice("status", EXPORT_STATUSES)
    exclude = _excluded(check, most=50)
    given = [*source, *(["status"] if status else []), *(["exclude"] if exclude else [])]
    for pair in combinations(given, 2):
        if frozenset(pair) not in _TOGETHER:
            check.wrong(pair[1])
    fields = _fields(check)
    check.done()
    return {"source": source, "exclude": exclude, "status": status, "fields": fields}


def _fields(check: Check) -> list[str]:
    """The columns asked for. Opt-in and opt-out only beside the address (section 15)."""
    asked = check.array("fields", len(EXPORT_FIELDS)) or []
    unknown = any(each not in EXPORT_FIELDS for each in asked)
    if unknown or ("email_address" not in asked and any(each in OPT_FIELDS for each in asked)):
        check.wrong("fields")
    return [each for each in EXPORT_FIELDS if each in asked] or list(EXPORT_FIELDS)


def _chosen(check: Check, names: Sequence[str]) -> JSON:
    """``source``, named in exactly one way, and ``exclude``."""
    if check.body.get("source") is None:
        check.missing("source")
        return {}
    inner = Check(check.body["source"], within="source")
    source = _criteria(inner, names)
    check.problems += inner.problems
    if not inner.problems and len(source) != 1:
        check.wrong("source")
    exclude = _excluded(check)
    if exclude and not _EXCLUDABLE & set(source):
        check.wrong("exclude")
    return {"source": source, "exclude": exclude}


def _criteria(check: Check, names: Sequence[str]) -> JSON:
    """The ways of naming contacts that were given; a flag that is false was not."""
    readers: dict[str, Callable[[], Any]] = {
        **{name: partial(check.ids, name, most, required=True) for name, most in _IDS.items()},
        "all_active_contacts": lambda: check.flag("all_active_contacts") or None,
        "new_subscriber": lambda: check.flag("new_subscriber") or None,
        "segment_id": lambda: check.number("segment_id", 1, 2**31 - 1),
        "engagement_level": lambda: check.choice("engagement_level", ENGAGEMENT),
    }
    found = {name: readers[name]() for name in names if check.body.get(name) is not None}
    return {name: value for name, value in found.items() if value is not None}


def _excluded(check: Check, *, most: int = 10**6) -> list[str]:
    """``exclude.contact_ids``; only exports state how many."""
    if check.body.get("exclude") is None:
        return []
    inner = Check(check.body["exclude"], within="exclude")
    ids = inner.ids("contact_ids", most)
    check.problems += inner.problems
    return ids or []


_READERS: dict[str, Callable[[Any], JSON]] = {
    "add_list_memberships": _memberships,
    "remove_list_memberships": _memberships,
    "contact_delete": _contact_delete,
    "list_delete": partial(_ids_only, name="list_ids", most=100),
    "contacts_taggings_add": _taggings,
    "contacts_taggings_remove": _taggings,
    "contacts_tags_delete": partial(_ids_only, name="tag_ids", most=500),
    "custom_fields_delete": partial(_ids_only, name="custom_field_ids", most=100),
    "contact_exports": _export,
}
KINDS = tuple(_READERS)

"""What a change would do, told before the click (product guide 5.4, Reactivate)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contacts.rules.canonical import CORE, canonical
from contacts.rules.compare import Kind, kind_of
from contacts.rules.showing import LABELS, readable
from contacts.rules.standing import Standing
from contacts.rules.verdict import judge
from contacts.rules.words import count, listed

JSON = dict[str, Any]


@dataclass(frozen=True)
class PreviewRow:
    """One line of the preview; ``kind`` is the word beside the sign."""

    label: str
    before: str
    after: str
    kind: Kind


@dataclass(frozen=True)
class Preview:
    """The lines of a preview, and what the change would clear: ``nothing``, or the fields' names."""

    rows: tuple[PreviewRow, ...]
    cleared: str


def preview(remote: JSON, body: JSON, *, names: Mapping[str, str]) -> Preview:
    """Compare a read with the body that would be sent. ``names`` turns ids of lists and tags into words."""
    before, after = canonical(remote), canonical(body)
    rows = [
        _status(remote, body),
        _ids("list_memberships", before, after, names),
        _email(before, after),
        _core(before, after),
        *(_counted(name, before, after) for name in ("custom_fields", "phone_numbers", "street_addresses")),
        _ids("taggings", before, after, names),
        *(_counted(name, before, after) for name in ("notes", "sms_channel") if name in before),
    ]
    lost = [LABELS[name] for name in before if kind_of(before[name], after.get(name)) in ("removed", "changed")]
    return Preview(tuple(rows), listed(lost) or "nothing")


def _status(remote: JSON, body: JSON) -> PreviewRow:
    """What CC will show after: a whole PUT with lists brings a deleted contact back (CC reference, section 11)."""
    standing = Standing.of(remote)
    lists = tuple(str(each) for each in body.get("list_memberships", ()))
    email = body.get("email_address") or {}
    permission, source = str(email.get("permission_to_send", standing.permission)), standing.opt_out_source
    if permission != standing.permission:
        source = str(body.get("update_source", ""))
    put = replace(standing, deleted_on=None, list_ids=lists, permission=permission, opt_out_source=source)
    before, after = judge(standing), judge(put)
    was, will = (f"{each.label} {each.suffix}".strip() for each in (before, after))
    return PreviewRow("Status", was, will, kind_of(was, will))


def _ids(name: str, before: JSON, after: JSON, names: Mapping[str, str]) -> PreviewRow:
    had, gets = (value if isinstance(value, list) else [] for value in (before.get(name), after.get(name)))

    def words(ids: list[str], sign: str = "") -> list[str]:
        return sorted(f"{sign}{readable(names.get(each, each))}" for each in ids)

    kept = words([each for each in had if each in gets])
    new = words([each for each in gets if each not in had], "+ ")
    gone = words([each for each in had if each not in gets], "− ")
    return PreviewRow(
        LABELS[name],
        ", ".join(words(had)) or "none",
        ", ".join([*kept, *new, *gone]) if new or gone else "unchanged",
        kind_of(had, gets),
    )


def _email(before: JSON, after: JSON) -> PreviewRow:
    fields = ("email_address.address", "email_address.permission_to_send")
    was, will = ([readable(str(each.get(name, "none"))) for name in fields] for each in (before, after))
    after_words = "unchanged" if was == will else ", ".join(will)
    return PreviewRow("Address, permission", ", ".join(was), after_words, kind_of(was, will))


def _core(before: JSON, after: JSON) -> PreviewRow:
    was, will = ({name: each[name] for name in CORE if name in each} for each in (before, after))
    return PreviewRow(
        "Name, company, job title, birthday, anniversary",
        count(len(was), "field") if was else "none",
        _unchanged(was, will),
        kind_of(was, will),
    )


def _counted(name: str, before: JSON, after: JSON) -> PreviewRow:
    was, will = before.get(name, []), after.get(name, [])
    number = len(was) if isinstance(was, list) else 1
    return PreviewRow(LABELS[name], f"{number:,}" if number else "none", _unchanged(was, will), kind_of(was, will))


def _unchanged(was: object, will: object) -> str:
    return "unchanged" if was == will else "changed"

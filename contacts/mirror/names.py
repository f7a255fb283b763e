"""Lists, tags and custom fields: their names as Constant Contact last gave them, and which are gone."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction

from contacts.mirror.pages import Stored
from contacts.mirror.reading import clean, identifier, moment
from contacts.models import ContactList, CustomField, How, LinkedAccount, Membership, Tag, Tagging

JSON = dict[str, Any]
type Named = ContactList | Tag | CustomField
#: Constant Contact allows 100 (CC reference, section 14).
MOST_CHOICES = 500


def store_lists(account: LinkedAccount, items: Iterable[JSON], *, seen_at: datetime) -> Stored:
    """One page of lists. A list that CC shows as deleted is gone for us, and its members' time on it ends."""

    def columns(item: JSON) -> JSON:
        return {
            "name": _text(item, "name") or "List without a name",
            "description": _text(item, "description"),
            "favorite": item.get("favorite") is True,
            "created_at": moment(item.get("created_at")),
            "updated_at": moment(item.get("updated_at")),
        }

    return _store(ContactList, account, items, id_key="list_id", columns=columns, seen_at=seen_at)


def store_tags(account: LinkedAccount, items: Iterable[JSON], *, seen_at: datetime) -> Stored:
    """One page of tags."""

    def columns(item: JSON) -> JSON:
        return {"name": _text(item, "name") or "Tag without a name"}

    return _store(Tag, account, items, id_key="tag_id", columns=columns, seen_at=seen_at)


def store_custom_fields(account: LinkedAccount, items: Iterable[JSON], *, seen_at: datetime) -> Stored:
    """One page of custom fields; the label is what people know them by."""

    def columns(item: JSON) -> JSON:
        name = _text(item, "name")
        return {
            "name": _text(item, "label") or name or "Field without a name",
            "remote_name": name,
            "kind": _text(item, "type")[:32],
            "choices": _choices(item),
        }

    return _store(CustomField, account, items, id_key="custom_field_id", columns=columns, seen_at=seen_at)


@transaction.atomic
def close_unseen(model: type[Any], account: LinkedAccount, *, seen: Collection[int], seen_at: datetime) -> int:
    """After a complete reading: what it did not show is gone. Returns how many.

    Should one of them be shown again later, it comes back with the members it had.
    """
    alive = model.objects.filter(account=account, gone_at=None).values_list("pk", flat=True)
    gone = sorted(set(alive) - set(seen))
    _end(model, gone, seen_at)
    return len(gone)


@transaction.atomic
def _store(
    model: type[Any],
    account: LinkedAccount,
    items: Iterable[JSON],
    *,
    id_key: str,
    columns: Callable[[JSON], JSON],
    seen_at: datetime,
) -> Stored:
    sent = list(items)
    found = {remote_id: item for item in sent if (remote_id := identifier(item.get(id_key)))}
    rows = {row.remote_id: row for row in model.objects.filter(account=account, remote_id__in=found)}
    gone = {remote_id for remote_id, item in found.items() if item.get("deleted_at") is not None}
    new = [
        model(account=account, remote_id=each, gone_at=seen_at if each in gone else None, **columns(item))
        for each, item in found.items()
        if each not in rows
    ]
    changed = [row for each, row in rows.items() if _updated(row, columns(found[each]))]
    ended = [row.pk for each, row in rows.items() if each in gone and row.gone_at is None]
    back = [row for each, row in rows.items() if each not in gone and row.gone_at is not None]
    model.objects.bulk_create(new)
    if changed:
        model.objects.bulk_update(changed, list(columns({})))
    _end(model, ended, seen_at)
    _bring_back(model, back)
    pks = [row.pk for row in [*rows.values(), *new]]
    stored = len(new) + len({row.pk for row in [*changed, *back]} | set(ended))
    return Stored(len(found), stored, len(sent) - len(found), pks)


def _updated(row: Named, values: JSON) -> bool:
    """Set the values on the row; whether any of them is another."""
    differs = [name for name, value in values.items() if getattr(row, name) != value]
    for name in differs:
        setattr(row, name, values[name])
    return bool(differs)


def _end(model: type[Any], pks: Collection[int], seen_at: datetime) -> None:
    if not pks:
        return
    model.objects.filter(pk__in=pks).update(gone_at=seen_at)
    _intervals(model, pks).filter(ended_at=None).update(ended_at=seen_at, ended_how=How.GONE)


def _bring_back(model: type[Any], rows: Collection[Named]) -> None:
    """It was not gone after all. Its members' copies have not changed meanwhile, so nothing else would reopen them."""
    for row in rows:
        ended = _intervals(model, [row.pk]).filter(ended_at=row.gone_at, ended_how=How.GONE)
        ended.filter(contact__deleted_on=None).update(ended_at=None, ended_how="")
        model.objects.filter(pk=row.pk).update(gone_at=None)


def _intervals(model: type[Any], pks: Collection[int]) -> models.QuerySet[Any]:
    if model is ContactList:
        return Membership.objects.filter(list__in=pks)
    return Tagging.objects.filter(tag__in=pks) if model is Tag else Tagging.objects.none()


def _choices(item: JSON) -> dict[str, str]:
    """Id to label of the choices that can still be made (CC reference, section 14)."""
    given = item.get("choices")
    choices = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    alive = [each for each in choices[:MOST_CHOICES] if each.get("deleted_at") is None]
    return {clean(str(each.get("choice_id")))[:64]: label for each in alive if (label := _text(each, "choice_label"))}


def _text(item: JSON, name: str) -> str:
    value = item.get(name)
    return clean(value)[:255] if isinstance(value, str) else ""

"""Constant Contact's own exports as their page shows them: what each was narrowed by, in words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from contacts.models import ContactList, LinkedAccount, RemoteExport, Tag, User

type Names = Mapping[str, str]
#: So many names stand in a row of the table; of the others their number.
_NAMED: Final = 3


class Shown(NamedTuple):
    """One export, and whom it is about."""

    export: RemoteExport
    who: str


def latest(account: LinkedAccount, *, user: User, number: int) -> list[Shown]:
    """The newest of the account, with their lists and tags by the names in our copy; two queries more at the most."""
    rows = RemoteExport.objects.visible_to(user).filter(account=account).select_related("by")
    found = list(rows.order_by("-pk")[:number])
    lists = _names(ContactList, account, [each for export in found for each in export.list_ids])
    tags = _names(Tag, account, [each for export in found for each in export.tag_ids])
    return [Shown(export, _who(export, lists, tags)) for export in found]


def _who(export: RemoteExport, lists: Names, tags: Names) -> str:
    narrowed = [
        *([f"on {_either(export.list_ids, lists)}"] if export.list_ids else []),
        *([f"with the tag {_either(export.tag_ids, tags)}"] if export.tag_ids else []),
    ]
    whole = "Everyone" if narrowed and not export.status else export.get_status_display()
    return " ".join([whole, *narrowed])


def _either(ids: Sequence[str], names: Names) -> str:
    named = sorted(names.get(each, "one that is not in our copy") for each in ids)[:_NAMED]
    more = len(ids) - len(named)
    *others, last = [*named, *([f"{more} more"] if more else [])]
    return f"{', '.join(others)} or {last}" if others else last


def _names(model: type[ContactList | Tag], account: LinkedAccount, ids: Sequence[str]) -> Names:
    if not ids:
        return {}
    rows: Any = model.objects.filter(account=account, remote_id__in=ids)
    return {str(remote_id): name for remote_id, name in rows.values_list("remote_id", "name")}

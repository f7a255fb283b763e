"""What a list is asked to be, and whether it is: the whole body of a PUT, its proof, its three columns.

PUT replaces a list, so everything that was read is sent back with the wish (CC reference, section 13).
"""

from typing import Any

from contacts.rules.compare import Difference, Row, kind_of

JSON = dict[str, Any]
FIELDS = {"name": "Name", "description": "Description", "favorite": "Star"}


def body_for(remote: JSON, wish: JSON) -> JSON:
    """The whole body: ``wish`` over what was read (nothing for a new list). An empty description is left out."""
    whole = {name: wish.get(name, remote.get(name)) for name in FIELDS}
    body = {"name": whole["name"], "favorite": whole["favorite"] is True}
    return body | ({"description": whole["description"]} if whole["description"] else {})


def missing(body: JSON, remote: JSON) -> list[Difference]:
    """What of ``body`` is not so in ``remote``, a list in GET shape. Empty: the change is proved."""
    return [
        Difference(name, kind_of(_plain(body, name), _plain(remote, name)), _plain(body, name), _plain(remote, name))
        for name in FIELDS
        if _plain(body, name) != _plain(remote, name)
    ]


def three(before: JSON, sent: JSON, after: JSON | None) -> list[Row]:
    """Before, sent and after as text; without an answer a row is compared with what was sent."""
    end = sent if after is None else after
    rows = []
    for name, label in FIELDS.items():
        was, asked, got = (_shown(name, column) if column else "" for column in (before, sent, after or {}))
        rows.append(Row(name, label, was, asked, got, kind_of(_plain(before, name), _plain(end, name))))
    return rows


def _plain(body: JSON, name: str) -> Any:
    """Left out and empty are the same."""
    return body.get(name) or None


def _shown(name: str, body: JSON) -> str:
    value = _plain(body, name)
    if name == "favorite":
        return "starred" if value else "not starred"
    return str(value or "nothing")

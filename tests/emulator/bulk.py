"""Starting bulk activities and seeing them end, for tests with a frozen clock."""

from typing import Any

from tests.emulation import Emulation


def post(cc: Emulation, kind: str, **body: Any) -> Any:
    """The response to POST /activities/<kind>."""
    return cc.call("POST", f"/activities/{kind}", json=body)


def start(cc: Emulation, kind: str, **body: Any) -> str:
    """A new activity's id."""
    answer = post(cc, kind, **body)
    assert answer.status_code == 201, answer.text
    return answer.json()["activity_id"]


def activity(cc: Emulation, activity_id: str) -> dict[str, Any]:
    answer = cc.get(f"/activities/{activity_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def done(cc: Emulation, kind: str, **body: Any) -> dict[str, Any]:
    """The activity after its time."""
    activity_id = start(cc, kind, **body)
    cc.control("clock", advance=2)
    return activity(cc, activity_id)


def add(cc: Emulation, contact_ids: list[str], *list_ids: str) -> dict[str, Any]:
    """``done`` for contacts added to lists."""
    return done(cc, "add_list_memberships", source={"contact_ids": contact_ids}, list_ids=list(list_ids))


def reasons(shown: dict[str, Any]) -> list[str]:
    """``activity_errors`` without the ids before them."""
    return [each.split(": ", 1)[1] for each in shown["activity_errors"]]


def import_rows(cc: Emulation, *rows: dict[str, Any], lists: list[str], **body: Any) -> dict[str, Any]:
    """``done`` for rows imported as JSON."""
    return done(cc, "contacts_json_import", import_data=list(rows), list_ids=lists, **body)


def import_file(cc: Emulation, text: str | bytes, lists: list[str], *, name: str = "people.csv", **form: str) -> Any:
    """The response to an import of a file."""
    data = {"list_ids": ",".join(lists), **form}
    return cc.call("POST", "/activities/contacts_file_import", files={"file": (name, text)}, data=data)

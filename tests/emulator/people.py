"""Contacts and lists to test with, made through the API itself."""

from typing import Any

from tests.emulation import Emulation

ALL = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
UNKNOWN = "00000000-0000-11f1-8000-fa163e000000"


def make_list(cc: Emulation, name: str = "Newsletter") -> str:
    """A new list's id."""
    answer = cc.call("POST", "/contact_lists", json={"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()["list_id"]


def make_tag(cc: Emulation, name: str = "Regular") -> str:
    answer = cc.call("POST", "/contact_tags", json={"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()["tag_id"]


def make_contact(cc: Emulation, address: str = "maeve@example.net", permission: str = "implicit", **body: Any) -> str:
    """A new contact's id."""
    email = {"address": address, "permission_to_send": permission}
    answer = cc.call("POST", "/contacts", json={"create_source": "Account", "email_address": email, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["contact_id"]


def whole(cc: Emulation, contact_id: str) -> dict[str, Any]:
    """The contact with every subresource."""
    answer = cc.get(f"/contacts/{contact_id}", include=ALL)
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(cc: Emulation, contact_id: str, /, *, permission: str = "implicit", **body: Any) -> Any:
    """PUT with the address as it is; ``body`` adds to it or replaces it. The response."""
    address = whole(cc, contact_id)["email_address"]["address"]
    email = {"address": address, "permission_to_send": permission}
    return cc.call("PUT", f"/contacts/{contact_id}", json={"update_source": "Account", "email_address": email, **body})


def delete(cc: Emulation, contact_id: str) -> None:
    assert cc.call("DELETE", f"/contacts/{contact_id}").status_code == 204


def addresses(answer: Any) -> set[str]:
    """The addresses on one page of contacts."""
    return {each["email_address"]["address"] for each in answer.json()["contacts"]}


def error(answer: Any) -> tuple[int, str, str]:
    """Status, key and text of an error in the array form."""
    (only,) = answer.json()
    assert set(only) == {"error_key", "error_message"}
    return answer.status_code, only["error_key"], only["error_message"]

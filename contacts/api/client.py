"""Constant Contact's API over HTTP: what is there, in its own words. It talks and decides nothing."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from contacts.api.activities import ActivityCalls
from contacts.api.errors import Unreadable
from contacts.api.lists import ListCalls
from contacts.api.pages import JSON, Page
from contacts.api.sending import Call, Request, as_object, checked_ids, new_thing, same_thing
from contacts.api.xrefs import XrefCalls

__all__ = ["Call", "Client"]

EVERYTHING = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
MOST_LISTS = 25


class Client(ListCalls, ActivityCalls, XrefCalls):
    """One linked account's calls: contacts, tags, fields, the account; its lists and activities are next door."""

    def get_contact(self, contact_id: str) -> JSON:
        """One contact with every subresource, deleted ones too (CC reference, section 11).

        Raises NotFound, or Unreadable when the answer is another contact's.
        """
        request = Request("GET", "/contacts/{id}", {"include": EVERYTHING}, identifier=contact_id)
        return same_thing(self._send(request), request, id_key="contact_id")

    def find_contacts(self, email: str) -> list[JSON]:
        """The contacts with this address in any state, deleted included; compared here, whatever the case.

        Raises Unreadable when the answer is a list that does not fit the question: "not here" needs proof.
        Source: CC reference, section 9.
        """
        params = {"email": email, "status": "all", "include": EVERYTHING}
        page = self._page("/contacts", "contacts", "contact_id", params)
        found = [each for each in page.items if _address(each) == email.strip().casefold()]
        if page.cursor and not found:
            raise Unreadable("a list that does not fit the address")
        return found

    def contacts_page(
        self,
        *,
        cursor: str | None = None,
        status: str = "all",
        limit: int = 500,
        updated_after: datetime | None = None,
        optout_after: datetime | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        lists: Sequence[str] = (),
        count: bool = False,
    ) -> Page:
        """One page of contacts with every subresource (CC reference, sections 7 and 9).

        With ``cursor`` everything else is ignored: the cursor carries the first page's parameters. Times must
        be aware. ``limit`` is 1 to 500. ``lists`` are up to 25 ids: members of one or more of them.
        """
        if len(lists) > MOST_LISTS:
            raise ValueError("Constant Contact is asked for the members of 25 lists at most.")
        times = {
            "updated_after": updated_after,
            "optout_after": optout_after,
            "created_after": created_after,
            "created_before": created_before,
        }
        params = {"status": status, "limit": str(limit), "include": EVERYTHING}
        params |= {name: _utc(moment) for name, moment in times.items() if moment is not None}
        params |= {"lists": ",".join(checked_ids(lists))} if lists else {}
        params |= {"include_count": "true"} if count else {}
        return self._page("/contacts", "contacts", "contact_id", {"cursor": cursor} if cursor else params)

    def tags_page(self, *, cursor: str | None = None) -> Page:
        """One page of tags (CC reference, section 14)."""
        return self._page("/contact_tags", "tags", "tag_id", {"cursor": cursor} if cursor else {"limit": "500"})

    def custom_fields_page(self, *, cursor: str | None = None) -> Page:
        """One page of custom fields; an account has at most 100 (CC reference, section 14)."""
        params = {"cursor": cursor} if cursor else {"limit": "100"}
        return self._page("/contact_custom_fields", "custom_fields", "custom_field_id", params)

    def counts(self) -> JSON:
        """``total``, ``explicit``, ``implicit``, ``pending``, ``unsubscribed``, without the deleted (section 12)."""
        return as_object(self._send(Request("GET", "/contacts/counts")))

    def account_summary(self) -> JSON:
        """``encoded_account_id``, ``organization_name``, ``time_zone_id`` and more (CC reference, section 16)."""
        return as_object(self._send(Request("GET", "/account/summary")))

    def privileges(self) -> frozenset[str]:
        """What the linked user may do, as ``contacts:read``, ``contacts:write`` (CC reference, section 3.12)."""
        content = self._send(Request("GET", "/account/user/privileges"))
        if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
            raise Unreadable("no list of privileges")
        return frozenset(each["privilege_name"] for each in content if isinstance(each.get("privilege_name"), str))

    def create_contact(self, body: JSON) -> JSON:
        """Create a contact and return it as Constant Contact now holds it (CC reference, section 10).

        Raises Conflict when anybody has the address, in any state; the rest as ``put_contact``.
        """
        answer = self._send(Request("POST", "/contacts", body=body))
        return new_thing(answer, id_key="contact_id", method="POST")

    def sign_up(self, form: JSON) -> str:
        """Pass a person's own sign-up on; the contact's id comes back (CC reference, section 12).

        Creates or updates by address, always as the person's own act: ``explicit``, also for who opted out. Raises
        Conflict when another request for the same contact runs at this moment; the rest as ``put_contact``.
        """
        answer = self._send(Request("POST", "/contacts/sign_up_form", body=form))
        return str(new_thing(answer, id_key="contact_id", method="POST")["contact_id"])

    def put_contact(self, contact_id: str, body: JSON) -> JSON:
        """Replace a contact and return it as Constant Contact now holds it.

        ``body`` is the whole contact: a core value left out becomes null, a subresource left out is kept. A
        deleted contact comes back when ``update_source`` is "Account". Raises Rejected, LinkExpired, Forbidden,
        NotFound, Conflict, Throttled, QuotaSpent or NotSent when it surely was not done; NoAnswer, Unavailable
        or Unreadable when it may have been. Source: CC reference, section 11.
        """
        request = Request("PUT", "/contacts/{id}", body=body, identifier=contact_id)
        return same_thing(self._send(request), request, id_key="contact_id")

    def delete_contact(self, contact_id: str) -> None:
        """Delete a contact: it loses its lists and is hidden, its address stays taken (CC reference, section 11)."""
        self._send(Request("DELETE", "/contacts/{id}", identifier=contact_id), readable=False)

    def resubscribe(self, contact_id: str, list_ids: Iterable[str]) -> None:
        """Have the one confirmation mail sent that a contact ever gets (CC reference, section 12).

        Raises Conflict when it was sent before. The answer's body is described nowhere and not read.
        """
        body = {"list_ids": list(list_ids)}
        request = Request("PUT", "/contacts/resubscribe/{id}", body=body, identifier=contact_id)
        self._send(request, readable=False)


def _address(contact: JSON) -> str:
    email = contact.get("email_address")
    return str(email.get("address", "")).strip().casefold() if isinstance(email, dict) else ""


def _utc(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("Constant Contact is asked for aware times only.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

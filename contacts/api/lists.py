"""Constant Contact's calls about contact lists (CC reference, section 13)."""

from contacts.api.pages import JSON, Page
from contacts.api.sending import Request, Sender, new_thing, same_thing


class ListCalls(Sender):
    """Reading and changing lists. Whatever writes raises as ``Client.put_contact`` does, and is never repeated."""

    def lists_page(self, *, cursor: str | None = None) -> Page:
        """One page of lists with member counts, deleted lists included (CC reference, section 13)."""
        params = {"status": "all", "limit": "500", "include_count": "true", "include_membership_count": "all"}
        return self._page("/contact_lists", "lists", "list_id", {"cursor": cursor} if cursor else params)

    def get_list(self, list_id: str) -> JSON:
        """One list with its member count. Raises NotFound, or Unreadable when the answer is another list's."""
        params = {"include_membership_count": "all"}
        request = Request("GET", "/contact_lists/{id}", params, identifier=list_id)
        return same_thing(self._send(request), request, id_key="list_id")

    def create_list(self, body: JSON) -> JSON:
        """Make a list of ``name``, ``description`` and ``favorite``; the answer is the list with its id.

        Raises Conflict when the name is in use.
        """
        answer = self._send(Request("POST", "/contact_lists", body=body))
        return new_thing(answer, id_key="list_id", method="POST")

    def put_list(self, list_id: str, body: JSON) -> JSON:
        """Replace name, description and favorite of a list: what ``body`` leaves out is lost."""
        request = Request("PUT", "/contact_lists/{id}", body=body, identifier=list_id)
        return same_thing(self._send(request), request, id_key="list_id")

    def delete_list(self, list_id: str) -> JSON:
        """Have a list deleted. The answer (202) is the activity that does it; its members stay contacts."""
        answer = self._send(Request("DELETE", "/contact_lists/{id}", identifier=list_id))
        return new_thing(answer, id_key="activity_id", method="DELETE")

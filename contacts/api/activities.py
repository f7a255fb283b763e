"""Constant Contact's bulk work, which it does after it has answered (CC reference, section 15)."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager

from contacts.api.pages import JSON, Page
from contacts.api.sending import Form, Request, Sender, checked_ids, new_thing, same_thing

KINDS = frozenset(
    {
        "add_list_memberships",
        "remove_list_memberships",
        "contact_delete",
        "list_delete",
        "contacts_taggings_add",
        "contacts_taggings_remove",
        "contacts_json_import",
        "contact_exports",
    }
)


class ActivityCalls(Sender):
    """Starting activities and seeing what became of them. There is no call to cancel one."""

    def start_activity(self, kind: str, body: JSON) -> JSON:
        """Queue one activity (201) and return it with its ``activity_id`` and ``state``.

        ``kind`` is one of KINDS; ``body`` names at most 500 contacts, or of an import brings rows that stay below 4 MB
        and 40,000: what is more is dropped there without a word. Raises QueueFull when 1,000 are waiting,
        otherwise as ``Client.put_contact`` does; an answer without an id is Unreadable, for it may run all the same.
        """
        if kind not in KINDS:
            raise ValueError(f"No activity that we start: {kind!r}")
        answer = self._send(Request("POST", f"/activities/{kind}", body=body))
        return new_thing(answer, id_key="activity_id", method="POST")

    def import_file(self, table: bytes, list_ids: Iterable[str]) -> JSON:
        """Queue the import of a CSV in UTF-8 with a header, into 1 to 50 lists, as ``start_activity`` does.

        The same limits hold, of which the header takes a line.
        """
        form = Form("import.csv", table, "text/csv", {"list_ids": ",".join(checked_ids(list_ids))})
        answer = self._send(Request("POST", "/activities/contacts_file_import", form=form))
        return new_thing(answer, id_key="activity_id", method="POST")

    def activity(self, activity_id: str) -> JSON:
        """One activity of the last 10 days as it stands now. Raises NotFound for any other."""
        request = Request("GET", "/activities/{id}", identifier=activity_id)
        return same_thing(self._send(request), request, id_key="activity_id")

    def export_file(self, file_export_id: str) -> AbstractContextManager[Iterator[bytes]]:
        """The CSV of a finished export, as it comes: nothing of it is held here.

        Entering raises as every GET does, NotFound when there is no such file; while it is read, NoAnswer when the
        line breaks, Unreadable when it is larger than any account's contacts could be.
        """
        return self._download(Request("GET", "/contact_exports/{id}", identifier=file_export_id))

    def activities_page(self, *, cursor: str | None = None, state: str = "") -> Page:
        """One page of the last 10 days' activities; ``state`` narrows it (``processing``, ``completed`` ...)."""
        params = {"limit": "500"} | ({"state": state} if state else {})
        return self._page("/activities", "activities", "activity_id", {"cursor": cursor} if cursor else params)

"""From the numbers of Constant Contact's older API to the ids of this one (CC reference, sections 12, 13 and 17)."""

from collections.abc import Sequence

from contacts.api.errors import Unreadable
from contacts.api.sending import IDENTIFIER, Request, Sender

MOST_XREFS = 500


class XrefCalls(Sender):
    """For whoever migrates; Constant Contact says that these two calls will be removed one day."""

    def contact_xrefs(self, sequence_ids: Sequence[int]) -> dict[int, str]:
        """The contact ids of up to 500 V2 ids; one that nobody has is not in the answer."""
        return self._xrefs("/contacts/contact_id_xrefs", "contact_id", sequence_ids)

    def list_xrefs(self, sequence_ids: Sequence[int]) -> dict[int, str]:
        """The list ids of up to 500 V2 ids; one that no list has is not in the answer."""
        return self._xrefs("/contact_lists/list_id_xrefs", "list_id", sequence_ids)

    def _xrefs(self, template: str, id_key: str, sequence_ids: Sequence[int]) -> dict[int, str]:
        """Raises Unreadable for an answer that names what was not asked: a wrong pair would stay for ever."""
        if not 0 < len(sequence_ids) <= MOST_XREFS:
            raise ValueError("Constant Contact is asked about 1 to 500 V2 ids at once.")
        asked = {str(each): each for each in sequence_ids}
        content = self._send(Request("GET", template, {"sequence_ids": ",".join(asked)}))
        pairs = content.get("xrefs") if isinstance(content, dict) else None
        if not isinstance(pairs, list) or not all(_is_pair(each, id_key) for each in pairs):
            raise Unreadable("no xrefs")
        found = {str(each["sequence_id"]): str(each[id_key]).lower() for each in pairs}
        if not set(found) <= set(asked):
            raise Unreadable("a V2 id that was not asked for")
        return {asked[number]: remote_id for number, remote_id in found.items()}


def _is_pair(each: object, id_key: str) -> bool:
    if not isinstance(each, dict) or not isinstance(each.get("sequence_id"), str | int):
        return False
    found = each.get(id_key)
    return isinstance(found, str) and IDENTIFIER.fullmatch(found) is not None

"""What is said once on the next page: it may name a colleague or repeat what was typed, so it is kept sealed."""

from typing import Any

from django.contrib.messages.storage.session import SessionStorage

from contacts.connect.credential import CannotOpen, opened, sealed


class SealedMessages(SessionStorage):
    """Django's messages in the session, unreadable in its row; a cookie would take them to the browser's disk."""

    def serialize_messages(self, messages: Any) -> str:
        """The messages as one sealed text; without any key they are not said, and the page stands all the same."""
        try:
            return sealed({"messages": super().serialize_messages(messages)})
        except CannotOpen:
            return ""

    def deserialize_messages(self, data: Any) -> Any:
        """The messages again; none when the key is not there any more."""
        return super().deserialize_messages(_open(data)) if data else data


def waiting_in(session: dict[str, Any]) -> str:
    """What waits to be said in a session, as one text: an erasure looks for people in it."""
    return _open(session.get(SealedMessages.session_key, ""))


def _open(data: object) -> str:
    """The text that was sealed; of no messages when its key is not there any more."""
    try:
        return str(opened(str(data))["messages"])
    except (CannotOpen, KeyError):
        return "[]"

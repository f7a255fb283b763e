"""What is said once on the next page: it may name a colleague or repeat what was typed, so it is kept sealed."""

from typing import Any

from django.contrib.messages.storage.session import SessionStorage

from contacts.connect.credential import CannotOpen, opened, sealed


class SealedMessages(SessionStorage):
    """Django's messages in the session, unreadable in its row; a cookie would take them to the browser's disk."""

    def serialize_messages(self, messages: Any) -> str:
        """The messages as one sealed text."""
        return sealed({"messages": super().serialize_messages(messages)})

    def deserialize_messages(self, data: Any) -> Any:
        """The messages again; none when the key is not there any more."""
        if not isinstance(data, str):
            return data
        try:
            return super().deserialize_messages(opened(data).get("messages"))
        except CannotOpen:
            return []

"""What can go wrong when we talk to Constant Contact, each named for what the caller does about it.

``advice`` is the sentence for a person: what happened, what is still true, what to do (product wording
guide, "Errors: CC says, we say"). It never holds a token or an address. ``str(error)`` is safe for a log.
``message`` is Constant Contact's exact text, for the page that shows it to those who may see it.
"""

import re

ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
RECOGNISED = 12
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class APIError(Exception):
    """Something between us and Constant Contact did not work.

    ``status`` is the HTTP status, None when there was no answer. ``error_key`` is Constant Contact's own, ""
    when it gave none. ``request_id`` is the one its support asks for. ``retry_after`` is a hint in seconds.
    """

    #: True when a change that was sent may have been made although we hold no proof of it.
    leaves_doubt = False
    happened = "Constant Contact gave an answer that we do not know."
    remedy = "Try again in a few minutes."

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        error_key: str = "",
        request_id: str = "",
        method: str = "GET",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.error_key = error_key
        self.request_id = request_id
        self.method = method
        self.retry_after = retry_after

    def __str__(self) -> str:
        return " ".join(str(part) for part in (type(self).__name__, self.status, self.error_key) if part)

    def __repr__(self) -> str:
        return f"<{self}>"

    def hide(self, secret: str) -> None:
        """Take a secret out of what Constant Contact said: some gateways repeat what they were sent.

        A text that was too long may end in the middle of it, so its beginning is enough.
        """
        begun = re.compile(re.escape(secret[:RECOGNISED]) + r"[^\s\"'<>,;]*")
        self.message = begun.sub("(hidden)", self.message.replace(secret, "(hidden)"))
        self.error_key = begun.sub("(hidden)", self.error_key.replace(secret, "(hidden)"))

    @property
    def may_have_happened(self) -> bool:
        """True when a change was sent and nobody can say yet whether it was made."""
        return self.leaves_doubt and self.method != "GET"

    @property
    def advice(self) -> str:
        """What happened, what is still true and what to do, for a person."""
        happened = self.happened.format(status=self.status)
        if self.may_have_happened:
            return (
                f"{happened} We do not know yet whether the change was made. "
                "We never send it twice: re-read the contact to see."
            )
        return f"{happened} Nothing was changed. {self.remedy}"

    @property
    def plain(self) -> str:
        """The advice without a word of Constant Contact's own, which may name somebody: for rows about many people."""
        return self.advice


class LinkExpired(APIError):
    """401: the token is no longer accepted, or there is none."""

    happened = "Constant Contact no longer accepts our key for this account."
    remedy = "Reconnect the account."


class Forbidden(APIError):
    """403: the token is good, but it does not reach this."""

    happened = (
        "Constant Contact refused this (403): the permission given at linking may be too small, the user who "
        "connected may lack the right, or this application may be switched off."
    )
    remedy = "Reconnect the account as its Account Owner or an Account Manager."

    @property
    def advice(self) -> str:
        """Tell the causes apart as far as Constant Contact's text allows."""
        text = self.message.lower()
        if "privilege" in text:
            return (
                "The Constant Contact user who connected this account may not do this. Nothing was changed. "
                "Ask the Account Owner to connect, or to make that user Account Manager."
            )
        if "scope" in text:
            return (
                "The permission given at linking does not cover this. Nothing was changed. "
                "Reconnect the account and grant everything that is asked for."
            )
        return super().advice


class NotFound(APIError):
    """404: no such contact, no such list, or no such path."""

    @property
    def advice(self) -> str:
        """Name the contact only when the contact is what was not found."""
        if self.error_key == "contacts.api.not_found":
            return (
                "Constant Contact does not know this contact any more in this account. Nothing was changed. "
                "Check by address."
            )
        return "Constant Contact does not know what we asked for (404). Nothing was changed. Sync, then try again."


class Conflict(APIError):
    """409: the address, or the name, is taken. ``contact_id`` is the holder when the text names it."""

    @property
    def contact_id(self) -> str | None:
        """The first UUID in any error message (CC reference, section 5), lower case, or None."""
        found = UUID.search(self.message)
        return found.group().lower() if found else None

    @property
    def advice(self) -> str:
        """Say whose the address is when that is what the text is about."""
        if "email" in self.message.lower():
            return (
                "This address already belongs to a contact, perhaps one that is hidden in Constant Contact. "
                "Nothing was changed. You do not need to add it: check the address and reactivate it."
            )
        return (
            "Constant Contact says that this exists or was done already (409). Nothing was changed. "
            "Re-read the contact before you try again."
        )


class Rejected(APIError):
    """400 or 415: what we sent was not accepted."""

    @property
    def advice(self) -> str:
        """Carry Constant Contact's reason, without any address in it."""
        reason = ADDRESS.sub("(address)", self.message).strip().rstrip(".")[:300]
        said = f"Constant Contact did not accept: {reason}." if reason else "Constant Contact did not accept this."
        return f"{said} Nothing was changed. Correct it and try again."

    @property
    def plain(self) -> str:
        """Leave Constant Contact's reason to the audit."""
        return "Constant Contact did not accept this. Nothing was changed. What it said is in the audit."


class Throttled(APIError):
    """429 ``throttled``: too many calls in this second."""

    happened = "Constant Contact asked us to slow down."
    remedy = "Try again in a few seconds."


class QuotaSpent(APIError):
    """429 ``quota_exceeded``: no calls are left until 00:00 UTC. Repeating is pointless."""

    happened = "Today's calls to Constant Contact are used up; it allows more at 00:00 UTC."
    remedy = "Try again after that."


class QueueFull(APIError):
    """429 for bulk work: more than 1,000 activities are waiting in this account."""

    happened = "Constant Contact has 1,000 bulk jobs waiting for this account."
    remedy = "Try again in 10 minutes."


class Unavailable(APIError):
    """5xx: a fault of Constant Contact's own. A change may have been made all the same."""

    leaves_doubt = True
    happened = "Constant Contact has a fault of its own ({status})."


class NoAnswer(APIError):
    """Time ran out, or the connection broke after the request had left: it may have been carried out."""

    leaves_doubt = True
    happened = "The connection broke before Constant Contact answered."


class NotSent(APIError):
    """No connection could be made: Constant Contact surely received nothing."""

    happened = "Constant Contact could not be reached, so nothing was sent."
    remedy = "Try again in a minute."


class Unreadable(APIError):
    """An answer that is no JSON of the right shape. Never taken for "nothing there"."""

    leaves_doubt = True
    happened = "Constant Contact sent an unreadable answer."


class ForeignLink(APIError):
    """The link to the next page names another host. It is never followed."""

    happened = "Constant Contact sent a link that leads to another host; we did not follow it."
    remedy = "Tell whoever runs this installation."


class GrantRefused(APIError):
    """``invalid_grant``: the refresh token, or the code, is dead."""

    happened = "The connection to Constant Contact has ended (someone disconnected it, or it was renewed elsewhere)."
    remedy = "Your copy and history are safe. Reconnect the account."


class ClientRefused(APIError):
    """``invalid_client``: Constant Contact does not know this installation's key or secret."""

    happened = "Constant Contact does not accept this installation's API key or secret."
    remedy = "Check CC_CLIENT_ID and CC_CLIENT_SECRET; your copy and history are safe."

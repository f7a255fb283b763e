"""What every state is called, what it allows, what to tell the person, and why Constant Contact shows what it shows.

One table, in the voice of the product guide 5.6. The verdict fills ``{date}``, ``reply_with`` fills ``{form_link}``.
"""

from dataclasses import dataclass

from contacts.rules.state import Act, State


@dataclass(frozen=True)
class Text:
    """The words of one state. ``may`` answers "may I?" in a table; ``refusal`` is why it cannot be reactivated."""

    label: str
    headline: str
    act: Act
    act_label: str
    may: str
    refusal: str
    reply: str
    why: str


REACTIVATED_REPLY = (
    "Your address was hidden in our mailing system, which is why the form refused it. It is active again and you will "
    "get the next newsletter. You need not do anything. If you did not ask for this, use the unsubscribe link in any "
    "of our emails."
)

UNSUBSCRIBED_REPLY = (
    "You are off all our mailings, not only off one list. If you ever want them again, you can switch them on yourself "
    "{form_link}. Nobody here can do it for you."
)
CREATED_REPLY = (
    "We have added your address to our mailing system. If you did not ask for this, use the unsubscribe link in any of "
    "our emails."
)
RESUBSCRIBE_REPLY = (
    "Our mailing provider sends you one email with a link. Click it, and you are on our mailings again; it may be in "
    "the spam folder. That email comes only once. Without it you can switch them on yourself {form_link}."
)
# What to tell the person after a proved change, by its kind.
REPLIES = {
    "reactivate": REACTIVATED_REPLY,
    "unsubscribe": UNSUBSCRIBED_REPLY,
    "create": CREATED_REPLY,
    "sign_up": CREATED_REPLY,
    "resubscribe": RESUBSCRIBE_REPLY,
}

_ONLY_THEY = (
    "Our records show this address opted out{date}. By law and by our provider's rules only you can switch it on "
    "again {form_link}. It takes a minute."
)
_SIGN_UP_AGAIN = (
    "A confirmation email was sent{date}; it may be in the spam folder. We cannot send it again; a new one comes "
    "when you sign up once more {form_link}."
)
_ALREADY = "This contact is not deleted, so there is nothing to reactivate."
_SHOWN = "It is shown there: open Contacts in Constant Contact and search for the address. Its status is {label}."
_HIDDEN = (
    "Constant Contact does not erase a deleted contact. It takes the contact off every list and hides it from every "
    "screen and from its normal exports, but keeps the record, and the record keeps its address: a form or an import "
    "that tries to add the address is told that it already exists."
)
_SEND_LINK = "Send the sign-up link"

TEXTS: dict[State, Text] = {
    State.ACTIVE: Text(
        label="Active",
        headline="Active: can be emailed",
        act=Act.NONE,
        act_label="",
        may="nothing to do",
        refusal=_ALREADY,
        reply="Your address is active in our mailing system, and our next newsletter goes to it. If nothing arrives, "
        "look in the spam folder and add our sender address to your contacts.",
        why=_SHOWN,
    ),
    State.ON_NO_LIST: Text(
        label="On no list",
        headline="Active, but on no list: no newsletter reaches them",
        act=Act.ADD_TO_LIST,
        act_label="Add to a list",
        may="needs a list",
        refusal=_ALREADY,
        reply="Your address is in our mailing system but on none of our lists. Tell us what you would like to get, or "
        "choose it yourself {form_link}.",
        why="It is shown there under Contacts with the status Active. It is on no list, so it is missing from every "
        "list's page and from everything sent to a list.",
    ),
    State.UNSUBSCRIBED: Text(
        label="Unsubscribed",
        headline="Unsubscribed: only they can come back",
        act=Act.RESUBSCRIBE,
        act_label=_SEND_LINK,
        may="no, only they can",
        refusal="This contact is unsubscribed. Only they can come back, by their own act.",
        reply=_ONLY_THEY,
        why=_SHOWN,
    ),
    State.UNSUBSCRIBED_BY_ACCOUNT: Text(
        label="Unsubscribed",
        headline="Unsubscribed by your account",
        act=Act.RESUBSCRIBE,
        act_label=_SEND_LINK,
        may="not from here",
        refusal="Your account unsubscribed this contact. Reactivating does not change that.",
        reply="This address was taken off our mailings{date}. If you want them again, you can switch them on yourself "
        "{form_link}.",
        why=_SHOWN,
    ),
    State.AWAITING: Text(
        label="Awaiting confirmation",
        headline="Awaiting confirmation: they have not answered the confirmation email",
        act=Act.SIGN_UP,
        act_label=_SEND_LINK,
        may="no, only they can",
        refusal="This contact has not confirmed the sign-up yet. Only they can do that.",
        reply=_SIGN_UP_AGAIN,
        why=_SHOWN,
    ),
    State.NO_PERMISSION: Text(
        label="No permission set",
        headline="No permission set: in your account without permission to email them",
        act=Act.SIGN_UP,
        act_label=_SEND_LINK,
        may="no, only they can",
        refusal=_ALREADY,
        reply="Your address is in our system, but without your permission to send newsletters. You can give it "
        "{form_link}.",
        why="It is shown there under Contacts with the status No Permissions Set. In an export that column is blank.",
    ),
    State.HOLD: Text(
        label="Temporary hold",
        headline="Temporary hold: held back from mailing in your account",
        act=Act.NONE,
        act_label="",
        may="not from here",
        refusal="This contact is on temporary hold. Constant Contact does not say why, and ccadmin cannot lift it.",
        reply="Our mailing provider holds mail to this address back at the moment. Tell us whether the address works; "
        "we will ask the provider to look into it.",
        why=_SHOWN,
    ),
    State.DELETED: Text(
        label="Deleted",
        headline="Deleted: hidden in Constant Contact, and blocking new sign-ups",
        act=Act.REACTIVATE,
        act_label="Reactivate",
        may="yes",
        refusal="",
        reply="Your address is hidden in our mailing system, which is why the form refused it. You need not sign up "
        "again: tell us that you want our mails, and we switch it on.",
        why=_HIDDEN,
    ),
    State.DELETED_OPTED_OUT: Text(
        label="Deleted · opted out",
        headline="Deleted and opted out: only they can come back",
        act=Act.SIGN_UP,
        act_label=_SEND_LINK,
        may="no, only they can",
        refusal="This person opted out{date}. Only they can come back, by signing up again themselves.",
        reply=_ONLY_THEY,
        why=_HIDDEN,
    ),
    State.DELETED_BY_ACCOUNT_OPTOUT: Text(
        label="Deleted · unsubscribed",
        headline="Deleted, and unsubscribed by your account before",
        act=Act.SIGN_UP,
        act_label=_SEND_LINK,
        may="no, only they can",
        refusal="Your account unsubscribed this contact{date} before it was deleted. Brought back, it would still be "
        "unsubscribed; a new sign-up of their own puts it right.",
        reply="This address was taken off our mailings{date}. If you want them again, you can switch them on yourself "
        "{form_link}.",
        why=_HIDDEN,
    ),
    State.DELETED_AWAITING: Text(
        label="Deleted · awaiting confirmation",
        headline="Deleted before they confirmed the sign-up",
        act=Act.SIGN_UP,
        act_label=_SEND_LINK,
        may="no, only they can",
        refusal="This person never confirmed the sign-up, so bringing them back needs their own consent.",
        reply=_SIGN_UP_AGAIN,
        why=_HIDDEN,
    ),
    State.DELETED_HOLD: Text(
        label="Deleted · on hold",
        headline="Deleted while on temporary hold",
        act=Act.SIGN_UP,
        act_label=_SEND_LINK,
        may="no, only they can",
        refusal="This contact was on temporary hold when it was deleted, so coming back needs the person's consent.",
        reply="Our mailing provider held mail to this address back. If the address works and you want our mails, sign "
        "up once more {form_link}.",
        why=_HIDDEN,
    ),
    State.NO_ADDRESS: Text(
        label="No address",
        headline="No email address: reached by SMS only",
        act=Act.NONE,
        act_label="",
        may="not from here",
        refusal="This contact has no email address. ccadmin brings back contacts that have one.",
        reply="We hold a mobile number of yours but no email address. To get our mails, sign up with your address "
        "{form_link}.",
        why="Constant Contact knows this contact by a mobile number, so a search by email address cannot find it.",
    ),
    State.NOT_HERE: Text(
        label="Not in this account",
        headline="Not in this account: a sign-up will work",
        act=Act.SIGN_UP,
        act_label=_SEND_LINK,
        may="nothing to bring back",
        refusal="Constant Contact has no record of this address in this account, so there is nothing to reactivate.",
        reply="We find no sign-up with this address. You can join {form_link}. If you may have used another address, "
        "tell us which.",
        why="There is nothing to see: in this account the address was never added, deleted contacts included.",
    ),
    State.NOT_UNDERSTOOD: Text(
        label="Not understood",
        headline="Not understood: Constant Contact says something ccadmin does not know",
        act=Act.NONE,
        act_label="",
        may="not from here",
        refusal="Constant Contact describes this contact in a way ccadmin does not understand ({odd}), so nothing is "
        "changed from here. Look at the contact in Constant Contact.",
        reply="We are looking into why your address is refused, and will come back to you.",
        why="Whether it is shown there is not known: its record holds something ccadmin does not understand ({odd}).",
    ),
}


def reply_with(reply: str, *, form_link: str) -> str:
    """The reply ready to send. Without a known sign-up link it names the form in words."""
    return reply.replace("{form_link}", f"here: {form_link}" if form_link else "with the sign-up form on our website")

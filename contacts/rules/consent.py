"""On what basis a contact is brought back or taken out: what the person says at the moment of the act (guide 5.4)."""

from enum import StrEnum
from typing import NamedTuple


class Basis(StrEnum):
    """Who asked. The value is stored, the label is read; neither ever changes the contact's permission.

    Somebody who is at the sign-up form just now needs no basis: they get its link, and the act is theirs.
    """

    label: str
    explanation: str
    needs_note: bool

    ASKED_DIRECTLY = (
        "asked_directly",
        "They asked us directly",
        "By phone, by mail or in person. A ticket number makes it evidence.",
        False,
    )
    OUR_MISTAKE = (
        "our_mistake",
        "We deleted them by mistake",
        "They did not ask to leave. Their permission stays as it was before.",
        False,
    )
    OTHER = ("other", "Another reason", "Say which in the note.", True)

    def __new__(cls, value: str, label: str, explanation: str, needs_note: bool) -> "Basis":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.explanation, member.needs_note = label, explanation, needs_note
        return member


class OptOut(NamedTuple):
    """An opt-out as a PUT says it: by whom, ``Contact`` or ``Account``, and the reason Constant Contact keeps."""

    source: str
    reason: str


class Leaving(StrEnum):
    """Who wants somebody unsubscribed. Only the contact's own wish is ever sent as the contact's own.

    Source: CC reference, section 11, Unsubscribe: ``update_source`` is ``Contact`` only if the contact asked.
    """

    label: str
    explanation: str
    opt_out: OptOut

    THEY_ASKED = (
        "they_asked",
        "They asked to be taken off",
        "Constant Contact keeps it as their own wish: only they can come back.",
        OptOut("Contact", "Asked the account to be taken off"),
    )
    WE_DECIDED = (
        "we_decided",
        "We decided it ourselves",
        "Constant Contact keeps it as your account's act, which leaves the account free to put them back there.",
        OptOut("Account", "Taken off by the account"),
    )

    def __new__(cls, value: str, label: str, explanation: str, opt_out: OptOut) -> "Leaving":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.explanation, member.opt_out = label, explanation, opt_out
        return member


def leaving_of(value: str) -> Leaving | None:
    """Who wants it, by the stored word; None for a word that is none."""
    return next((each for each in Leaving if each == value), None)


class Grounds(StrEnum):
    """Why the people of a file may be written to. The value is stored, the label is read.

    Whatever is chosen, Constant Contact takes them as implicit: nobody is imported as having agreed expressly.
    """

    label: str
    explanation: str

    SIGNED_UP = ("signed_up", "They signed up with us", "At a till, an event, a shop or another system. Say where.")
    CUSTOMERS = ("customers", "They are customers or members", "There is a relation that mail may rest on. Say which.")
    ASKED = ("asked", "They asked us directly", "By phone, by mail or in person.")
    OTHER = ("other_grounds", "Other grounds", "Say which in the note.")

    def __new__(cls, value: str, label: str, explanation: str) -> "Grounds":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.explanation = label, explanation
        return member


class SignedUp(StrEnum):
    """How somebody signed up themselves who did not use the form on the website."""

    label: str

    PAPER = "paper_form", "On a paper form"
    PHONE = "phone", "On the phone"
    IN_PERSON = "in_person", "In person"

    def __new__(cls, value: str, label: str) -> "SignedUp":
        member = str.__new__(cls, value)
        member._value_, member.label = value, label
        return member


#: What the history calls every basis that an act can have.
LABELS = {each.value: each.label for each in (*Basis, *Leaving, *Grounds, *SignedUp)}

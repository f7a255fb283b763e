"""On what basis a contact is brought back: what the person says at the moment of the act (product guide 5.4)."""

from enum import StrEnum


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

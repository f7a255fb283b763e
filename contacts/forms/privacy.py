"""What a privacy request is answered with."""

from typing import Any

from django import forms

from contacts.models import Contact
from contacts.services.retention import LONGEST

REASON = 300


class EraseForm(forms.Form):
    """The address, typed by hand so that nobody else is erased, and why."""

    typed = forms.CharField(max_length=254, error_messages={"required": "Type the address. Nothing was erased."})
    reason = forms.CharField(
        max_length=REASON,
        required=False,
        error_messages={"max_length": f"At most {REASON} characters. Nothing was erased."},
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = contact.address or str(contact.remote_id)

    def clean_typed(self) -> str:
        """Upper and lower case do not matter."""
        typed: str = self.cleaned_data["typed"]
        if typed.strip().lower() != self.wanted.strip().lower():
            raise forms.ValidationError("This is not the contact's address. Nothing was erased.")
        return typed


class LiftForm(forms.Form):
    """Why a person may be copied again."""

    reason = forms.CharField(
        max_length=REASON,
        error_messages={
            "required": "Say why this person may be copied again. Nothing was changed.",
            "max_length": f"At most {REASON} characters. Nothing was changed.",
        },
    )


class KeepForm(forms.Form):
    """How many months the personal details of the history are kept."""

    months = forms.IntegerField(
        min_value=0,
        max_value=LONGEST,
        error_messages={
            "required": "Type a number of months; 0 keeps them for ever.",
            "invalid": "This is not a whole number. Example: 24",
            "min_value": "A number of months cannot be below 0. 0 keeps them for ever.",
            "max_value": f"At most {LONGEST} months. 0 keeps them for ever.",
        },
    )

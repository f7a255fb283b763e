"""V2 ids as somebody has them."""

from typing import Any

from django import forms

from contacts.models import XrefKind
from contacts.rules.v2_ids import MOST_CHARACTERS


class V2Form(forms.Form):
    """Numbers of the older API, in a text or in a file, and whether contacts or lists have them."""

    kind = forms.ChoiceField(choices=XrefKind.choices, error_messages={"required": "Choose contacts or lists."})
    text = forms.CharField(
        label="V2 ids",
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea,
        error_messages={
            "max_length": "This text is too long. Bring at most 10,000 V2 ids, and nothing else.",
        },
    )
    file = forms.FileField(required=False, error_messages={"empty": "File refused: it is empty."})

    def clean(self) -> dict[str, Any]:
        """One of the two, so that nobody has to guess what was looked up."""
        given = super().clean() or {}
        text, file = given.get("text"), given.get("file")
        if text and file:
            raise forms.ValidationError("Paste V2 ids or bring a file, not both.")
        if not text and not file and not self.errors:
            self.add_error("text", "Paste at least one V2 id, or bring a file.")
        return given

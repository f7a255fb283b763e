"""V2 ids as somebody has them."""

from django import forms

from contacts.models import XrefKind
from contacts.rules.v2_ids import MOST_CHARACTERS


class V2Form(forms.Form):
    """Numbers of the older API, and whether contacts or lists have them."""

    kind = forms.ChoiceField(choices=XrefKind.choices, error_messages={"required": "Choose contacts or lists."})
    text = forms.CharField(
        label="V2 ids",
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea,
        error_messages={
            "required": "Paste at least one V2 id.",
            "max_length": "This text is too long. Bring at most 10,000 V2 ids, and nothing else.",
        },
    )

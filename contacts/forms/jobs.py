"""What a job is asked to do, and for whom."""

from django import forms

MOST_CHARACTERS = 400_000


class PasteForm(forms.Form):
    """Addresses a job is for, one a line, as somebody has them."""

    addresses = forms.CharField(
        label="Addresses or contact ids",
        max_length=MOST_CHARACTERS,
        error_messages={"required": "Paste at least one address."},
        widget=forms.Textarea,
    )

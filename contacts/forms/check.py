"""What somebody looks for: addresses to explain, and parts of addresses and names."""

from django import forms

# Two hundred lines, each with room for a whole error message.
MOST_CHARACTERS = 100_000


class CheckForm(forms.Form):
    """What somebody wants explained: addresses, contact ids or whole error messages, one a line."""

    q = forms.CharField(
        label="Addresses, contact ids or error messages",
        max_length=MOST_CHARACTERS,
        error_messages={"required": "Paste an address, a contact id or a whole error message."},
        widget=forms.Textarea,
    )


class SearchForm(forms.Form):
    """Part of an address or a name."""

    text = forms.CharField(max_length=200, required=False)

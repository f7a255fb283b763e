"""What a person says about deleted contacts."""

from django import forms


class DismissForm(forms.Form):
    """Why nobody needs to look at a spike any more; it is kept in the history."""

    reason = forms.CharField(
        label="Why",
        max_length=300,
        error_messages={
            "required": "Say in a few words why nobody needs to look at this: it is kept in the history.",
            "max_length": "Say it in at most 300 characters.",
        },
    )

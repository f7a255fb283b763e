"""What is said to filter the history, and to keep a filter."""

from django import forms

from contacts.rules.history_query import MOST


class HistoryForm(forms.Form):
    """The filter as somebody types it; ``rules.history_query`` reads it."""

    q = forms.CharField(
        required=False,
        max_length=MOST,
        error_messages={"max_length": f"A filter has at most {MOST:,} characters."},
    )


class ViewForm(forms.Form):
    """A filter in its canonical form, and the name to keep it under."""

    q = forms.CharField(required=False, max_length=500)
    name = forms.CharField(
        max_length=80,
        error_messages={
            "required": "Nothing was kept: give the view a name.",
            "max_length": "Nothing was kept: a name has at most 80 characters.",
        },
    )
    shared = forms.BooleanField(required=False)

"""The wish to take one person out: unsubscribed, or deleted."""

from django import forms

from contacts.rules.consent import Leaving


class LeaveForm(forms.Form):
    """A note, and two marks: one form is one act, and what its preview showed."""

    note = forms.CharField(label="Ticket or note", max_length=500, required=False)
    token = forms.UUIDField()
    seen = forms.CharField(max_length=32)


class UnsubscribeForm(LeaveForm):
    """Also who wants it: the button that was pressed says so."""

    basis = forms.ChoiceField(
        choices=[(each.value, each.label) for each in Leaving],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Say who wants this: it is kept with the change as evidence."
        ),
    )

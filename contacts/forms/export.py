"""What is said to take the history, or contacts, away as a file."""

from django import forms

from contacts.forms.telling import TellingForm
from contacts.models import RemoteExport
from contacts.services.exporting import FIELDS, GROUPS, Form

REASON = {
    "required": "Say what the file is for: it is kept with the export.",
    "max_length": "What the file is for has at most 300 characters.",
}


class ExportForm(TellingForm):
    """The file's form, whether what the page sums up is told in full, and what the file is for."""

    form = forms.ChoiceField(
        choices=[(each.value, each.value) for each in Form],
        error_messages={"required": "Choose a form for the file.", "invalid_choice": "Choose a form for the file."},
    )
    every = forms.BooleanField(required=False)
    reason = forms.CharField(max_length=300, error_messages=REASON)


class ContactExportForm(TellingForm):
    """Which groups of columns are to be in a file of contacts, and what the file is for."""

    groups = forms.MultipleChoiceField(
        choices=[(each.key, each.label) for each in (*GROUPS, FIELDS)],
        initial=[each.key for each in (*GROUPS, FIELDS) if each.usual],
        error_messages={"required": "Choose at least one column.", "invalid_choice": "Choose among these columns."},
    )
    reason = forms.CharField(max_length=300, error_messages=REASON)


class RemoteExportForm(TellingForm):
    """Whom Constant Contact is asked for, and what the file is for."""

    token = forms.UUIDField(error_messages=dict.fromkeys(("required", "invalid"), "Load the page again and ask anew."))
    status = forms.ChoiceField(
        choices=RemoteExport.What,
        required=False,
        error_messages={"invalid_choice": "Choose one of these."},
    )
    reason = forms.CharField(max_length=300, error_messages=REASON)

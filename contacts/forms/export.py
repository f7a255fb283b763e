"""What is said to take the history, or contacts, away as a file."""

from typing import Any, Final

from django import forms

from contacts.forms.telling import TellingForm
from contacts.models import ContactList, LinkedAccount, RemoteExport, Tag
from contacts.services.exporting import FIELDS, GROUPS, Form

REASON = {
    "required": "Say what the file is for: it is kept with the export.",
    "max_length": "What the file is for has at most 300 characters.",
}
_ONE = {"invalid_choice": "Choose one of these."}
_GONE = {"invalid_choice": "Something you chose is not in this account any more. Choose again."}
#: Of lists, and of tags, in one export (CC reference, section 15).
MOST_NAMED: Final = 50


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
    """Whom Constant Contact is asked for, with which columns, and what the file is for."""

    token = forms.UUIDField(error_messages=dict.fromkeys(("required", "invalid"), "Load the page again and ask anew."))
    status = forms.ChoiceField(choices=RemoteExport.What, required=False, error_messages=_ONE)
    list_ids = forms.MultipleChoiceField(label="lists", required=False, error_messages=_GONE)
    tag_ids = forms.MultipleChoiceField(label="tags", required=False, error_messages=_GONE)
    columns = forms.ChoiceField(choices=RemoteExport.Columns, required=False, error_messages=_ONE)
    reason = forms.CharField(max_length=300, error_messages=REASON)

    def __init__(self, data: Any = None, *, account: LinkedAccount) -> None:
        super().__init__(data)
        for name, model in (("list_ids", ContactList), ("tag_ids", Tag)):
            rows: Any = model.objects.filter(account=account, gone_at=None)
            named = rows.order_by("name", "id").values_list("remote_id", "name")
            self.fields[name].choices = [(str(remote_id), called) for remote_id, called in named]  # type: ignore[attr-defined]

    def clean_list_ids(self) -> list[str]:
        return self._few("list_ids")

    def clean_tag_ids(self) -> list[str]:
        return self._few("tag_ids")

    def clean(self) -> None:
        told = self.cleaned_data
        if told.get("tag_ids") and (told.get("list_ids") or told.get("status")):
            self.add_error("tag_ids", "Constant Contact takes tags alone: choose tags, or a status and lists.")

    def _few(self, name: str) -> list[str]:
        chosen: list[str] = sorted(self.cleaned_data[name])
        if len(chosen) > MOST_NAMED:
            what = self.fields[name].label
            raise forms.ValidationError(f"Constant Contact takes at most {MOST_NAMED} {what}; you chose {len(chosen)}.")
        return chosen

    @property
    def wish(self) -> dict[str, Any]:
        """What the service is asked for, once the form is valid."""
        return {name: self.cleaned_data[name] for name in self.fields}

"""What an import rests on: into which lists, who of the file, on what grounds."""

from typing import Any

from django import forms

from contacts.forms.telling import TellingForm
from contacts.models import ContactList, LinkedAccount
from contacts.rules.consent import Grounds
from contacts.rules.preflight import SENDABLE

WHY = "Say why these people may be written to: it is kept with every row as evidence."


class ImportForm(TellingForm):
    """The lists, the verdicts that are sent, the evidence, and a mark: one form is one plan."""

    lists = forms.MultipleChoiceField(
        error_messages={
            "required": "Choose at least one list: an import puts everybody on the lists you choose.",
            "invalid_choice": "A list you chose is not in this account any more. Choose again.",
        },
    )
    include = forms.MultipleChoiceField(
        choices=[(str(each), str(each)) for each in SENDABLE],
        error_messages={"required": "Choose who is imported: new people, those who are there already, or both."},
    )
    basis = forms.ChoiceField(
        choices=[(each.value, each.label) for each in Grounds],
        error_messages={"required": WHY, "invalid_choice": WHY},
    )
    note = forms.CharField(
        max_length=500,
        error_messages={"required": "Say in the note where the people of this file come from: it is kept as evidence."},
    )
    token = forms.UUIDField()

    def __init__(self, data: Any = None, *, account: LinkedAccount) -> None:
        super().__init__(data)
        alive = ContactList.objects.filter(account=account, gone_at=None).values_list("remote_id", flat=True)
        self.fields["lists"].choices = [(str(each), str(each)) for each in alive]  # type: ignore[attr-defined]

    @property
    def wish(self) -> dict[str, Any]:
        """What the service is asked for, once the form is valid."""
        return {name: self.cleaned_data[name] for name in ("lists", "include", "basis", "note", "token")}


class TakeBackForm(forms.Form):
    """What becomes of those whom an import brought."""

    kind = forms.ChoiceField(choices=[("remove_lists", "remove_lists"), ("delete", "delete")])
    token = forms.UUIDField()

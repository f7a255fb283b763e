"""The wish to bring somebody back, and a button that acts once."""

from typing import Any

from django import forms

from contacts.models import ContactList, LinkedAccount
from contacts.rules.consent import Basis

MOST_LISTS = 50


class ReactivateForm(forms.Form):
    """The lists, who asked, a note, and two marks: one form is one act, and what its preview showed."""

    lists = forms.MultipleChoiceField(
        label="Lists they will be on",
        error_messages={
            "required": "Choose at least one list: Constant Contact brings a contact back by adding it to a list.",
            "invalid_choice": "A list you chose is not in this account any more. Choose again.",
        },
    )
    basis = forms.ChoiceField(
        label="Who asked?",
        choices=[(basis.value, basis.label) for basis in Basis],
        error_messages={
            "required": "Say who asked for this: it is kept with the change as evidence.",
            "invalid_choice": "Say who asked for this: it is kept with the change as evidence.",
        },
    )
    note = forms.CharField(label="Ticket or note", max_length=500, required=False)
    token = forms.UUIDField()
    seen = forms.CharField(max_length=32)
    after_event = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)

    def __init__(self, data: Any = None, *, account: LinkedAccount) -> None:
        super().__init__(data)
        self.account = account
        alive = ContactList.objects.filter(account=account, gone_at=None).values_list("remote_id", flat=True)
        self.fields["lists"].choices = [(str(each), str(each)) for each in alive]  # type: ignore[attr-defined]

    def clean_lists(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["lists"]
        if len(chosen) > MOST_LISTS:
            raise forms.ValidationError(
                f"A contact can be on at most {MOST_LISTS} lists in Constant Contact; you chose {len(chosen)}."
            )
        return chosen

    def clean(self) -> dict[str, Any]:
        """A note is asked for where this account keeps evidence, and where the basis says nothing without one."""
        told = self.cleaned_data
        speaks = {basis.value: not basis.needs_note for basis in Basis}
        enough = speaks.get(told.get("basis", ""), True) and not self.account.evidence_required
        if not enough and not told.get("note"):
            self.add_error("note", "Add a ticket number or a note: it is kept as evidence.")
        return told

    @property
    def wish(self) -> dict[str, Any]:
        """What the service is asked for, once the form is valid."""
        return {name: self.cleaned_data[name] for name in ("lists", "basis", "note", "token", "seen")}


class TokenForm(forms.Form):
    """A button that acts once: a second press of the same form finds the first."""

    token = forms.UUIDField()

"""What a page sends us, made clean: each problem is a sentence beside its field."""

from typing import Any

from django import forms

from contacts.models import ContactList, LinkedAccount
from contacts.rules.consent import Basis

# Two hundred lines, each with room for a whole error message.
MOST_CHARACTERS = 100_000
MOST_LISTS = 50


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


class PauseForm(forms.Form):
    """Why nothing is sent for now, for everybody on the account to read."""

    reason = forms.CharField(max_length=300, required=False)


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


class AccountRulesForm(forms.Form):
    """What holds for every reactivation on this account, and what the replies say."""

    evidence_required = forms.BooleanField(label="Ask for a ticket or a note with every reactivation", required=False)
    sign_up_link = forms.URLField(
        label="Sign-up form that the replies point to",
        required=False,
        max_length=200,
        assume_scheme="https",
        error_messages={"invalid": "This is not the address of a page. Example: https://www.example.org/newsletter"},
    )

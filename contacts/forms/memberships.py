"""One contact's lists as somebody wishes them."""

from typing import Any

from django import forms

from contacts.models import Contact, ContactList
from contacts.rules.merge import MOST_LISTS
from contacts.rules.standing import Standing

BIGGEST_ID = 2**63 - 1


class ListsForm(forms.Form):
    """The ticked lists, a note, and the marks: one form is one act, and what it and its preview showed."""

    lists = forms.MultipleChoiceField(
        label="Lists",
        required=False,
        error_messages={"invalid_choice": "A list you chose is not in this account any more. Choose again."},
    )
    note = forms.CharField(label="Ticket or note", max_length=500, required=False)
    token = forms.UUIDField()
    seen = forms.CharField(max_length=32)
    preview = forms.CharField(max_length=32)

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        super().__init__(data)
        alive = ContactList.objects.filter(account=contact.account_id, gone_at=None)
        known = {str(each) for each in alive.values_list("remote_id", flat=True)}
        held = {each.lower() for each in Standing.of(contact.remote).list_ids}
        self.fields["lists"].choices = [(each, each) for each in known | held]  # type: ignore[attr-defined]

    def clean_lists(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["lists"]
        if len(chosen) > MOST_LISTS:
            raise forms.ValidationError(
                f"A contact can be on at most {MOST_LISTS} lists in Constant Contact; you chose {len(chosen)}."
            )
        return chosen


class PicksForm(forms.Form):
    """What a form said that is shown again; whatever cannot be read is left out."""

    note = forms.CharField(max_length=500, required=False)
    narrow = forms.CharField(max_length=200, required=False)
    after_event = forms.IntegerField(required=False, min_value=0, max_value=BIGGEST_ID)

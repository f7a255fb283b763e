"""What is said about an old export."""

from typing import Any

from django import forms

from contacts import tables
from contacts.forms.telling import TellingForm
from contacts.models import ContactList, LinkedAccount, Seed
from contacts.rules.seeds import mark_of

ORDERS = ("learn", "forget", "discard")


class SeedFileForm(forms.Form):
    """The file, and a mark: one form brings one file."""

    file = forms.FileField(error_messages={"required": "Choose a file.", "empty": "File refused: it is empty."})
    token = forms.UUIDField()


class SeedReadingForm(forms.Form):
    """How a file is to be read, and the place of the column that has its addresses, from 0."""

    encoding = forms.ChoiceField(choices=[("", ""), *tables.ENCODINGS.items()], required=False)
    delimiter = forms.ChoiceField(choices=[("", ""), *tables.DELIMITERS.items()], required=False)
    has_header = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    address = forms.IntegerField(min_value=0, max_value=tables.MOST_COLUMNS - 1)


class SeedForm(TellingForm):
    """Of which day a file is, and where its lists stand: a column of them, or one list that all of it is of."""

    day = forms.DateField(
        error_messages={
            "required": "Say of which day the file is: what it says was so on that day.",
            "invalid": "This is not a day. Example: 2026-03-03",
        }
    )
    whole = forms.ModelChoiceField(
        ContactList.objects.none(),
        required=False,
        error_messages={"invalid_choice": "That list is not in this account any more. Choose again."},
    )

    def __init__(self, data: Any, *, account: LinkedAccount, header: int) -> None:
        super().__init__(data)
        self.fields["whole"].queryset = ContactList.objects.filter(account=account)  # type: ignore[attr-defined]
        for name in ("lists", "from", "to"):
            self.fields[name] = forms.TypedChoiceField(
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", ""), *((str(place), str(place)) for place in range(header))],
            )

    @property
    def columns(self) -> dict[str, int]:
        """The chosen columns, by what they hold."""
        chosen = {name: self.cleaned_data.get(name) for name in ("lists", "from", "to")}
        return {name: place for name, place in chosen.items() if place is not None}


class MatchForm(forms.Form):
    """For each list name that nobody knows, the list it stands for; 0 for none. A field is named by the name's mark."""

    def __init__(self, data: Any, *, seed: Seed) -> None:
        super().__init__(data)
        lists = ContactList.objects.filter(account=seed.account_id).values_list("pk", flat=True)
        choices = [("", ""), ("0", "0"), *((str(pk), str(pk)) for pk in lists)]
        self.names = list(seed.names)
        for name in self.names:
            self.fields[mark_of(name)] = forms.ChoiceField(required=False, choices=choices)

    @property
    def chosen(self) -> dict[str, int]:
        """Names in the file to our keys of lists, those that somebody decided about."""
        told = {name: self.cleaned_data.get(mark_of(name), "") for name in self.names}
        return {name: int(text) for name, text in told.items() if text}


class SeedOrderForm(forms.Form):
    """What shall be done with an old export now."""

    order = forms.ChoiceField(choices=[(each, each) for each in ORDERS])

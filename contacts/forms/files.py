"""A file that somebody brings, and what they say about it."""

from collections.abc import Collection
from typing import Any

from django import forms

from contacts import tables


class FileForm(forms.Form):
    """The token that makes the form act once; the file itself is taken by its handler."""

    token = forms.UUIDField(error_messages={"required": "Load the page again.", "invalid": "Load the page again."})


class ReadingForm(forms.Form):
    """How a file is to be read, and which field each of its columns is: ``column-0``, ``column-1``, ..."""

    encoding = forms.ChoiceField(choices=[("", ""), *tables.ENCODINGS.items()], required=False)
    delimiter = forms.ChoiceField(choices=[("", ""), *tables.DELIMITERS.items()], required=False)
    has_header = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])

    def __init__(self, data: Any, *, width: int, fields: Collection[str]) -> None:
        super().__init__(data)
        for place in range(width):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                choices=[("", ""), *((each, each) for each in fields)], required=False
            )

    @property
    def columns(self) -> dict[int, str]:
        """Place to field, of those that are used."""
        given = ((name, each) for name, each in self.cleaned_data.items() if name.startswith("column-"))
        return {int(name.removeprefix("column-")): each for name, each in given if each}

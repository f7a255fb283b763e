"""What a list shall be called, and what we note about it."""

from typing import Any

from django import forms

from contacts.models import ContactList

# Constant Contact allows a name of 255 characters; of a description our copy keeps as many.
MOST = 255


class ListForm(forms.Form):
    """A list's name and description; ``seen`` is the mark of what the form showed, ``token`` makes it act once."""

    name = forms.CharField(
        max_length=MOST,
        error_messages={
            "required": "Give the list a name.",
            "max_length": f"A name has at most {MOST} characters in Constant Contact.",
        },
    )
    description = forms.CharField(
        max_length=MOST,
        required=False,
        error_messages={"max_length": f"A description has at most {MOST} characters here."},
    )
    token = forms.UUIDField()
    seen = forms.CharField(max_length=32, required=False)

    def wish(self, before: ContactList) -> dict[str, Any]:
        """What is another than it was; the rest is sent back as Constant Contact has it."""
        told = {name: self.cleaned_data[name] for name in ("name", "description")}
        return {name: value for name, value in told.items() if value != getattr(before, name).strip()}

    def clean_description(self) -> str:
        # A browser ends the lines of a text area in its own way.
        return self.cleaned_data["description"].replace("\r\n", "\n")


class StarForm(forms.Form):
    """Whether a list is starred, and where the button stood."""

    favorite = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    token = forms.UUIDField()
    back = forms.ChoiceField(choices=[("list", "list"), ("table", "table")], required=False)


class NoteForm(forms.ModelForm):
    """Our own note on a list, and whether adding people starts an automation."""

    class Meta:
        model = ContactList
        fields = ["note", "automation"]

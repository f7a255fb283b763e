"""What is said to take the history away as a file."""

from django import forms

from contacts.services.exporting import Form


class ExportForm(forms.Form):
    """The file's form, whether what the page sums up is told in full, and what the file is for."""

    form = forms.ChoiceField(
        choices=[(each.value, each.value) for each in Form],
        error_messages={"required": "Choose a form for the file.", "invalid_choice": "Choose a form for the file."},
    )
    every = forms.BooleanField(required=False)
    reason = forms.CharField(
        max_length=300,
        error_messages={
            "required": "Say what the file is for: it is kept with the export.",
            "max_length": "What the file is for has at most 300 characters.",
        },
    )

    @property
    def problem(self) -> str:
        """The first thing that is wrong, as a sentence; empty for a valid form."""
        return next((str(errors[0]) for errors in self.errors.values() if errors), "")

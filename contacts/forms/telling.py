"""What the forms have in common that are answered by one sentence."""

from django import forms


class TellingForm(forms.Form):
    """A form that says what is wrong with it."""

    @property
    def problem(self) -> str:
        """The first thing that is wrong, as a sentence; empty for a valid form."""
        return next((str(errors[0]) for errors in self.errors.values() if errors), "")

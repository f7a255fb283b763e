"""Who is let in, as what, and until when."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from contacts.models import LinkedAccount
from contacts.rules.roles import Role
from contacts.selectors.members import end_of, today

LONGEST = timedelta(days=3660)


class MemberForm(forms.Form):
    """A role on the account, and the last day it holds."""

    role = forms.ChoiceField(choices=[(role.value, role.capitalize()) for role in Role])
    until = forms.DateField(
        required=False, error_messages={"invalid": "This is not a date. Example: 2026-12-31, or nothing."}
    )

    def __init__(self, *args: Any, account: LinkedAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_until(self) -> date | None:
        """Today at the earliest, ten years from now at the latest."""
        until: date | None = self.cleaned_data["until"]
        now = today(self.account)
        if until and until < now:
            raise forms.ValidationError("This day is over. To end a role now, remove the person.")
        if until and until > now + LONGEST:
            raise forms.ValidationError("This is more than ten years from now. Leave it empty for a role without end.")
        return until

    @property
    def expires_at(self) -> datetime | None:
        """The end of the last day, where the account is; None for a role without end."""
        until: date | None = self.cleaned_data["until"]
        return end_of(until, self.account) if until else None


class InvitationForm(MemberForm):
    """Somebody who is to come in."""

    email = forms.EmailField(
        max_length=254, error_messages={"invalid": "This is not an email address.", "required": "Type an address."}
    )
    name = forms.CharField(max_length=150, required=False)
    field_order = ("email", "name", "role", "until")

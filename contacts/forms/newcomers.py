"""Somebody new as a person types them, their own sign-up, and the order of the one resubscribe mail."""

from typing import Any

from django import forms
from django.utils import timezone

from contacts.models import ContactList, LinkedAccount
from contacts.rules.addresses import Kind, parse
from contacts.rules.consent import SignedUp
from contacts.rules.merge import MOST_LISTS
from contacts.rules.newcomers import CREATE_BASES, DETAILS, SIGN_UP_ADDRESS
from contacts.selectors.check import zone

WHO = "Say who asked for this: it is kept with the change as evidence."
NOTE = "Add a ticket number or a note: it is kept as evidence."
# The date of a sign-up is kept with its note, in the same field.
MOST_NOTE = 450


class ListedForm(forms.Form):
    """Lists to choose from those that exist, who asked, a note, and the mark that makes one form one act."""

    bases: tuple[Any, ...] = CREATE_BASES

    lists = forms.MultipleChoiceField(
        label="Lists",
        required=False,
        error_messages={
            "required": "Choose at least one list.",
            "invalid_choice": "A list you chose is not in this account any more. Choose again.",
        },
    )
    basis = forms.ChoiceField(label="Who asked?", error_messages={"required": WHO, "invalid_choice": WHO})
    note = forms.CharField(label="Ticket or note", max_length=MOST_NOTE, error_messages={"required": NOTE})
    token = forms.UUIDField()

    def __init__(self, data: Any = None, *, account: LinkedAccount, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.account = account
        alive = ContactList.objects.filter(account=account, gone_at=None).values_list("remote_id", flat=True)
        self.fields["basis"].choices = [(each.value, each.label) for each in self.bases]  # type: ignore[attr-defined]
        if self.is_bound:
            self.fields["lists"].choices = [(str(each), str(each)) for each in alive]  # type: ignore[attr-defined]

    def clean_lists(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["lists"]
        if len(chosen) > MOST_LISTS:
            raise forms.ValidationError(
                f"A contact can be on at most {MOST_LISTS} lists in Constant Contact; you chose {len(chosen)}."
            )
        return chosen

    @property
    def wish(self) -> dict[str, Any]:
        """What the service is asked for, once the form is valid."""
        return {name: self.cleaned_data[name] for name in ("lists", "basis", "note", "token")}


class NewcomerForm(ListedForm):
    """One address, and a few words about whose it is."""

    longest = 0

    address = forms.CharField(
        label="Email address", max_length=500, error_messages={"required": "Type the address of the person."}
    )
    first_name = forms.CharField(label="First name", max_length=DETAILS["first_name"], required=False)
    last_name = forms.CharField(label="Last name", max_length=DETAILS["last_name"], required=False)
    company_name = forms.CharField(label="Company", max_length=DETAILS["company_name"], required=False)
    job_title = forms.CharField(label="Job title", max_length=DETAILS["job_title"], required=False)

    def clean_address(self) -> str:
        """Read as tolerantly as the check reads it; the domain in lower case, the rest as typed."""
        queries = parse(self.cleaned_data["address"])
        if len(queries) != 1 or queries[0].kind == Kind.CONTACT_ID:
            raise forms.ValidationError("Type one email address.")
        if queries[0].kind == Kind.UNREADABLE:
            raise forms.ValidationError(queries[0].problem)
        if self.longest and len(queries[0].value) > self.longest:
            raise forms.ValidationError(
                f"Constant Contact's sign-up form takes an address of at most {self.longest} characters."
            )
        return queries[0].value

    @property
    def wish(self) -> dict[str, Any]:
        """Also whose address it is."""
        details = {name: self.cleaned_data[name] for name in DETAILS}
        return super().wish | {"address": self.cleaned_data["address"], "details": details}


class SignUpForm(NewcomerForm):
    """A sign-up that a person did themselves: when, how, and the word of whoever passes it on."""

    bases = tuple(SignedUp)
    longest = SIGN_UP_ADDRESS

    signed_on = forms.DateField(
        label="When they signed up",
        error_messages={"required": "Say when they signed up.", "invalid": "This is not a date. Example: 2026-11-21"},
    )
    agreed = forms.BooleanField(
        label="They signed up themselves, and asked for these mails",
        error_messages={"required": "Tick this only if it is so. Without it nothing is sent."},
    )

    def __init__(self, data: Any = None, *, account: LinkedAccount, **kwargs: Any) -> None:
        super().__init__(data, account=account, **kwargs)
        self.fields["lists"].required = True

    def clean_signed_on(self) -> Any:
        signed_on = self.cleaned_data["signed_on"]
        if signed_on > timezone.now().astimezone(zone(self.account)).date():
            raise forms.ValidationError("This day has not come yet.")
        return signed_on

    @property
    def wish(self) -> dict[str, Any]:
        """The day of the sign-up is part of the evidence."""
        told = super().wish
        return told | {"note": f"Signed up on {self.cleaned_data['signed_on'].isoformat()}: {told['note']}"}


class ResubscribeForm(ListedForm):
    """The lists somebody joins who clicks the link in the mail."""

    seen = forms.CharField(max_length=32)

    def __init__(self, data: Any = None, *, account: LinkedAccount, **kwargs: Any) -> None:
        super().__init__(data, account=account, **kwargs)
        self.fields["lists"].required = True

    @property
    def wish(self) -> dict[str, Any]:
        """Also the mark of what the page showed."""
        return super().wish | {"seen": self.cleaned_data["seen"]}

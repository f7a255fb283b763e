"""What is decided about a linked account."""

from django import forms


class PauseForm(forms.Form):
    """Why nothing is sent for now, for everybody on the account to read."""

    reason = forms.CharField(max_length=300, required=False)


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

"""What is decided about a linked account."""

from django import forms

from contacts.rules.roles import Role

FROM_WHOM = [("", "Nobody has to"), *((role.value, f"{role.capitalize()} and above") for role in reversed(Role))]
FROM_WHOM[1] = (Role.ADMIN.value, "Admins")


class PauseForm(forms.Form):
    """Why nothing is sent for now, for everybody on the account to read."""

    reason = forms.CharField(max_length=300, required=False)


class AccountRulesForm(forms.Form):
    """What holds for everybody on this account, and what the replies say."""

    evidence_required = forms.BooleanField(label="Ask for a ticket or a note with every reactivation", required=False)
    sign_up_link = forms.URLField(
        label="Sign-up form that the replies point to",
        required=False,
        max_length=200,
        assume_scheme="https",
        error_messages={"invalid": "This is not the address of a page. Example: https://www.example.org/newsletter"},
    )
    approval_above = forms.IntegerField(
        label="A second person approves jobs for more than so many people",
        min_value=0,
        max_value=1_000_000,
        error_messages={
            "required": "Type a number. 0 lets every job wait for a second person.",
            "invalid": "This is not a whole number. Example: 500",
            "min_value": "A number cannot be below 0. 0 lets every job wait for a second person.",
            "max_value": "No job is larger than 1,000,000 people.",
        },
    )
    second_factor_from = forms.ChoiceField(
        label="Who must sign in with a second factor", choices=FROM_WHOM, required=False
    )

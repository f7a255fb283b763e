"""What a person wants to be told by e-mail."""

from collections.abc import Iterable
from typing import Any

from django import forms


class MailForm(forms.Form):
    """The kinds of alert to get by e-mail, out of those that the role may learn of, and the weekly digest."""

    digest = forms.BooleanField(required=False)

    def __init__(self, *args: Any, kinds: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"] = forms.MultipleChoiceField(choices=list(kinds), required=False)

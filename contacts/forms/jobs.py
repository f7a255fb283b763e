"""What a job is asked to do, for whom, and what a person says to it."""

from typing import Any, TypedDict

from django import forms

from contacts.forms.telling import TellingForm
from contacts.models import ContactList, Job, Tag
from contacts.rules.consent import Basis
from contacts.rules.merge import MOST_LISTS, MOST_TAGS

MOST_CHARACTERS = 400_000
ORDERS = [Job.Order.TRY, Job.Order.RUN, Job.Order.PAUSE, Job.Order.STOP]
LISTED = (Job.Kind.REACTIVATE, Job.Kind.ADD_LISTS, Job.Kind.REMOVE_LISTS)
TAGGED = (Job.Kind.ADD_TAGS, Job.Kind.REMOVE_TAGS)
GONE = "Something you chose is not in this account any more. Choose again."


class Changes(TypedDict, total=False):
    """What a plan shall rest on from now on, by the names ``services.jobs.choose`` takes."""

    lists: list[str]
    tags: list[str]
    basis: str
    note: str
    way: str


class PasteForm(forms.Form):
    """Addresses a job is for, one a line, as somebody has them."""

    addresses = forms.CharField(
        label="Addresses or contact ids",
        max_length=MOST_CHARACTERS,
        error_messages={"required": "Paste at least one address."},
        widget=forms.Textarea,
    )


class ChoiceForm(TellingForm):
    """What a plan is for: lists or tags, on what basis, and which way it goes. What is not sent stays as it is."""

    lists = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": GONE})
    tags = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": GONE})
    basis = forms.ChoiceField(
        required=False,
        choices=[("", ""), *((basis.value, basis.label) for basis in Basis)],
        error_messages={"invalid_choice": "Say who asked for this: it is kept with every change as evidence."},
    )
    note = forms.CharField(max_length=500, required=False)
    way = forms.ChoiceField(required=False, choices=Job.Way.choices)

    def __init__(self, data: Any, *, job: Job) -> None:
        super().__init__(data)
        self.job = job
        lists = ContactList.objects.filter(account=job.account, gone_at=None).values_list("remote_id", flat=True)
        tags = Tag.objects.filter(account=job.account, gone_at=None).values_list("remote_id", flat=True)
        self.fields["lists"].choices = [(str(each), str(each)) for each in lists]  # type: ignore[attr-defined]
        self.fields["tags"].choices = [(str(each), str(each)) for each in tags]  # type: ignore[attr-defined]

    def clean_lists(self) -> list[str]:
        return self._few("lists", MOST_LISTS)

    def clean_tags(self) -> list[str]:
        return self._few("tags", MOST_TAGS)

    def _few(self, name: str, most: int) -> list[str]:
        chosen: list[str] = sorted(self.cleaned_data[name])
        if len(chosen) > most:
            raise forms.ValidationError(f"At most {most} {name} fit one contact; you chose {len(chosen)}.")
        return chosen

    @property
    def changes(self) -> Changes:
        """What differs from the job as it stands."""
        told, now, asked = self.cleaned_data, self.job, Changes()
        decided = "choices" in self.data
        if decided and now.kind in LISTED and told["lists"] != sorted(now.lists):
            asked["lists"] = told["lists"]
        if decided and now.kind in TAGGED and told["tags"] != sorted(now.tags):
            asked["tags"] = told["tags"]
        if told["basis"] and told["basis"] != now.basis:
            asked["basis"] = told["basis"]
        if "note" in self.data and told["note"] != now.note:
            asked["note"] = told["note"]
        # A new plan takes the cheaper way, which is right for other people but not for other evidence.
        keeps = bool(asked) and not asked.keys() & {"lists", "tags"}
        if told["way"] and (told["way"] != now.way or keeps):
            asked["way"] = told["way"]
        return asked


class OrderForm(forms.Form):
    """What a person says to a job; ``people`` is the number they typed, with or without separators."""

    order = forms.ChoiceField(choices=[(order.value, order.label) for order in ORDERS])
    people = forms.CharField(max_length=20, required=False)

    def clean_people(self) -> int | None:
        typed = "".join(each for each in self.cleaned_data["people"] if each not in " ,.'’\u00a0\u202f")
        return int(typed) if typed.isascii() and typed.isdecimal() else None


class AnswerForm(forms.Form):
    """What somebody says to the question about a large job; ``mark`` is that of the plan they looked at."""

    answer = forms.ChoiceField(choices=[(each, each) for each in ("approve", "send_back", "withdraw")])
    mark = forms.CharField(max_length=64, required=False)
    note = forms.CharField(max_length=300, required=False)

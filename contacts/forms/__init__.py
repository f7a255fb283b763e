"""What a page sends us, made clean: each problem is a sentence beside its field."""

from contacts.forms.account import AccountRulesForm, PauseForm
from contacts.forms.check import CheckForm, SearchForm
from contacts.forms.deleted import DismissForm
from contacts.forms.jobs import ChoiceForm, OrderForm, PasteForm
from contacts.forms.lists import ListForm, NoteForm, StarForm
from contacts.forms.memberships import ListsForm, PicksForm
from contacts.forms.reactivate import ReactivateForm, TokenForm

__all__ = [
    "AccountRulesForm",
    "CheckForm",
    "ChoiceForm",
    "DismissForm",
    "ListForm",
    "ListsForm",
    "NoteForm",
    "OrderForm",
    "PasteForm",
    "PauseForm",
    "PicksForm",
    "ReactivateForm",
    "SearchForm",
    "StarForm",
    "TokenForm",
]

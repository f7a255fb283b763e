"""What a page sends us, made clean: each problem is a sentence beside its field."""

from contacts.forms.account import AccountRulesForm, PauseForm
from contacts.forms.alerts import MailForm
from contacts.forms.check import CheckForm, SearchForm
from contacts.forms.deleted import DismissForm
from contacts.forms.export import ContactExportForm, ExportForm, RemoteExportForm
from contacts.forms.files import FileForm, ReadingForm
from contacts.forms.history import HistoryForm, ViewForm
from contacts.forms.jobs import AnswerForm, ChoiceForm, OrderForm, PasteForm
from contacts.forms.leaving import LeaveForm, UnsubscribeForm
from contacts.forms.lists import ListForm, NoteForm, StarForm
from contacts.forms.members import InvitationForm, MemberForm
from contacts.forms.memberships import ListsForm, PicksForm
from contacts.forms.newcomers import NewcomerForm, ResubscribeForm, SignUpForm
from contacts.forms.privacy import EraseForm, KeepForm, LiftForm
from contacts.forms.reactivate import ReactivateForm, TokenForm
from contacts.forms.seeds import MatchForm, SeedFileForm, SeedForm, SeedOrderForm, SeedReadingForm

__all__ = [
    "AccountRulesForm",
    "AnswerForm",
    "CheckForm",
    "ChoiceForm",
    "ContactExportForm",
    "DismissForm",
    "EraseForm",
    "ExportForm",
    "FileForm",
    "HistoryForm",
    "InvitationForm",
    "KeepForm",
    "LeaveForm",
    "LiftForm",
    "ListForm",
    "ListsForm",
    "MailForm",
    "MatchForm",
    "MemberForm",
    "NewcomerForm",
    "NoteForm",
    "OrderForm",
    "PasteForm",
    "PauseForm",
    "PicksForm",
    "ReactivateForm",
    "ReadingForm",
    "RemoteExportForm",
    "ResubscribeForm",
    "SearchForm",
    "SeedFileForm",
    "SeedForm",
    "SeedOrderForm",
    "SeedReadingForm",
    "SignUpForm",
    "StarForm",
    "TokenForm",
    "UnsubscribeForm",
    "ViewForm",
]

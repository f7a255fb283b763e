"""Files that people take away: how quick they are made, and what memory that takes."""

import time

from django.urls import NoReverseMatch, reverse

from bench.inside.visit import Visit
from bench.measure import Series, peak_memory
from contacts.rules.history_query import Query
from contacts.rules.roles import Role
from contacts.services.exporting import Form, View, make

#: The name of the page that exports contacts, and of the one that checks a file.
CONTACTS, FILE = "contact_export", "check_file"
NOT_YET = "not there yet"


def history(form: str) -> list[Series]:
    """The whole history, every entry, as a file of this form."""
    visit = Visit("1")
    began = time.perf_counter()
    view = View(visit.account, visit.user, Role.MANAGER, Query.parse("fold:none"))
    made = make(view, form=Form(form), reason="A benchmark")
    rows = int(made.entry.detail["rows"])
    while made.file.read(2**16):
        pass
    pace = rows / (time.perf_counter() - began)
    return [Series(f"Export of the history, {form}", rows, "rows/s", [pace], {"MB": peak_memory()})]


def people() -> list[Series]:
    """The goals of P11, as long as the pages behind them are not there."""
    visit = Visit("1")
    return [
        Series("Export of contacts", visit.size, "rows/s", [], goal="P11 export", why=_why(visit, CONTACTS)),
        Series("Check of a file with a row per contact", visit.size, "MB", [], goal="P11 file", why=_why(visit, FILE)),
    ]


def _why(visit: Visit, page: str) -> str:
    try:
        reverse(page, kwargs={"account": visit.account.slug})
    except NoReverseMatch:
        return NOT_YET
    return f"{page} is there, but nothing measures it"

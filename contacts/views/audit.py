"""The history: everything that was asked here or seen to change, filtered, and one line of it at a time.

The filter stands in the address in its canonical form, which names nobody. What somebody types may name people: it
travels in the body of a POST, and the answer leads to the address.
"""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from contacts.forms import HistoryForm
from contacts.models import SavedView
from contacts.rules.history_query import KEYS, Query
from contacts.rules.roles import Right, may
from contacts.selectors import history, history_entry, history_feed, history_rows
from contacts.selectors.check import zone
from contacts.selectors.history_names import known
from contacts.views.scope import AccountRequest, on_account

#: The controls beside the box; both days together are ``created``.
CONTROLS = (*(key for key in KEYS if key != "created"), "from", "to")


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.AUDIT_OWN)
def audit_list(request: AccountRequest) -> HttpResponse:
    """The account's history, newest first. Without the right to see all, only one's own acts."""
    if request.method == "POST":
        return _typed(request)
    chosen = _chosen(request)
    if chosen is not None and not chosen.problems:
        return see(request, chosen)
    return _page(request, chosen or Query.parse(request.GET.get("q", "")), typed=request.GET.get("q", ""))


@require_GET
@on_account(Right.AUDIT_OWN)
def audit_view(request: AccountRequest, view: int) -> HttpResponse:
    """The history as a saved view has it: one's own, or one that is shared on this account."""
    row = get_object_or_404(history_feed.views(request.account, user=request.user), pk=view)
    return _page(request, Query.parse(row.query), typed=row.query, view=row)


@require_GET
@on_account(Right.AUDIT_OWN)
def audit_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """One entry: who, why, on what consent, and before, sent, after side by side; its neighbours in the filter."""
    query = Query.parse(request.GET.get("q", "")) if "q" in request.GET else Query(fold="none")
    page = history_entry.page(request.account, pk, user=request.user, role=request.role, query=query)
    if page is None:
        raise Http404
    change, newer, older = page
    context = {
        "change": change,
        "personal": may(request.role, Right.SEE_PERSONAL),
        "calls": change.calls,
        "newer": newer,
        "older": older,
        "query": query if "q" in request.GET else None,
    }
    return render(request, "contacts/audit/detail.html", context)


@require_GET
@on_account(Right.AUDIT_OWN)
def audit_people(request: AccountRequest, pk: int) -> HttpResponse:
    """Whom an entry about what was seen in Constant Contact is about."""
    rows = history_rows.permitted(request.account, user=request.user, role=request.role)
    entry = get_object_or_404(rows, pk=pk)
    personal = may(request.role, Right.SEE_PERSONAL)
    people, page = history_feed.people_of(entry, query=request.GET, personal=personal)
    [line] = history.lines_of(request.account, [entry])
    return render(request, "contacts/audit/people.html", {"line": line, "people": people, "page": page})


def see(request: AccountRequest, query: Query) -> HttpResponse:
    """The way to the history with this filter: a GET whatever came before."""
    where = {"account": request.account.slug}
    answer = HttpResponseRedirect(reverse("audit_list", kwargs=where, query={"q": query.text} if query.text else None))
    answer.status_code = 303
    return answer


def _typed(request: AccountRequest) -> HttpResponse:
    """What somebody wrote into the box: its names become ids, and what was not understood is told."""
    form = HistoryForm(request.POST)
    if not form.is_valid():
        return _page(request, Query(problems=tuple(map(str, form.errors["q"]))), typed="")
    text = form.cleaned_data["q"]
    query = Query.parse(text, known=known(request.account, user=request.user, role=request.role))
    return _page(request, query, typed=text) if query.problems else see(request, query)


def _chosen(request: AccountRequest) -> Query | None:
    """What the controls say; None when the address has none of them."""
    if not any(name in request.GET for name in CONTROLS):
        return None
    values = {name: request.GET.get(name, "").strip() for name in CONTROLS}
    first, last = values.pop("from"), values.pop("to")
    if first or last:
        values["created"] = f"{first}..{last}"
    return Query.of((key, value) for key, value in values.items() if value)


def _page(request: AccountRequest, query: Query, *, typed: str, view: SavedView | None = None) -> HttpResponse:
    today = timezone.now().astimezone(zone(request.account)).date()
    feed = history_feed.feed(
        request.account,
        user=request.user,
        role=request.role,
        query=query,
        typed=typed,
        today=today,
        url=request.GET,
    )
    context = {
        "feed": feed,
        "choices": feed.choices,
        "times": history_feed.times(query, today=today),
        "view": view,
        "own_only": not may(request.role, Right.AUDIT_ALL),
        "personal": may(request.role, Right.SEE_PERSONAL),
        "may_delete": view and (view.by_id == request.user.pk or may(request.role, Right.AUDIT_ALL)),
    }
    return render(request, "contacts/audit/list.html", context)

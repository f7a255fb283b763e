"""Import an old export: what it says about people whose lists nobody knows, compared first, then learned or let go."""

import uuid
from http import HTTPStatus

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import tables
from contacts.forms import MatchForm, SeedFileForm, SeedForm, SeedOrderForm, SeedReadingForm
from contacts.models import Seed
from contacts.rules.columns import EMAIL
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services import files, seeds
from contacts.views import uploads
from contacts.views.scope import AccountRequest, on_account

ORDERS = {"learn": seeds.learn, "forget": seeds.forget, "discard": seeds.discard}
READINGS = {"encodings": tables.ENCODINGS.items(), "separators": tables.DELIMITERS.items()}
TRY_AGAIN = "Nothing was changed: this form is incomplete. Load the page again."


@require_http_methods(["GET", "HEAD", "POST"])
@uploads.takes_a_file
@on_account(Right.BULK)
def seed_new(request: AccountRequest) -> HttpResponseBase:
    """What was brought so far, and a form for one file more."""
    return _bring(request) if request.method == "POST" else _list(request)


@uploads.forms_token
def _bring(request: AccountRequest) -> HttpResponse:
    if uploads.announces_too_much(request):
        return _list(request, problem=uploads.too_large())
    form, problem = SeedFileForm(request.POST, request.FILES), uploads.problem_with(request)
    if problem or not form.is_valid():
        return _list(request, problem=problem or str(form.errors.get("file", [TRY_AGAIN])[0]))
    given = form.cleaned_data
    try:
        seed = seeds.begin(request.account, by=request.user, upload=given["file"], token=given["token"])
    except Refused as exc:
        return _list(request, problem=exc.advice)
    return _to(request, seed)


@require_http_methods(["GET", "HEAD", "POST"])
@on_account(Right.BULK)
def seed_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """How one old export stands; POST says of which day it is and where its lists stand."""
    seed = _seed(request, pk)
    if request.method != "POST":
        return _one(request, seed)
    form = SeedForm(request.POST, account=request.account, header=max(len(seed.file.header), 200))
    if not form.is_valid():
        return _one(request, seed, problem=form.problem)
    given = form.cleaned_data
    try:
        seeds.answer(seed, day=given["day"], columns=form.columns, whole=given["whole"])
    except Refused as exc:
        return _one(request, seed, problem=exc.advice)
    return _to(request, seed)


@require_POST
@on_account(Right.BULK)
def seed_read(request: AccountRequest, pk: int) -> HttpResponse:
    """Say how the file is read and which column has the addresses, where nobody found them."""
    seed, form = _seed(request, pk), SeedReadingForm(request.POST)
    if not form.is_valid():
        return _one(request, seed, problem=TRY_AGAIN)
    given = form.cleaned_data
    columns = {given["address"]: EMAIL}
    choice = files.Choice(
        given["encoding"], given["delimiter"], has_header=given["has_header"] == "yes", columns=columns
    )
    try:
        seeds.read_again(seed, choice)
    except Refused as exc:
        return _one(request, seed, problem=exc.advice)
    return _to(request, seed)


@require_POST
@on_account(Right.BULK)
def seed_match(request: AccountRequest, pk: int) -> HttpResponse:
    """Say which lists the names stand for that nobody knows; then the file is compared again."""
    seed = _seed(request, pk)
    form = MatchForm(request.POST, seed=seed)
    if not form.is_valid():
        return _one(request, seed, problem="A list you chose is not in this account any more. Choose again.")
    try:
        seeds.match(seed, form.chosen)
    except Refused as exc:
        return _one(request, seed, problem=exc.advice)
    return _to(request, seed)


@require_POST
@on_account(Right.BULK)
def seed_order(request: AccountRequest, pk: int) -> HttpResponse:
    """Learn, forget what was learned, or let the file go."""
    seed, form = _seed(request, pk), SeedOrderForm(request.POST)
    if not form.is_valid():
        return _one(request, seed, problem=TRY_AGAIN)
    order = form.cleaned_data["order"]
    try:
        ORDERS[order](seed, by=request.user)
    except Refused as exc:
        return _one(request, seed, problem=exc.advice)
    if order == "discard":
        return redirect("seed_new", account=request.account.slug)
    return _to(request, seed)


@require_GET
@on_account(Right.BULK)
def seed_progress(request: AccountRequest, pk: int) -> HttpResponse:
    """How far it is, as a fragment that asks again by itself while something is under way; then the page anew."""
    page = seeds.seed_page(_seed(request, pk))
    answer = render(request, "contacts/seeds/one.html#progress", {"page": page} | READINGS)
    if not page.is_under_way:
        answer["HX-Refresh"] = "true"
    return answer


def _seed(request: AccountRequest, pk: int) -> Seed:
    rows = Seed.objects.visible_to(request.user).filter(account=request.account)
    return get_object_or_404(rows.select_related("account", "file__by", "whole"), pk=pk)


def _to(request: AccountRequest, seed: Seed) -> HttpResponse:
    return redirect("seed_detail", account=request.account.slug, pk=seed.pk)


def _list(request: AccountRequest, *, problem: str = "") -> HttpResponse:
    context = {
        "seeds": seeds.brought(request.account),
        "token": uuid.uuid4(),
        "problem": problem,
        "megabytes": settings.FILE_MB,
        "days": settings.FILE_DAYS,
        "tab": "seed",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem and request.htmx else HTTPStatus.OK
    return render(request, "contacts/seeds/new.html", context, status=status)


def _one(request: AccountRequest, seed: Seed, *, problem: str = "") -> HttpResponse:
    context = {"page": seeds.seed_page(seed), "problem": problem, "posted": request.POST, "tab": "seed"}
    return render(request, "contacts/seeds/one.html", context | READINGS)

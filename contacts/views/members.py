"""Settings, People: who is on the account, as what and until when, and who is let in or shut out."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.forms import InvitationForm, MemberForm
from contacts.models import Access, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, matrix
from contacts.selectors.members import Member, member, members
from contacts.services import inviting, people
from contacts.views.scope import AccountRequest, on_account, recently_signed_in

NOT_MAILED = "The role is given, but the mail server did not take the mail. Send it again from the person's page."


@require_GET
@on_account(Right.MANAGE_ACCOUNT)
def people_list(request: AccountRequest) -> HttpResponse:
    """Everybody on the account, and the table of what each role may do."""
    found = members(request.account, query=request.GET)
    context = {"members": found, "roles": [role.capitalize() for role in Role], "matrix": matrix()}
    return render(request, "contacts/members/list.html", context)


@require_http_methods(["GET", "POST"])
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in()
def people_invite(request: AccountRequest) -> HttpResponse:
    """Let somebody in. What is answered does not tell whether the address was known here before."""
    start = {"role": Role.AGENT}
    form = InvitationForm(request.POST or None, account=request.account, initial=start)
    if request.method == "GET" or not form.is_valid():
        return _invite_page(request, form)
    asked = form.cleaned_data
    try:
        access = inviting.invite(
            asked["email"],
            name=asked["name"],
            account=request.account,
            role=Role(asked["role"]),
            by=request.user,
            expires_at=form.expires_at,
        )
    except Refused as refused:
        return _invite_page(request, form, problem=refused.advice)
    if inviting.send_invitation(access, by=request.user):
        messages.success(request, f"Invited as {access.role}. A mail is on its way to {asked['email']}.")
    else:
        messages.warning(request, NOT_MAILED)
    return redirect("people_list", account=request.account.slug)


@require_GET
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in()
def people_detail(request: AccountRequest, pk: int) -> HttpResponse:
    """One person, and everything that may be decided about them."""
    return _detail(request, _member(request, pk))


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("people_detail")
def people_change(request: AccountRequest, pk: int) -> HttpResponse:
    """Another role, or another last day."""
    person = _member(request, pk)
    form = MemberForm(request.POST, account=request.account)
    if not form.is_valid():
        return _detail(request, person, form=form, problem="Nothing was changed: look at the role and the day.")
    try:
        people.change(person.access, role=Role(form.cleaned_data["role"]), expires_at=form.expires_at, by=request.user)
    except Refused as refused:
        return _detail(request, person, form=form, problem=refused.advice)
    messages.success(request, f"{person.called} is {form.cleaned_data['role']} now.")
    return _after(request, person)


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("people_detail")
def people_invite_again(request: AccountRequest, pk: int) -> HttpResponse:
    """The mail once more, for somebody who never came."""

    def again(access: Access, *, by: User) -> None:
        inviting.invite_again(access, by=by)
        if not inviting.send_invitation(access, by=by):
            raise Refused("The mail server did not take the mail. Try again in a few minutes.")

    return _decide(request, pk, again, "The mail to {} is on its way again.")


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("people_detail")
def people_remove(request: AccountRequest, pk: int) -> HttpResponse:
    """Off this account."""
    return _decide(request, pk, people.remove, "{} is not on this account any more.")


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("people_detail")
def people_deactivate(request: AccountRequest, pk: int) -> HttpResponse:
    """Out of the whole installation."""
    return _decide(request, pk, people.deactivate, "{} cannot sign in any more, and every session of theirs has ended.")


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("people_detail")
def people_reactivate(request: AccountRequest, pk: int) -> HttpResponse:
    """Back in, with the roles of before."""
    return _decide(request, pk, people.reactivate, "{} may sign in again.")


@require_POST
@on_account(Right.MANAGE_ACCOUNT)
@recently_signed_in("people_detail")
def people_sign_out(request: AccountRequest, pk: int) -> HttpResponse:
    """Every session ended, on each device."""
    return _decide(request, pk, people.sign_out, "{} is signed out everywhere, and may sign in again.")


def _member(request: AccountRequest, pk: int) -> Member:
    found = member(request.account, pk)
    if found is None:
        raise Http404
    return found


def _decide(request: AccountRequest, pk: int, act: Callable[..., None], said: str) -> HttpResponse:
    person = _member(request, pk)
    try:
        act(person.access, by=request.user)
    except Refused as refused:
        return _detail(request, person, problem=refused.advice)
    messages.success(request, said.format(person.called))
    return _after(request, person)


def _after(request: AccountRequest, person: Member) -> HttpResponse:
    # Whoever lowered or removed themselves may not open the list of people any more.
    if person.access.user_id == request.user.pk:
        return redirect("account_list")
    return redirect("people_list", account=request.account.slug)


def _invite_page(request: AccountRequest, form: InvitationForm, *, problem: str = "") -> HttpResponse:
    return render(request, "contacts/members/invite.html", {"form": form, "problem": problem})


def _detail(
    request: AccountRequest, person: Member, *, form: MemberForm | None = None, problem: str = ""
) -> HttpResponse:
    kept = {"role": person.access.role, "until": person.last_day}
    context = {
        "person": person,
        "form": form or MemberForm(account=request.account, initial=kept),
        "myself": person.access.user_id == request.user.pk,
        "may_end": person.come and people.may_end(person.access, by=request.user),
        "problem": problem,
    }
    return render(request, "contacts/members/detail.html", context)

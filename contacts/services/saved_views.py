"""Filters of the history under a name: kept, shared with everybody on the account, deleted."""

from django.db import IntegrityError, transaction

from contacts import audit
from contacts.models import AuditEntry, LinkedAccount, SavedView, User
from contacts.rules.history_query import Query
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right, Role, may

DONE = AuditEntry.Outcome.DONE
MOST = 50


def save(account: LinkedAccount, *, by: User, role: Role, name: str, query: Query, shared: bool) -> SavedView:
    """Keep a filter under a name. Raises Refused for one that says nothing or was not understood, or a taken name.

    The history has the filter, which names nobody; the name, which may name somebody, is its personal part.
    """
    _may_keep(account, by=by, role=role, query=query, shared=shared)
    try:
        with transaction.atomic():
            view = SavedView.objects.create(account=account, by=by, name=name, query=query.text, shared=shared)
            _tell("view_saved", view, by=by)
    except IntegrityError as taken:
        raise Refused("You have a view of this name already. Choose another name.") from taken
    return view


def delete(view: SavedView, *, by: User, role: Role) -> None:
    """Forget a view: one's own, or a shared one by those who see everybody's acts. Raises Refused."""
    if view.by_id != by.pk and not may(role, Right.AUDIT_ALL):
        raise Refused("Only who made a shared view, a manager or an admin can delete it.")
    with transaction.atomic():
        _tell("view_deleted", view, by=by)
        view.delete()


def _may_keep(account: LinkedAccount, *, by: User, role: Role, query: Query, shared: bool) -> None:
    if query.problems:
        raise Refused(f"Nothing was kept. {query.problems[0]}")
    if query.is_empty:
        raise Refused("Nothing was kept: this filter asks for everything.")
    if shared and not may(role, Right.AUDIT_ALL):
        raise Refused("Nothing was kept: only managers and admins can share a view.")
    if SavedView.objects.filter(account=account, by=by).count() >= MOST:
        raise Refused(f"Nothing was kept: you have {MOST} views here already. Delete one first.")


def _tell(action: str, view: SavedView, *, by: User) -> None:
    detail = {"view": view.pk, "query": view.query, "shared": view.shared}
    audit.record(action, DONE, by=by, account=view.account, detail=detail, payload={"name": view.name})

"""Django's own admin, for operators: read-only, superusers only, and without anybody's personal data.

It is mounted only when ``CCADMIN_DJANGO_ADMIN`` asks for it. Contacts, payloads and notes are left out: a superuser is
an operator of the installation, not a member of any account.
"""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from contacts.models import Access, AuditEntry, CallBudget, ContactList, LinkedAccount, RequestLog, SyncRun, Tag, User

SHOWN: dict[type[Model], tuple[str, ...]] = {
    User: ("email", "name", "is_active", "is_staff", "is_superuser", "last_login", "date_joined"),
    Access: ("user", "account", "role", "expires_at", "granted_at"),
    LinkedAccount: ("slug", "name", "state", "writing", "linked_at", "synced_at", "token_renewed_at"),
    ContactList: ("account", "name", "member_count", "gone_at"),
    Tag: ("account", "name", "gone_at"),
    SyncRun: ("account", "kind", "state", "step", "pages", "seen", "stored", "message", "started_at", "finished_at"),
    RequestLog: ("account", "at", "method", "path", "status", "ms", "error"),
    CallBudget: ("day", "used", "spent_until"),
    AuditEntry: ("chain", "sequence", "at", "actor", "role", "action", "outcome", "hash"),
}


class OperatorSite(AdminSite):
    """For superusers only; staff who are none are strangers here."""

    site_header = site_title = "ccadmin, for operators"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may look."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in, so that the second factor counts here too."""
        if request.user.is_authenticated:
            raise PermissionDenied("Only a superuser may look here.")
        return redirect_to_login(request.get_full_path())


class LookOnly(ModelAdmin[Any]):
    """Columns to look at, nothing to press."""

    actions = None
    show_full_result_count = False
    ordering = ("-pk",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return SHOWN[self.model]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return SHOWN[self.model]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


site = OperatorSite(name="django_admin")
for _model in SHOWN:
    site.register(_model, LookOnly)

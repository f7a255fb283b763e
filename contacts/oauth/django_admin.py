"""Django's own admin, to look at rows: superusers only, nothing can be changed, and no secret is shown.

Mounted only where CCADMIN_DJANGO_ADMIN asks for it. People sign in by the site's own form, so that the second factor
counts here too.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse

from contacts.models import (
    Access,
    AuditChain,
    AuditEntry,
    CallBudget,
    Contact,
    ContactEvent,
    ContactList,
    CustomField,
    LinkedAccount,
    Membership,
    RequestLog,
    SyncRun,
    Tag,
    Tagging,
    User,
    Write,
)

#: Never shown, whatever the model: sealed tokens, password digests, and copies that are not text.
HIDDEN = {"credential", "lease_owner", "password", "raw", "digest"}
MODELS = (
    Access, AuditChain, AuditEntry, CallBudget, Contact, ContactEvent, ContactList, CustomField, LinkedAccount,
    Membership, RequestLog, SyncRun, Tag, Tagging, User, Write,
)  # fmt: skip


class LookingOnly(AdminSite):
    """An admin that signs nobody in and lets superusers look."""

    site_header = site_title = "ccadmin: rows"
    index_title = "Look at rows; nothing can be changed here"

    def has_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in; 403 for somebody who is signed in and may not look."""
        if request.user.is_authenticated:
            raise PermissionDenied("Only a superuser may look at rows.")
        return redirect_to_login(request.get_full_path())


class Rows(admin.ModelAdmin[models.Model]):
    """Rows of one model, without the fields that hold a secret."""

    show_full_result_count = False
    list_per_page = 50
    actions = None

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """Everything that may be shown."""
        return [field.name for field in self.model._meta.fields if field.name not in HIDDEN]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        """All of it."""
        return self.get_fields(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Whoever got in may look."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never."""
        return False


site = LookingOnly(name="admin")
site.register(MODELS, Rows)

"""The one table of who may open what, for every address of the site, and one of everything that an address can name.

A new address of an account goes into PAGES, any other one into SITE; what asks for a fresh sign-in into STEP_UP too.
"""

import uuid
from contextlib import contextmanager

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts import audit, mirror
from contacts.models import (
    Access,
    Alert,
    AuditEntry,
    ContactFile,
    ContactList,
    Crossing,
    Erasure,
    Job,
    SavedView,
    Seed,
    Spike,
    SyncRun,
    Write,
)
from contacts.rules.roles import Right, Role
from tests.rows import just_signed_in, make_access, make_account, make_file, make_remote, make_user

# name: the methods it answers, and the right it asks for
PAGES = {
    "home": ("GET", Right.CHECK),
    "check": ("GET POST", Right.CHECK),
    "check_live": ("POST", Right.CHECK),
    "check_file": ("GET POST", Right.SEE_PERSONAL),
    "check_file_detail": ("GET", Right.SEE_PERSONAL),
    "check_file_progress": ("GET", Right.SEE_PERSONAL),
    "check_file_choose": ("POST", Right.SEE_PERSONAL),
    "check_file_delete": ("POST", Right.SEE_PERSONAL),
    "check_file_sample": ("POST", Right.SEE_PERSONAL),
    "check_file_judge": ("POST", Right.SYNC_NOW),
    "check_file_live": ("POST", Right.SEE_PERSONAL),
    "check_file_download": ("GET", Right.EXPORT),
    "contact_list": ("GET POST", Right.CHECK),
    "contact_export": ("GET POST", Right.EXPORT),
    "remote_export_list": ("GET POST", Right.EXPORT),
    "remote_export_progress": ("GET", Right.EXPORT),
    "remote_export_file": ("POST", Right.EXPORT),
    "contact_new": ("GET POST", Right.EDIT_LISTS),
    "contact_create": ("POST", Right.EDIT_LISTS),
    "contact_sign_up": ("GET POST", Right.EDIT_LISTS),
    "contact_sign_up_send": ("POST", Right.EDIT_LISTS),
    "contact_resubscribe": ("GET POST", Right.RESUBSCRIBE),
    "contact_detail": ("GET", Right.CHECK),
    "contact_lists": ("GET POST", Right.CHECK),
    "contact_lists_save": ("POST", Right.EDIT_LISTS),
    "contact_history": ("GET", Right.CHECK),
    "contact_raw": ("GET", Right.SEE_PERSONAL),
    "contact_privacy": ("GET", Right.AUDIT_ALL),
    "contact_privacy_pack": ("POST", Right.AUDIT_ALL),
    "contact_erase": ("GET POST", Right.AUDIT_ALL),
    "contact_reactivate": ("GET POST", Right.REACTIVATE),
    "contact_unsubscribe": ("GET POST", Right.UNSUBSCRIBE),
    "contact_delete": ("GET POST", Right.DELETE_ONE),
    "write_detail": ("GET POST", Right.REACTIVATE),
    "write_undo": ("POST", Right.REACTIVATE),
    "deleted_list": ("GET POST", Right.CHECK),
    "deleted_spike": ("GET POST", Right.CHECK),
    "deleted_spike_dismiss": ("POST", Right.BULK),
    "outside_list": ("GET", Right.CHECK),
    "outside_dismiss": ("POST", Right.REACTIVATE),
    "list_list": ("GET", Right.CHECK),
    "list_new": ("GET POST", Right.BULK),
    "list_detail": ("GET POST", Right.CHECK),
    "list_edit": ("GET POST", Right.BULK),
    "list_star": ("POST", Right.BULK),
    "list_note": ("POST", Right.BULK),
    "list_replace": ("POST", Right.BULK),
    "job_list": ("GET", Right.CHECK),
    "job_plan": ("GET POST", Right.BULK),
    "job_detail": ("GET", Right.CHECK),
    "job_choose": ("POST", Right.BULK),
    "job_order": ("POST", Right.BULK),
    "job_approval": ("POST", Right.BULK),
    "job_progress": ("GET", Right.CHECK),
    "job_people": ("GET", Right.CHECK),
    "job_report": ("GET", Right.EXPORT),
    "job_undo": ("POST", Right.BULK),
    "job_retry": ("POST", Right.BULK),
    "import_back": ("POST", Right.BULK),
    "file_import": ("GET POST", Right.BULK),
    "audit_list": ("GET POST", Right.AUDIT_OWN),
    "audit_detail": ("GET", Right.AUDIT_OWN),
    "audit_people": ("GET", Right.AUDIT_OWN),
    "audit_view": ("GET", Right.AUDIT_OWN),
    "audit_view_save": ("POST", Right.AUDIT_OWN),
    "audit_view_delete": ("POST", Right.AUDIT_OWN),
    "audit_verify": ("GET POST", Right.AUDIT_ALL),
    "audit_verify_progress": ("GET", Right.AUDIT_ALL),
    "audit_checkpoints": ("GET", Right.AUDIT_ALL),
    "audit_export": ("GET POST", Right.AUDIT_OWN),
    "audit_verifier": ("GET", Right.AUDIT_OWN),
    "contact_history_export": ("GET POST", Right.AUDIT_OWN),
    "report_home": ("GET", Right.CHECK),
    "report_csv": ("GET", Right.CHECK),
    "account_settings": ("GET", Right.PAUSE_WRITING),
    "account_linked": ("GET", Right.CHECK),
    "account_writing": ("POST", Right.PAUSE_WRITING),
    "account_rules": ("POST", Right.MANAGE_ACCOUNT),
    "people_list": ("GET", Right.MANAGE_ACCOUNT),
    "people_invite": ("GET POST", Right.MANAGE_ACCOUNT),
    "people_detail": ("GET", Right.MANAGE_ACCOUNT),
    "people_change": ("POST", Right.MANAGE_ACCOUNT),
    "people_invite_again": ("POST", Right.MANAGE_ACCOUNT),
    "people_remove": ("POST", Right.MANAGE_ACCOUNT),
    "people_deactivate": ("POST", Right.MANAGE_ACCOUNT),
    "people_reactivate": ("POST", Right.MANAGE_ACCOUNT),
    "people_sign_out": ("POST", Right.MANAGE_ACCOUNT),
    "erasure_list": ("GET", Right.AUDIT_ALL),
    "erasure_retention": ("POST", Right.MANAGE_ACCOUNT),
    "erasure_detail": ("GET", Right.AUDIT_ALL),
    "erasure_lift": ("POST", Right.MANAGE_ACCOUNT),
    "account_unlink": ("GET POST", Right.MANAGE_ACCOUNT),
    "alert_list": ("GET", Right.CHECK),
    "alert_choose": ("POST", Right.CHECK),
    "alert_close": ("POST", Right.BULK),
    "v2_list": ("GET POST", Right.CHECK),
    "v2_detail": ("GET", Right.CHECK),
    "v2_ask": ("POST", Right.BULK),
    "v2_progress": ("GET", Right.CHECK),
    "v2_pairs": ("GET", Right.EXPORT),
    "seed_new": ("GET POST", Right.BULK),
    "seed_detail": ("GET POST", Right.BULK),
    "seed_match": ("POST", Right.BULK),
    "seed_read": ("POST", Right.BULK),
    "seed_order": ("POST", Right.BULK),
    "seed_progress": ("GET", Right.BULK),
    "sync_status": ("GET", Right.CHECK),
    "sync_progress": ("GET", Right.CHECK),
    "sync_now": ("POST", Right.SYNC_NOW),
    "sync_decide": ("POST", Right.APPROVE),
    "request_list": ("GET", Right.SYNC_NOW),
}

# What an admin who did not sign in lately is asked for a fresh sign-in by.
STEP_UP = {
    "check_file_download",
    "account_rules",
    "account_unlink",
    "people_invite",
    "people_detail",
    "people_change",
    "people_invite_again",
    "people_remove",
    "people_deactivate",
    "people_reactivate",
    "people_sign_out",
    "contact_privacy",
    "contact_privacy_pack",
    "contact_erase",
    "contact_export",
    "remote_export_list",
    "remote_export_file",
    "contact_history_export",
    "job_report",
    "audit_export",
    "v2_pairs",
    "erasure_retention",
    "erasure_lift",
}

# Everything outside of an account. name: the methods it answers, and whom. Django's own forms take PUT as POST.
ANYBODY, SIGNED_IN, LINKERS = "anybody", "signed in", "whoever may link"
ALL = "GET POST PUT PATCH DELETE"
SITE = {
    "start": ("GET", SIGNED_IN),
    "welcome": ("GET", SIGNED_IN),
    "account_list": ("GET", SIGNED_IN),
    "account_link": ("GET", LINKERS),
    "healthz": ("GET", ANYBODY),
    "readyz": ("GET", ANYBODY),
    "metrics": (ALL, ANYBODY),
    "csp_report": ("POST", ANYBODY),
    "constantcontact_login": ("POST", LINKERS),
    "constantcontact_callback": ("GET", SIGNED_IN),
    "account_login": ("GET POST PUT", ANYBODY),
    "account_logout": ("GET POST", ANYBODY),
    "account_inactive": ("GET", ANYBODY),
    "account_signup": (ALL, ANYBODY),
    "account_reauthenticate": ("GET POST PUT", SIGNED_IN),
    "account_email": ("GET POST PUT", SIGNED_IN),
    "account_email_verification_sent": ("GET", ANYBODY),
    "account_confirm_email": ("GET POST", ANYBODY),
    "account_change_password": ("GET POST PUT", SIGNED_IN),
    "account_set_password": (ALL, SIGNED_IN),
    "account_reset_password": ("GET POST PUT", ANYBODY),
    "account_reset_password_done": ("GET", ANYBODY),
    "account_reset_password_from_key": (ALL, ANYBODY),
    "account_reset_password_from_key_done": ("GET", ANYBODY),
    "account_confirm_login_code": (ALL, SIGNED_IN),
    "mfa_index": ("GET", SIGNED_IN),
    "mfa_authenticate": (ALL, SIGNED_IN),
    "mfa_reauthenticate": (ALL, SIGNED_IN),
    "mfa_activate_totp": ("GET POST PUT", SIGNED_IN),
    "mfa_deactivate_totp": (ALL, SIGNED_IN),
    "mfa_view_recovery_codes": ("GET", SIGNED_IN),
    "mfa_generate_recovery_codes": ("GET POST PUT", SIGNED_IN),
    "mfa_download_recovery_codes": (ALL, SIGNED_IN),
    "mfa_list_webauthn": ("GET", SIGNED_IN),
    "mfa_add_webauthn": ("GET POST PUT", SIGNED_IN),
    "mfa_reauthenticate_webauthn": (ALL, SIGNED_IN),
    "mfa_remove_webauthn": ("GET POST DELETE", SIGNED_IN),
    "mfa_edit_webauthn": ("GET POST PUT", SIGNED_IN),
}
METHODS = ALL.split()
PARTS = {
    "account_confirm_email": {"key": "abc"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "abc-def"},
    "mfa_remove_webauthn": {"pk": 1},
    "mfa_edit_webauthn": {"pk": 1},
}


class House:
    """An account without a working link, with one of everything an address can name."""

    def __init__(self):
        self.account = make_account(state="broken")
        now = timezone.now()
        remote = make_remote(deleted_at="2026-11-17")
        self.contact = mirror.store_contact(self.account, remote, fetched_at=now, seen_at=now)
        self.entry = audit.record("link", AuditEntry.Outcome.DONE, by=None, account=self.account)
        self.brought = make_file(self.account)
        self.write = Write.objects.create(
            account=self.account, contact=self.contact, kind="reactivate", state="confirmed", ended_at=now
        )
        self.run = SyncRun.objects.create(account=self.account, kind="full", state="held", step="sweep")
        self.list = ContactList.objects.create(account=self.account, remote_id=uuid.uuid4(), name="Newsletter")
        self.job = Job.objects.create(account=self.account, kind="reactivate", state="done", finished_at=now)
        self.spike = Spike.objects.create(
            account=self.account, noticed_from=now, noticed_to=now, number=3012, normal=0.5
        )
        self.view = SavedView(account=self.account, by=make_user(), name="Links", query="action:link", shared=True)
        self.view.save()
        self.alert = Alert.objects.create(account=self.account, kind="budget", key="2026-11-21")
        self.person = make_access(self.account, "viewer")
        self.crossing = Crossing.objects.create(account=self.account, kind="contact", sequence_ids=[1])
        self.file = ContactFile.objects.create(account=self.account, name="people.csv", state="ready")
        file = ContactFile.objects.create(account=self.account, purpose="seed", state="ready", name="march.csv")
        self.seed = Seed.objects.create(account=self.account, file=file)
        self.erasure = Erasure.objects.create(account=self.account, remote_id=uuid.uuid4(), state="done", done_at=now)

    def url(self, pattern, *, under=None, **others):
        """The address of a page: with our rows, also ``under`` another account, or with ``others`` in their place."""
        named = {
            "sync": self.run,
            "job": self.job,
            "deleted": self.spike,
            "alert": self.alert,
            "people": self.person,
            "check": self.brought,
        }
        named |= {
            "erasure": self.erasure,
            "v2": self.crossing,
            "seed": self.seed,
            "file": self.file,
            "import": self.job,
        }
        numbered = named.get(pattern.name.partition("_")[0], self.entry).pk
        given = {
            "list_id": self.list.remote_id,
            "remote_id": self.contact.remote_id,
            "token": self.write.token,
            "pk": numbered,
            "kind": "delete",
            "view": self.view.pk,
            "number": 2,
            "part": "safe",
            "what": "status",
        }
        parts = {key: given[key] for key in pattern.pattern.converters}
        address = reverse(pattern.name, kwargs={"account": (under or self.account).slug, **parts})
        for key, value in others.items():
            address = address.replace(f"/{given[key]}/", f"/{value}/")
        return address


def signed_in(user, *, fresh=True, **options):
    """A browser of this person; ``fresh`` when they proved just now who they are."""
    client = Client(**options)
    client.force_login(user)
    return just_signed_in(client) if fresh else client


def crowd(account):
    """Everybody who may knock, by what they are: a role on the account, or nothing there."""
    people = {role.value: make_access(account, role.value).user for role in Role}
    people["another account's admin"] = make_access(make_account(), "admin").user
    people["superuser without access"] = make_user(is_superuser=True, is_staff=True)
    people["admin whose role ran out"] = make_access(account, "admin", expires_at=timezone.now()).user
    return {"anonymous": Client()} | {who: signed_in(user) for who, user in people.items()}


@contextmanager
def undone():
    """Nothing of what happens inside stays, so that the next request meets the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client, method, url, **form):
    """The answer in a word: what it is the door to, or its number. No answer may be kept by a browser or a proxy."""
    with undone():
        answer = getattr(client, method.lower())(url, form)
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    where = answer.get("Location", "")
    if where.startswith(reverse("account_login")):
        return "sign in"
    if where.startswith(reverse("account_reauthenticate")):
        return "prove it"
    return answer.status_code


def rows_of(house):
    """Everything of an account that a form could have changed."""
    kinds = (Job, Spike, ContactList, Write, SyncRun, AuditEntry, Access)
    return {kind: list(kind.objects.filter(account=house.account).order_by("pk").values()) for kind in kinds}

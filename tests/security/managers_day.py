"""A day of those who manage: people, approvals, views, files, privacy, alerts, proof, and doors that stay shut."""

import io
import re
import uuid
from datetime import timedelta
from unittest import mock
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from contacts import alerts, sync
from contacts.connect.credential import opened, unseal
from contacts.models import (
    Access,
    Alert,
    Approval,
    AuditEntry,
    Contact,
    ContactList,
    Erasure,
    Job,
    LinkedAccount,
    SavedView,
    SyncRun,
    Write,
)
from contacts.services import jobs
from tests.emulation import ACCOUNT
from tests.linking import link
from tests.rows import make_access, make_remote, make_user
from tests.security.canaries import FIELD, Canaries
from tests.security.evidence import Witness
from tests.security.pages import addresses

LIST = "0a1b2c3d-0000-11ee-8000-000000000001"
TIMES = {"created_at": "2023-01-01T09:00:00Z", "updated_at": "2023-01-01T09:00:00Z"}
PEOPLE, LIMIT = 48, 3


class ManagersDay:
    """Dermot, an admin, and Anna, whom he invites, work a day; a viewer and a stranger knock where they may not."""

    def __init__(self, emulation, evidence):
        self.emulation, self.evidence, self.canaries = emulation, evidence, Canaries()
        plant = self.plant = self.canaries.plant
        self.boss_password, self.password = plant("boss {} horse", "password"), plant("anna {} staple", "password")
        self.account = link(emulation, name="Harbour Street Cookery", known_since=None)
        self.dermot = make_user(plant("dermot.{}@example.org", "colleague"), name="Dermot Walsh")
        self.dermot.set_password(self.boss_password)
        self.dermot.save()
        make_access(self.account, "admin", user=self.dermot)
        self.look = make_access(self.account, "viewer").user
        self.boss, self.anna, self.viewer, self.stranger = (Witness(evidence) for _ in range(4))
        self.secrets = {
            settings.CC_CLIENT_SECRET,
            settings.SECRET_KEY,
            settings.AUDIT_KEY.hex(),
            *settings.ENCRYPTION_KEYS,
        }
        self.outside, self.failures = [], []

    def whole(self):
        self.fill()
        self.sign_ins()
        self.people()
        self.approvals()
        self.history()
        self.files()
        self.privacy()
        self.noticed()
        self.shut_doors()
        self.faults()
        self.proof()
        self.everything()
        self.worker()
        self.note_secrets()

    # What there is.

    def fill(self):
        lists = [{"account": ACCOUNT, "list_id": LIST, "name": "Newsletter", "favorite": False, **TIMES}]
        fields = [{"account": ACCOUNT, "custom_field_id": FIELD, "label": "Diet", "name": "diet", "type": "string"}]
        self.contacts = [
            make_remote(self.plant("{}@example.net", "address"), list_memberships=[LIST], **self.canaries.person())
            for _ in range(PEOPLE)
        ]
        people = [{"account": ACCOUNT, **each} for each in self.contacts]
        self.emulation.state.load(lists=lists, custom_fields=fields, contacts=people)
        self.walk(SyncRun.Kind.FULL)
        for each in self.contacts[:12]:
            self.emulation.control("contact/delete", id=each["contact_id"])
        self.walk(SyncRun.Kind.CHANGES)

    def walk(self, kind):
        self.account.refresh_from_db()
        assert sync.carry_on(sync.start(self.account, kind)).state == SyncRun.State.DONE

    def contact(self, number):
        return Contact.objects.get(account=self.account, remote_id=self.contacts[number]["contact_id"])

    def at(self, name, **where):
        return reverse(name, kwargs={"account": self.account.slug, **where})

    def post(self, name, form=None, *, browser=None, **where):
        return (browser or self.boss).post(self.at(name, **where), form or {})

    # Signing in.

    def sign_ins(self):
        for login, password in (
            (self.dermot.email, self.plant("wrong {} password", "password")),
            (self.plant("nobody.{}@example.org", "typed at the sign-in"), self.plant("{} {}", "password")),
            (self.dermot.email, self.boss_password),
        ):
            self.boss.post(reverse("account_login"), {"login": login, "password": password})
        assert "_auth_user_id" in self.boss.session
        self.confirm(self.plant("wrong {} again", "password"))
        self.confirm(self.boss_password)

    def confirm(self, password):
        self.boss.post(reverse("account_reauthenticate"), {"password": password, "next": self.at("people_list")})

    def people(self):
        """Anna comes by the mail, with a password and a second factor; another colleague comes and goes."""
        access = self.invited("manager")
        self.come_in(mail.outbox[-1].body)
        self.second_factor()
        other = self.invited("agent")
        here = {"pk": other.pk}
        until = (timezone.now() + timedelta(days=40)).date().isoformat()
        self.post("people_change", {"role": "marketer", "until": until}, **here)
        self.post("people_change", {"role": "marketer", "until": self.plant("until {}")}, **here)
        self.post("people_invite_again", **here)
        other.user.last_login = timezone.now()
        other.user.save()
        for name in ("sign_out", "deactivate", "deactivate", "reactivate", "remove"):
            self.post(f"people_{name}", **here)
            self.boss.get(self.at("people_list"))
        self.post("people_sign_out", pk=access.pk)
        self.sign_in_anna()

    def invited(self, role):
        email, name = self.plant("{}@example.org", "colleague"), self.plant("Called {}", "name of a colleague")
        self.post("people_invite", {"email": email, "name": name, "role": role})
        self.post("people_invite", {"email": email, "name": name, "role": role})
        self.boss.get(self.at("people_list"))
        access = Access.objects.get(user__email=email)
        self.boss.get(self.at("people_detail", pk=access.pk))
        return access

    def come_in(self, text):
        """The link of the mail, as allauth has it: the key moves from the address into the session."""
        place = urlsplit(re.search(r"http\S+", text)[0]).path
        forms = self.anna.get(place)["Location"]
        self.anna.post(forms, {"password1": self.password, "password2": self.password})
        self.anna_email = mail.outbox[-1].to[0]
        self.sign_in_anna()

    def sign_in_anna(self):
        self.anna.post(reverse("account_login"), {"login": self.anna_email, "password": self.password})
        if hasattr(self, "totp"):
            # No code may be used twice: each of the three that are good just now has its turn.
            self.anna.post(reverse("mfa_authenticate"), {"code": "000000"})
            self.anna.post(reverse("mfa_authenticate"), {"code": self.codes.pop()})
        assert "_auth_user_id" in self.anna.session

    def confirm_anna(self):
        self.anna.post(reverse("account_reauthenticate"), {"password": self.password, "next": "/"})

    def second_factor(self):
        self.confirm_anna()
        self.totp = self.anna.get(reverse("mfa_activate_totp")).context["form"].secret
        times = list(yield_hotp_counters_from_time())
        self.codes = [format_hotp_value(hotp_value(self.totp, each)) for each in times]
        self.anna.post(reverse("mfa_activate_totp"), {"code": "000000"})
        with TestCase.captureOnCommitCallbacks(execute=True):
            self.anna.post(reverse("mfa_activate_totp"), {"code": self.codes[0]})
        self.confirm_anna()
        self.anna.post(reverse("mfa_generate_recovery_codes"))
        self.anna.get(reverse("mfa_view_recovery_codes"))
        codes = Authenticator.objects.get(type="recovery_codes").wrap()
        self.shown_once = {self.totp, *codes.get_unused_codes()[:2]}
        for role in ("manager", ""):
            self.post("account_rules", {"approval_above": LIMIT, "second_factor_from": role, "sign_up_link": ""})
        self.account.refresh_from_db()
        self.failures += [] if self.account.approval_above == LIMIT else ["no rules were kept"]

    # Jobs that wait.

    def approvals(self):
        reason = self.plant("sent back because of {}", "reason")
        for answers in (("send_back",), ("withdraw",), ("approve",)):
            job = self.asked()
            self.boss.get(self.at("job_detail", pk=job.pk))
            for answer in answers:
                asked = Approval.objects.filter(job=job).latest("pk")
                form = {"answer": answer, "mark": asked.mark, "note": reason}
                who = self.anna if answer == "withdraw" else self.boss
                self.post("job_approval", {**form, "mark": "0" * 64}, browser=who, pk=job.pk)
                self.post("job_approval", form, browser=who, pk=job.pk)
            self.boss.get(self.at("job_detail", pk=job.pk))
        self.carry_on(job)

    def asked(self):
        """Anna plans to bring several back, and asks."""
        who = [each["contact_id"] for each in self.contacts[:5]]
        selection = {"source": "deleted", "who": who, "token": str(uuid.uuid4())}
        self.post("job_plan", selection, browser=self.anna, kind="reactivate")
        job = Job.objects.latest("pk")
        note = self.plant("evidence {}", "note")
        choice = {"choices": "1", "lists": [LIST], "basis": "our_mistake", "note": note, "way": "put"}
        self.post("job_choose", choice, browser=self.anna, pk=job.pk)
        order = {"order": "run", "people": jobs.remaining(job)}
        self.post("job_order", order, browser=self.anna, pk=job.pk)
        return job

    def carry_on(self, job):
        job.refresh_from_db()
        for _ in range(40):
            if job.state != Job.State.RUNNING:
                break
            job = jobs.carry_on(job)
            Job.objects.filter(pk=job.pk).update(not_before=None)
            Write.objects.filter(recheck_at__isnull=False).update(recheck_at=timezone.now())

    # The history, what people keep of it, and take away.

    def history(self):
        person = self.contact(3)
        typed = (
            person.address,
            f"contact:{person.address}",
            f'actor:{self.anna_email} list:"Newsletter"',
            f'actor:"{self.plant("nobody {}", "typed filter")}"',
            f"list:{self.plant('{}', 'typed filter')} contact:{self.plant('{}@example.net', 'typed filter')}",
            self.plant("free words {}", "typed filter"),
        )
        for text in typed:
            answer = self.post("audit_list", {"q": text})
            if answer.status_code == 303:
                self.boss.get(answer["Location"], headers={"Referer": f"http://testserver{answer['Location']}"})
            name = self.plant("view of {}", "name of a view")
            self.post("audit_view_save", {"name": name, "q": text, "shared": "on"})
            self.boss.get(self.at("audit_list"))
        name = self.plant("the view of {}", "name of a view")
        for _ in range(2):
            self.post("audit_view_save", {"name": name, "q": f"contact:{person.remote_id}", "shared": "on"})
            self.boss.get(self.at("audit_list"))
        view = SavedView.objects.get(name=name)
        self.boss.get(self.at("audit_view", view=view.pk))
        for writing in ("paused", "on"):
            self.post(
                "account_writing", {"writing": writing, "reason": self.plant("paused for {}", "reason for everybody")}
            )
            self.boss.get(self.at("home"))
            self.act_all_the_same()

    def act_all_the_same(self):
        """What is refused while writing is paused repeats why it is, and must not be kept where that may not stand."""
        self.post("list_new", {"name": f"List {uuid.uuid4()}", "token": str(uuid.uuid4())})
        here = {"remote_id": self.contacts[6]["contact_id"]}
        page = self.boss.get(self.at("contact_reactivate", **here))
        seen = getattr(page.context["offer"].preview, "seen", "")
        form = {"lists": [LIST], "basis": "our_mistake", "note": "9", "token": str(uuid.uuid4()), "seen": seen}
        self.post("contact_reactivate", form, **here)
        self.post("job_plan", {"list": LIST, "token": str(uuid.uuid4())}, kind="delete_list")
        self.post("job_order", {"order": "run", "people": "0"}, pk=Job.objects.latest("pk").pk)

    def files(self):
        for form in ("csv", "jsonl", self.plant("{}")):
            taken = {"form": form, "reason": self.plant("file for {}", "reason"), "every": "on"}
            self.post("audit_export", taken)
            self.post("contact_history_export", taken, remote_id=self.contact(4).remote_id)
        self.boss.get(self.at("audit_checkpoints"))
        self.boss.get(self.at("audit_verifier"))
        self.boss.get(self.at("job_report", pk=Job.objects.latest("pk").pk))

    def privacy(self):
        """One pack, one address mistyped, two people erased, one mark lifted, a shorter memory."""
        for number in (20, 21):
            person = self.contact(number)
            here = {"remote_id": person.remote_id}
            self.boss.get(self.at("contact_privacy", **here))
            self.post("contact_privacy_pack", **here)
            reason = self.plant("asked by letter {}", "reason")
            self.post("contact_erase", {"typed": self.plant("{}@example.net", "mistyped"), "reason": reason}, **here)
            self.post("contact_erase", {"typed": person.address.upper(), "reason": reason}, **here)
            self.boss.get(self.at("contact_detail", **here))
        call_command("worker", once=True, stdout=io.StringIO())
        Erasure.objects.update(state="done", done_at=timezone.now(), step="")
        self.post("erasure_lift", {"reason": self.plant("lifted for {}", "reason")}, pk=Erasure.objects.latest("pk").pk)
        self.post("erasure_retention", {"months": "12"})
        self.post("erasure_retention", {"months": self.plant("{} months", "typed")})

    def noticed(self):
        """Somebody undoes what was done here; a link breaks; the week ends. All of it is told by mail."""
        for each in self.contacts[:2]:
            self.emulation.control("contact/delete", id=each["contact_id"])
        married = {"last_name": self.plant("New{}", "last name")}
        self.emulation.control("contact/change", id=self.contacts[30]["contact_id"], values=married)
        self.walk(SyncRun.Kind.CHANGES)
        self.boss.get(self.at("outside_list"))
        for kind in Alert.Kind:
            alerts.notice(self.account, kind, key="of the day", number=3, job=1, people=9, used=9, limit=10, spike=1)
        now, day = timezone.now(), timedelta(days=1)
        LinkedAccount.objects.update(digest_at=now - 9 * day, linked_at=now - 30 * day)
        self.post("alert_choose", {"kinds": ["link", "spike"], "digest": "on"}, browser=self.anna)
        call_command("worker", once=True, stdout=io.StringIO())
        for alert in Alert.objects.filter(closed_at=None)[:2]:
            self.post("alert_close", pk=alert.pk)

    # What goes wrong.

    def shut_doors(self):
        self.viewer.force_login(self.look)
        self.stranger.force_login(make_user())
        for name in ("people_list", "erasure_list", "audit_verify", "sync_now", "audit_checkpoints"):
            for browser in (self.viewer, self.stranger, Witness(self.evidence)):
                browser.get(self.at(name), {"q": "x"})
        typed = {"typed": self.contact(9).address, "reason": self.plant("forged {}", "reason")}
        for browser in (self.viewer, self.stranger, Witness(self.evidence, enforce_csrf_checks=True)):
            self.post("contact_erase", typed, browser=browser, remote_id=self.contact(9).remote_id)
            self.post("people_invite", {"email": self.plant("{}@example.org", "forged")}, browser=browser)
        self.boss.get(self.at("audit_detail", pk=987_654))

    def faults(self):
        """A page of ours that breaks while somebody's details are in its hands."""
        wrong = RuntimeError("a fault of ours")
        with mock.patch("contacts.services.erasing.need_rest", side_effect=wrong):
            person = self.contact(10)
            form = {"typed": person.address, "reason": self.plant("broken {}", "reason")}
            self.failed = self.post("contact_erase", form, remote_id=person.remote_id)
        with mock.patch("contacts.selectors.pack.sections", side_effect=wrong):
            self.boss.get(self.at("contact_privacy", remote_id=person.remote_id))

    def proof(self):
        self.post("audit_verify")
        self.boss.get(self.at("audit_verify_progress"))

    def everything(self):
        """Every page, of four people in the place of all: each of the others has values of their own."""
        shown = [each["contact_id"] for each in self.contacts[:2] + self.contacts[20:22]]
        others = [str(each.remote_id) for each in Contact.objects.all() if str(each.remote_id) not in shown]
        self.confirm(self.boss_password)
        self.post(
            "account_writing", {"writing": "paused", "reason": self.plant("paused for {}", "reason for everybody")}
        )
        for address in list(addresses(self.account)):
            if not any(each in address for each in others):
                self.boss.get(address)
                if "audit/" not in address:
                    self.viewer.get(address)

    def worker(self):
        call_command("worker", once=True, stdout=io.StringIO())

    def note_secrets(self):
        self.account.refresh_from_db()
        held = unseal(self.account)
        self.secrets |= {held.access, held.refresh, opened(self.account.erasure_key)["key"]}
        self.secrets -= {""}
        self.mails = [f"{each.subject}\n{each.body}\n{each.extra_headers}" for each in mail.outbox]
        self.actions = set(AuditEntry.objects.values_list("action", flat=True))
        self.lists = ContactList.objects.count()

"""The part of the driven day that is about files and new people: checks, imports, exports, old exports, V2 ids."""

import io
import uuid

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact, ContactFile, ContactList, Crossing, FileRow, Job, RemoteExport, Seed, Write
from contacts.services import files, remote_exports, seeds
from tests.security.bulk_day import BulkDay

HEAD = "email,first_name,last_name,company_name,job_title,home_phone,home_street,home_city,lists\n"


class PapersDay(BulkDay):
    """``words`` stand in each row; ``newcomer`` has no contact yet, ``ghost`` was deleted, ``out`` opted out."""

    def __init__(self, play, *, people, ticket, words, newcomer, ghost, out):
        super().__init__(play, people=people, ticket=ticket)
        self.words, self.newcomer, self.ghost, self.out = words, newcomer, ghost, out

    def whole(self):
        self.list = ContactList.objects.get(name="Newsletter")
        self.prove()
        self.checks()
        self.imports()
        self.newcomers()
        self.leaving()
        self.exports()
        self.memory()
        self.numbers()
        self.commands()

    def prove(self):
        """A slow machine lets the sign-in grow old."""
        self.post(reverse("account_reauthenticate"), {"password": "correct horse", "next": self.at("home")})

    def row(self, address, *more):
        return ",".join([address, *self.words, *more]) + "\n"

    def upload(self, *rows, head=HEAD):
        """A file that is called after somebody."""
        name = f"{self.words[0]} {self.ghost}.csv"
        return SimpleUploadedFile(name, (head + "".join(rows)).encode())

    def bring(self, name, upload):
        self.post(self.at(name), {"file": upload, "token": str(uuid.uuid4())})
        file = ContactFile.objects.latest("pk")
        while file.state in ContactFile.UNDER_WAY:
            self.play.browser.get(self.at(f"{name}_progress", pk=file.pk) if name == "check_file" else self.at(name))
            file = files.carry_on(file, seconds=10)
        return file

    def checks(self):
        """Read, chosen anew, looked at live, downloaded; one was deleted, one is refused, one asks for its column."""
        rows = [self.row(each) for each in (self.newcomer, *self.play.many[:3], self.ghost, self.out, self.newcomer)]
        self.file = self.bring("check_file", self.upload(*rows, self.row("no address of " + self.words[1])))
        assert self.file.state == ContactFile.State.READY, self.file.message
        here = {"pk": self.file.pk}
        self.post(self.at("check_file_choose", **here), {"has_header": "yes", "column-0": self.ghost})
        self.post(self.at("check_file_sample", **here))
        for number in FileRow.objects.filter(file=self.file).values_list("number", flat=True):
            self.post(self.at("check_file_live", **here, number=number))
        self.post(self.at("check_file_judge", **here), {"what": "copy"})
        self.file = files.carry_on(self.file, seconds=10)
        for part in ("safe", "person", "leave"):
            self.play.browser.get(self.at("check_file_download", **here, part=part))
        gone = self.bring("check_file", self.upload(self.row(self.newcomer)))
        self.post(self.at("check_file_delete", pk=gone.pk))
        self.play.browser.get(self.at("check_file"))
        self.bring("check_file", self.upload(f"{self.words[0]}\n", head="who\n"))
        self.bring("check_file", SimpleUploadedFile(f"{self.ghost}.xlsm", b"PK\x03\x04" + self.ghost.encode()))

    def imports(self):
        """A trial, a refusal that gossips, a lost answer, lines about rows; then the report, and taken back."""
        job = self.import_plan()
        self.say(job, "try")
        self.play.emulation.fault("activity_errors", errors=[self.play.gossip()], path="/activities/")
        self.say(job, "run")
        self.look_at(job)
        for fault in ({"kind": "status", "status": 400}, {"kind": "error_after", "status": 503}):
            again = self.import_plan(include=["update"])
            gossip = [{"error_key": "contacts.api.x", "error_message": self.play.gossip()}]
            self.play.emulation.fault(method="POST", path="/activities/", body=gossip, **fault)
            self.say(again, "run")
            self.look_at(again)
        self.post(self.at("import_back", pk=job.pk), {"kind": "remove_lists", "token": str(uuid.uuid4())})

    def import_plan(self, include=("new", "update")):
        form = {"lists": [str(self.list.remote_id)], "include": list(include), "basis": "signed_up"}
        self.post(self.at("file_import", pk=self.file.pk), form | {"note": "", "token": str(uuid.uuid4())})
        self.post(self.at("file_import", pk=self.file.pk), form | {"note": self.ticket, "token": str(uuid.uuid4())})
        job = Job.objects.latest("pk")
        assert job.kind == Job.Kind.IMPORT and job.people
        return job

    def newcomers(self):
        """Created, refused with gossip, found to be there already; passed on as their own sign-up."""
        names = dict(zip(("first_name", "last_name", "company_name", "job_title"), self.words, strict=False))
        common = {"lists": [str(self.list.remote_id)], "basis": "asked_directly", "note": self.ticket, **names}
        gossip = [{"error_key": "contacts.api.x", "error_message": self.play.gossip()}]
        for name, more in (
            ("contact_create", {}),
            ("contact_sign_up_send", {"signed_on": "2026-01-05", "agreed": "on"}),
        ):
            self.post(self.at(name.removesuffix("_send").replace("create", "new")), {"address": self.newcomer, **names})
            self.post(self.at(name), common | more | {"address": f"{self.newcomer} and {self.ghost}"})
            for address, status in (
                ("x" + self.newcomer, 400),
                ("y" + self.newcomer, 409),
                ("z" + self.newcomer, 0),
                (self.ghost, 0),
                (self.out, 0),
            ):
                if status:
                    self.play.emulation.fault("status", method="POST", path="/contacts", status=status, body=gossip)
                form = common | more | {"address": address, "token": str(uuid.uuid4())}
                if name != "contact_create":
                    form["basis"] = self.sign_up_basis()
                self.post(self.at(name), form)
        assert Write.objects.filter(kind="create", state="confirmed").exists()
        assert Write.objects.filter(kind="create", state="rejected").exists()

    def sign_up_basis(self):
        return self.play.browser.get(self.at("contact_sign_up")).context["form"].fields["basis"].choices[0][0]

    def leaving(self):
        """One is unsubscribed and asked to come back, one is deleted; each time a refusal gossips first."""
        idle = Contact.objects.filter(account=self.play.account, status="active", missing_since=None)
        first, second = (
            idle.exclude(writes__state__in=Write.OPEN).order_by("pk").values_list("remote_id", flat=True)[:2]
        )
        gossip = [{"error_key": "contacts.api.x", "error_message": self.play.gossip()}]
        for name, who, more in (
            ("contact_unsubscribe", first, {"basis": "they_asked"}),
            ("contact_resubscribe", first, {"basis": "asked_directly", "lists": [str(self.list.remote_id)]}),
            ("contact_delete", second, {}),
        ):
            for status in (400, 0):
                if status:
                    self.play.emulation.fault("status", method="(PUT|POST|DELETE)", status=status, body=gossip)
                context = self.play.browser.get(self.at(name, remote_id=who)).context
                preview = context["offer"].preview if "offer" in context else None
                seen = preview.seen if preview else context.get("seen", "0" * 32)
                form = {"note": self.ticket, "token": str(uuid.uuid4()), "seen": seen, **more}
                self.post(self.at(name, remote_id=who), form)
                self.play.emulation.app.faults.clear()

    def exports(self):
        """Of a search and of ticks; and Constant Contact's own, refused with gossip, then passed on."""
        self.prove()
        common = {"make": "1", "groups": ["address", "names", "streets", "phones"], "reason": self.ticket}
        self.post(self.at("contact_export"), {"source": "contacts", "all": "1", "text": self.words[0]})
        self.post(self.at("contact_export"), common | {"source": "contacts", "all": "1", "text": self.ghost})
        self.post(self.at("contact_export"), common | {"source": "contacts", "who": self.people[:2]})
        gossip = [{"error_key": "contacts.api.x", "error_message": self.play.gossip()}]
        for status in (400, 0):
            if status:
                self.play.emulation.fault("status", method="POST", path="exports", status=status, body=gossip)
            form = {"token": str(uuid.uuid4()), "status": "", "reason": self.ticket}
            self.post(self.at("remote_export_list"), form)
        for _ in range(5):
            RemoteExport.objects.update(look_at=timezone.now())
            remote_exports.follow_due()
            self.play.browser.get(self.at("remote_export_progress"))
        export = RemoteExport.objects.latest("pk")
        assert export.state == RemoteExport.State.READY, export.message
        self.post(self.at("remote_export_file"), {"export": export.pk})

    def memory(self):
        """An old export is compared by a wrong column, then by the right one, and matched; nothing is learned."""
        rows = [self.row(each, "Old Newsletter") for each in (self.ghost, self.newcomer, self.out)]
        file = self.bring("seed_new", self.upload(*rows))
        seed = Seed.objects.get(file=file)
        for place in ("0", "6", "8"):
            self.post(self.at("seed_detail", pk=seed.pk), {"day": "2026-01-05", "lists": place})
            seed = seeds.carry_on(seed, seconds=10)
            self.play.browser.get(self.at("seed_detail", pk=seed.pk))
        [name] = seeds.seed_page(seed).names
        self.post(self.at("seed_match", pk=seed.pk), {name.mark: str(self.list.pk)})
        for order in ("learn", "forget"):
            seed = seeds.carry_on(seed, seconds=10)
            self.post(self.at("seed_order", pk=seed.pk), {"order": order})
            self.play.browser.get(self.at("seed_progress", pk=seed.pk))
        seeds.carry_on(seed, seconds=10)

    def numbers(self):
        """Pasted together with what stood around them."""
        text = f"17 {self.ghost}\n18;{self.words[0]}\n4711 {self.newcomer}"
        gossip = [{"error_key": "contacts.api.x", "error_message": self.play.gossip()}]
        self.post(self.at("v2_list"), {"kind": "contact", "text": text})
        crossing = Crossing.objects.latest("pk")
        self.play.emulation.fault("status", path="xref", status=400, body=gossip)
        for _ in range(2):
            self.post(self.at("v2_ask", pk=crossing.pk))
        self.play.browser.get(self.at("v2_pairs", pk=crossing.pk))

    def commands(self):
        """The same from the shell; what it prints is for whoever asked."""
        whose = ("--account", self.play.account.slug, "--as", self.play.user.email, "--json", "--live")
        for asked in ([self.ghost], [self.out, self.newcomer], [f"{self.words[0]} {self.words[1]}"]):
            try:
                call_command("verdict", *asked, *whose, stdout=io.StringIO(), stderr=io.StringIO())
            except SystemExit as ended:
                assert ended.code

"""``manage.py import_contacts FILE --account SLUG --as EMAIL``: check a file, and with --yes import it."""

import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.management.base import CommandParser
from django.utils import timezone

from contacts.forms import ListForm
from contacts.management.scripting import Code, Door, Ended, Scripted, code_of, list_ids, new_token, usage
from contacts.models import ContactFile, ContactList, Job, ListChange
from contacts.rules.consent import Grounds
from contacts.rules.preflight import SAFE, SENDABLE, Verdict
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services import files, jobs
from contacts.services import lists as lists_work

A_TURN: Final = 5.0
LONGEST_WAIT: Final = timedelta(minutes=10)


class Command(Scripted):
    help = "Check a file against our copy and, with --yes, import its safe rows. Who opted out is never sent."
    right = Right.BULK

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="CSV, TSV or XLSX")
        parser.add_argument(
            "--list", action="append", default=[], dest="lists", metavar="NAME", help="or the list's id"
        )
        parser.add_argument(
            "--new-list",
            action="append",
            default=[],
            dest="new_lists",
            metavar="NAME",
            help="a list that is not there yet: with --yes it is made right before the import",
        )
        parser.add_argument("--include", nargs="+", choices=[each.value for each in SENDABLE], help="new and update")
        parser.add_argument("--basis", choices=[each.value for each in Grounds], help="why they may be written to")
        parser.add_argument("--note", default="", help="where these people come from: kept as evidence")
        parser.add_argument("--yes", action="store_true", help="import; without it the file is checked and forgotten")

    def work(
        self, door: Door, *, file: Path, lists: list[str], new_lists: list[str], yes: bool, **options: Any
    ) -> Ended:
        """Received, read and judged; then planned and run to its end, which may take long."""
        wished, new = list_ids(door.account, lists), _free(door, new_lists)
        if yes and not (wished + new and options["basis"] and options["note"].strip()):
            raise usage("An import takes at least one --list or --new-list, a --basis and a --note.")
        if door.account.watermark is None:
            raise Refused("Our copy of this account was never complete. Sync it first. Nothing was sent.")
        brought = _checked(door, _received(door, file))
        told = {"file": brought.pk, "rows": brought.rows, "verdicts": brought.counts}
        if brought.state != ContactFile.State.READY:
            return Ended(Code.REFUSED, [brought.message or brought.get_state_display()], told)
        lines = [f"{number:,} {Verdict(name).words.said}." for name, number in brought.counts.items() if number]
        if not yes:
            files.forget(brought, by=door.user)
            lines += [f"The list “{name}” would be made." for name in new]
            lines.append("Nothing was sent, and the file was forgotten. Add --yes to import it.")
            return Ended(Code.DONE, lines, told)
        include = options["include"] or [each.value for each in SAFE]
        wish = {"lists": wished, "include": include, "basis": options["basis"], "note": options["note"]}
        return self._imported(door, brought, wish, new=new, lines=lines, told=told)

    def _imported(
        self,
        door: Door,
        file: ContactFile,
        wish: dict[str, Any],
        *,
        new: list[str],
        lines: list[str],
        told: dict[str, Any],
    ) -> Ended:
        """Its ``new`` lists are made, one by one; the first that is not keeps everybody from being imported."""
        if not any(file.counts.get(each) for each in wish["include"]):
            raise Refused("No row of this file would be sent with this choice. Nothing was planned.")
        told["new_lists"] = {}
        for name in new:
            done = lists_work.create(door.account, by=door.user, token=new_token(), name=name)
            if done.list is None or done.state not in ListChange.PROVED:
                files.forget(file, by=door.user)
                lines.append(f"The list “{name}”: {done.message} Nobody was imported, and the file was forgotten.")
                return Ended(code_of(done), lines, told)
            lines.append(f"Made the list “{name}”.")
            told["new_lists"][name] = done.list.remote_id
        ids = [*wish["lists"], *map(str, told["new_lists"].values())]
        job = jobs.freeze_import(file, by=door.user, token=new_token(), **wish | {"lists": ids})
        jobs.run(job, by=door.user, people=job.people)
        return self._ended(self._to_the_end(job), lines, told)

    def _to_the_end(self, job: Job) -> Job:
        """Carry it on here; a worker may do so as well. It rests when it ended, or asks for somebody.

        One that waits for long, as for a new day's calls, is left to the worker.
        """
        job.refresh_from_db()
        while job.state == Job.State.RUNNING:
            job = jobs.carry_on(job, seconds=A_TURN)
            if job.not_before and job.not_before - timezone.now() > LONGEST_WAIT:
                break
            if job.state == Job.State.RUNNING:
                time.sleep(0.2)
        return job

    def _ended(self, job: Job, lines: list[str], told: dict[str, Any]) -> Ended:
        """By what every row became. A job that asks a second person for approval has not run."""
        states: dict[str, int] = {}
        for state in job.items.values_list("write__state", flat=True):
            states[state or "left_out"] = states.get(state or "left_out", 0) + 1
        told |= {"job": job.pk, "state": job.state, "people": job.people, "ends": states}
        lines.append(f"Job {job.pk}: {job.get_state_display()}. {job.message}".strip())
        lines += [f"{number:,} {state}" for state, number in sorted(states.items())]
        if job.state != Job.State.DONE:
            return Ended(Code.UNKNOWN, lines, told)
        if states.get("unknown"):
            return Ended(Code.UNKNOWN, lines, told)
        if states.get("differs") or states.get("drifted"):
            return Ended(Code.DIFFERS, lines, told)
        trouble = {"rejected", "not_applied"} & set(states)
        return Ended(Code.TROUBLE if trouble else Code.DONE, lines, told)


def _free(door: Door, names: Iterable[str]) -> list[str]:
    """Names of lists that may be made. Raises CommandError for one that cannot be, or that our copy has already."""
    taken = set(ContactList.objects.filter(account=door.account, gone_at=None).values_list("name", flat=True))
    free = list(dict.fromkeys(each.strip() for each in names))
    for name in free:
        form = ListForm({"name": name, "token": new_token()})
        if not form.is_valid():
            raise usage(f"--new-list “{name[:40]}”: {form.errors['name'][0]}")
        if name in taken:
            raise usage(f"{door.account.name} has a list called {name} already. Name it with --list.")
    return free


def _received(door: Door, path: Path) -> ContactFile:
    """The file as a page would take it in. Raises CommandError, or Refused."""
    try:
        with path.open("rb") as stream:
            upload = UploadedFile(file=stream, name=path.name, size=path.stat().st_size)
            check = ContactFile.Purpose.CHECK
            return files.receive(door.account, by=door.user, upload=upload, purpose=check, token=new_token())
    except OSError as problem:
        raise usage(f"{path} cannot be read: {problem.strerror}.") from None


def _checked(door: Door, brought: ContactFile) -> ContactFile:
    """Read and judged to the end. Raises Refused when nobody can tell which column has the addresses."""
    while brought.state in ContactFile.UNDER_WAY:
        brought = files.carry_on(brought, seconds=A_TURN)
        if brought.state in ContactFile.UNDER_WAY:
            time.sleep(0.2)
    if brought.state == ContactFile.State.ASKS:
        files.forget(brought, by=door.user)
        raise Refused("No column of this file has addresses. Call the column “email”, or bring the file on its page.")
    return brought

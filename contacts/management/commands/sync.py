"""Read one account, or all of them, in the foreground."""

import time
from datetime import timedelta
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contacts import sync
from contacts.models import LinkedAccount, SyncRun
from contacts.rules.refusal import Refused

LONGEST_WAIT: Final = timedelta(minutes=10)


class Command(BaseCommand):
    help = "Bring our copy up to date now, and say how far it is. Changes only, or everything with --full."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", nargs="?", help="the account's short name, as in its address; all without it")
        parser.add_argument("--full", action="store_true", help="read everything, and look for who has vanished")

    def handle(self, *, account: str | None, full: bool, **options: Any) -> None:
        """Fails with the sentence when a run does not end well; the others are read all the same."""
        accounts = LinkedAccount.objects.linked()
        chosen = list(accounts.filter(slug=account) if account else accounts)
        if not chosen:
            known = ", ".join(accounts.values_list("slug", flat=True)) or "none"
            raise CommandError(f"No such linked account. Linked: {known}.")
        kind = SyncRun.Kind.FULL if full else SyncRun.Kind.CHANGES
        problems = [problem for each in chosen if (problem := self._read(each, kind))]
        if problems:
            raise CommandError("\n".join(problems))

    def _read(self, account: LinkedAccount, kind: SyncRun.Kind) -> str:
        """Walk to the end; the problem, or "" when all is well."""
        try:
            run = sync.start(account, kind)
        except Refused as refused:
            return f"{account}: {refused}"
        while run.state == SyncRun.State.RUNNING:
            run = sync.carry_on(run, each=self._tell)
            if run.not_before and run.not_before - timezone.now() > LONGEST_WAIT:
                return f"{account}: {run.message}"
            if run.state == SyncRun.State.RUNNING:
                time.sleep(1)
        if run.state != SyncRun.State.DONE:
            return f"{account}: {run.message}"
        self.stdout.write(f"{account}: done. {run.seen:,} seen, {run.stored:,} stored, {run.calls:,} calls.")
        return ""

    def _tell(self, run: SyncRun) -> None:
        if run.state == SyncRun.State.RUNNING:
            self.stdout.write(f"{run.account}: {sync.progress(run)}")
            self.stdout.flush()

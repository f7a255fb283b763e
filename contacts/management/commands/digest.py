"""Show a week of an account as its managers get it by e-mail; nothing is sent."""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contacts.models import LinkedAccount
from contacts.rules.weeks import told_last
from contacts.selectors.check import zone
from contacts.selectors.digest import digest
from contacts.services import mail_texts


class Command(BaseCommand):
    help = "Print the weekly digest of an account. Nothing is sent, and nothing is written down."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="the account as it stands in its addresses")
        parser.add_argument(
            "--week", type=date.fromisoformat, help="a day of the week to show; the last one if left out"
        )

    def handle(self, *, account: str, week: date | None, **options: Any) -> None:
        """The subject, then the text."""
        found = LinkedAccount.objects.filter(slug=account).first()
        if found is None:
            raise CommandError("No account has this name in its addresses.")
        ended = week + timedelta(days=7 - week.weekday()) if week else told_last(timezone.now(), zone(found)).date()
        for text in mail_texts.of_digest(digest(found, ended)):
            self.stdout.write(text)

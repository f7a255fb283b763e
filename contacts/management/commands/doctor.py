"""Look whether this installation is well: one line for each thing, and an exit code for a machine."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from contacts.models import LinkedAccount
from contacts.services.doctor import Finding, Level, examine


class Command(BaseCommand):
    help = (
        "Say what is wrong with this installation and what to do. Ends with 0 when all is well, 1 for warnings, 2 else."
    )
    # It runs Django's checks itself, and tells what they find like everything else.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="the findings as one JSON list")
        parser.add_argument("--offline", action="store_true", help="ask Constant Contact nothing")
        parser.add_argument("--mail", action="store_true", help="call the mail server; nothing is sent")
        parser.add_argument("--names", action="store_true", help="say what the accounts are called, by their slugs")

    def handle(self, *, offline: bool, mail: bool, names: bool, **options: Any) -> None:
        findings = []
        for each in examine(offline=offline, mail=mail):
            findings.append(each)
            if not options["json"]:
                self.stdout.write(f"{each.level.name.lower():8} {each.about}: {each.words}")
        if options["json"]:
            told = [{"level": each.level.name.lower(), "about": each.about, "words": each.words} for each in findings]
            self.stdout.write(json.dumps(told))
        elif names:
            self._name_accounts(findings)
        sys.exit(max(each.level for each in findings))

    def _name_accounts(self, findings: list[Finding]) -> None:
        if any(each.level == Level.BROKEN and each.about == "database" for each in findings):
            return
        for pk, slug in LinkedAccount.objects.order_by("pk").values_list("pk", "slug"):
            self.stdout.write(f"account {pk} is {slug}")

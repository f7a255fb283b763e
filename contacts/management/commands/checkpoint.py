"""``manage.py checkpoint``: sign the heads of all chains now, and put copies outside the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts import audit
from contacts.models import AuditChain
from contacts.services import checkpoints


class Command(BaseCommand):
    help = "Sign the head of every chain of the history now, and put the copies where they are kept."

    def handle(self, **options: Any) -> None:
        for chain in AuditChain.objects.order_by("pk"):
            made = audit.checkpoint(chain)
            self.stdout.write(f"{chain.name}: checkpoint at entry {made.sequence:,}.")
        places = checkpoints.places()
        self.stdout.write(f"Signed with the public key {places.public_key}.")
        if not places.has_own_key:
            self.stdout.write("That key comes from CCADMIN_SECRET_KEY. A key of its own (CCADMIN_AUDIT_KEY) is better.")
        if not places.folder and not places.command:
            self.stdout.write("No place outside the database is set (CCADMIN_CHECKPOINT_DIR).")
            return
        try:
            number = checkpoints.put_outside()
        except checkpoints.NotOutside as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{number:,} put outside the database.")

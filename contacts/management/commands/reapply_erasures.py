"""``manage.py reapply_erasures``: after a restored backup, erase again who was erased since it was made."""

from typing import Any

from django.core.management.base import BaseCommand

from contacts.rules.words import count
from contacts.services import erasing, reapplying


class Command(BaseCommand):
    help = "Read erasures.jsonl in CCADMIN_CHECKPOINT_DIR and erase again whoever came back with a restored backup."

    def handle(self, *args: Any, **options: Any) -> None:
        number = reapplying.reapply()
        for erasure in erasing.due():
            erasing.carry_on(erasure)
        self.stdout.write(f"Applied again: {count(number, 'request')} that the database did not know.")

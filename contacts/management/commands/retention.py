"""``manage.py retention``: delete the personal part of history that every account's rule says is old."""

from typing import Any

from django.core.management.base import BaseCommand

from contacts.rules.words import count
from contacts.services import retention


class Command(BaseCommand):
    help = "Delete the personal details of entries older than each account keeps them; the worker does so every day."

    def handle(self, *args: Any, **options: Any) -> None:
        gone = retention.forget_old()
        self.stdout.write(f"The details of {count(gone, 'entry', 'entries')} were deleted. The entries stay.")

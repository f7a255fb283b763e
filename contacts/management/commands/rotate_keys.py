"""``manage.py rotate_keys``: seal every stored connection with the first key of CCADMIN_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.connect.credential import CannotOpen, rotate_all


class Command(BaseCommand):
    help = "Seal every stored connection with the first key of CCADMIN_ENCRYPTION_KEYS; the site may go on working."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = rotate_all()
        except CannotOpen as problem:
            raise CommandError(problem.advice) from None
        self.stdout.write(f"{count} stored connection{'' if count == 1 else 's'} sealed with the first key.")

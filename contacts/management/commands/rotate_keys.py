"""``manage.py rotate_keys``: seal what is stored sealed with the first key of CCADMIN_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.connect import marks
from contacts.connect.credential import CannotOpen, rotate_all
from contacts.oauth import factors
from contacts.rules.words import count


class Command(BaseCommand):
    help = (
        "Seal every stored connection, second factor and key of erasures with the first key of "
        "CCADMIN_ENCRYPTION_KEYS; the site may go on working."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            connections = rotate_all()
        except CannotOpen as problem:
            raise CommandError(problem.advice) from None
        self.stdout.write(f"{count(connections, 'stored connection')} sealed with the first key.")
        try:
            held = factors.rotate_all()
        except CannotOpen:
            raise CommandError(
                "A second factor cannot be opened. Bring back the encryption key that was in use."
            ) from None
        if held:
            self.stdout.write(f"{count(held, 'second factor')} sealed with the first key.")
        try:
            erasures = marks.rotate_all()
        except CannotOpen:
            raise CommandError(
                "The key of an account's erasures cannot be opened. Bring back the encryption key that was in use."
            ) from None
        if erasures:
            self.stdout.write(f"{count(erasures, 'text')} of erasures sealed with the first key.")

"""``manage.py rotate_keys``: seal what is stored sealed with the first key of CCADMIN_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.connect import credential, marks
from contacts.connect.credential import CannotOpen
from contacts.oauth import factors
from contacts.rules.words import count

SEALED = (
    ("stored connection", credential.rotate_all),
    ("second factor", factors.rotate_all),
    ("erasure key", marks.rotate_all),
)


class Command(BaseCommand):
    help = (
        "Seal every stored connection, second factor and key of erasures with the first key of "
        "CCADMIN_ENCRYPTION_KEYS; the site may go on working."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for what, rotate_all in SEALED:
            try:
                number = rotate_all()
            except CannotOpen:
                raise CommandError(
                    f"A {what} cannot be opened, so it and what comes after it keep their former key. Bring back the "
                    "encryption key that was in use (CCADMIN_ENCRYPTION_KEYS), or link the account again."
                ) from None
            self.stdout.write(f"{count(number, what)} sealed with the first key.")

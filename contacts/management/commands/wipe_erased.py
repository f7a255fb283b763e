"""``manage.py wipe_erased``: write every table anew, so that the files hold nothing of deleted rows."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.models import Erasure
from contacts.services import wiping


class Command(BaseCommand):
    help = (
        "Write every table anew (VACUUM, on PostgreSQL VACUUM FULL). Nobody can work meanwhile. Backups and archived "
        "logs are not reached: they go when their own time is over."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        # Counted before: what is erased while the tables are written anew may have been written already.
        rest = Erasure.objects.exclude(state=Erasure.State.ERASING).filter(wiped=False)
        done = list(rest.values_list("pk", flat=True))
        if not wiping.wipe_thoroughly():
            raise CommandError("Somebody was reading, so the write-ahead log could not be emptied. Try again.")
        Erasure.objects.filter(pk__in=done).update(wiped=True)
        self.stdout.write("Every table was written anew. Backups and archived logs are not reached by this.")

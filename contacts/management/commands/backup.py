"""``manage.py backup FOLDER``: a whole backup while the site runs, and ``--check`` for one that was made."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts.services import backing_up


class Command(BaseCommand):
    help = (
        "Copy the database, and the folder of checkpoints and erasures, into a new folder inside FOLDER, and look the "
        "copy over. The site may run meanwhile. The encryption keys are not in it: keep them elsewhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=int, default=0, metavar="N", help="remove all backups there but the last N")
        parser.add_argument(
            "--check", action="store_true", help="FOLDER is one backup: is it whole, and can it be read?"
        )

    def handle(self, *, folder: Path, keep: int, check: bool, **options: Any) -> None:
        """Ends with code 1 and the reason where there is no backup to rely on."""
        try:
            backup = backing_up.check(folder) if check else backing_up.make(folder, keep=keep)
        except backing_up.Unusable as problem:
            raise CommandError(str(problem)) from None
        chains = ", ".join(f"{name} to entry {number:,}" for name, number in backup.manifest["chains_at_least"].items())
        self.stdout.write(f"{backup.place} is whole: {backup.size / 1e6:,.1f} MB, made {backup.manifest['began_at']}.")
        self.stdout.write(f"History: {chains or 'none yet'}.")
        if missing := backing_up.missing_keys(backup):
            raise CommandError(
                f"It needs {len(missing)} encryption keys that CCADMIN_ENCRYPTION_KEYS does not hold here "
                f"({', '.join(missing)}). Without them every account must be linked again."
            )

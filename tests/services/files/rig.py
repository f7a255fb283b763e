"""A file that somebody brings, and the worker's way through it."""

import uuid
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts import mirror
from contacts.models import ContactFile, FileRow
from contacts.services import files
from contacts.tables import to_csv
from tests.rows import make_access, make_account, make_remote

HEADER = ["Email address", "First name", "Last name", "City"]


def uploaded(rows, *, name="people.csv", header=HEADER):
    """Rows as a form sends them."""
    content = b"".join(to_csv([*([header] if header else []), *rows]))
    return SimpleUploadedFile(name, content, "text/csv")


class Desk:
    """An account with some people in our copy, and somebody who brings files."""

    def __init__(self):
        self.account = make_account(synced_at=timezone.now())
        self.user = make_access(self.account, "marketer").user

    def store(self, address, **parts):
        """Somebody of our copy."""
        now = timezone.now()
        return mirror.store_contact(self.account, make_remote(address, **parts), fetched_at=now, seen_at=now)

    def bring(self, rows, *, purpose="check", **more):
        """The file as it was taken in."""
        return self.take(uploaded(rows, **more), purpose=purpose)

    def take(self, upload, *, purpose="check"):
        return files.receive(
            self.account, by=self.user, upload=upload, purpose=ContactFile.Purpose(purpose), token=uuid.uuid4()
        )

    def ready(self, rows, **more):
        """The file when the worker has done with it."""
        return carried(self.bring(rows, **more))


def carried(file):
    """The file after all its turns."""
    file = ContactFile.objects.get(pk=file.pk)
    while file.state in ContactFile.UNDER_WAY:
        file = files.carry_on(file, seconds=10)
    return file


def verdicts(file):
    """Row number to verdict."""
    return dict(FileRow.objects.filter(file=file).order_by("number").values_list("number", "verdict"))


def row(address="", first="", last="", city=""):
    return [address, first, last, city]


def grow_old(file, *, days):
    ContactFile.objects.filter(pk=file.pk).update(created_at=timezone.now() - timedelta(days=days))

"""Taking a file in: looked at before a byte of it is kept, then stored in pieces."""

import logging
from itertools import islice
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from contacts import audit, leases, tables
from contacts.models import AuditEntry, ContactFile, CustomField, LinkedAccount, User
from contacts.models.cells import cell
from contacts.rules import columns
from contacts.rules.refusal import Refused
from contacts.services.files.storing import store

logger = logging.getLogger(__name__)

State, Purpose = ContactFile.State, ContactFile.Purpose
#: Rows that tell whether the day or the month comes first in a birthday.
LOOKED_AT = 5_000
USED = "This form was used already. Load the page again."


def receive(
    account: LinkedAccount, *, by: User, upload: UploadedFile, purpose: ContactFile.Purpose, token: UUID
) -> ContactFile:
    """Keep the file, with what its columns seem to be; the worker reads it. A second post of one form finds the first.

    Raises Refused, with nothing kept, when it is too large or no table.
    """
    known = ContactFile.objects.filter(token=token).first()
    if known is not None:
        return _mine(known, account)
    size = upload.size or 0
    if size > settings.FILE_MB * 2**20:
        raise Refused(f"File refused: it has more than {settings.FILE_MB} MB. Divide it.")
    name = _clean(upload.name or "")
    try:
        stream = cast("BinaryIO", upload.file)
        look = tables.look(stream, name=name)
        facts = understood(account, look, stream)
    except tables.TableRefused as refused:
        raise Refused(refused.sentence) from None
    try:
        file = ContactFile.objects.create(
            token=token,
            account=account,
            by=by,
            purpose=purpose,
            name=name,
            size=size,
            lease_owner=leases.new_owner(),
            lease_until=timezone.now() + leases.LEASE,
        )
    except IntegrityError:
        return _mine(ContactFile.objects.get(token=token), account)
    _keep(file, upload, facts, by=by)
    return file


def understood(account: LinkedAccount, look: tables.Look, stream: BinaryIO) -> dict[str, Any]:
    """What a look at a file makes of its columns, by the names of ``ContactFile``. Raises TableRefused."""
    names = CustomField.objects.filter(account=account, gone_at=None).values_list("name", flat=True)
    guess = columns.guess(look.header, look.sample, custom=names)
    for place, field in guess.items():
        if field == columns.BIRTHDAY:
            first = islice(tables.rows(stream, look), LOOKED_AT)
            guess[place] = columns.birthday_of(cell(row.cells, place)[:60] for row in first)
    return {
        "format": look.format.value,
        "encoding": look.encoding,
        "delimiter": look.delimiter,
        "has_header": look.has_header,
        "header": look.header,
        "columns": {str(place): field for place, field in guess.items()},
    }


def _keep(file: ContactFile, upload: UploadedFile, facts: dict[str, Any], *, by: User) -> None:
    """The bytes, piece by piece; then, in one transaction, that they are whole and that somebody brought them."""
    mark = _mark(file.account, store(file, upload.chunks(2**20)))
    reads = columns.EMAIL in facts["columns"].values()
    state = State.READING if reads else State.ASKS
    with transaction.atomic():
        facts |= {"mark": mark, "state": state, "lease_owner": "", "lease_until": None}
        ContactFile.objects.filter(pk=file.pk).update(**facts)
        detail = {"file": file.pk, "bytes": file.size, "mark": mark, "purpose": str(file.purpose)}
        audit.record("file_brought", AuditEntry.Outcome.DONE, by=by, account=file.account, detail=detail)
    file.refresh_from_db()


def _mark(account: LinkedAccount, sha256: str) -> str:
    """The same for the same file in the same account. Without our key a file of one row could be guessed from it."""
    salt = f"contacts.files.{account.encoded_account_id}"
    return salted_hmac(salt, sha256, algorithm="sha256").hexdigest()


def _mine(known: ContactFile, account: LinkedAccount) -> ContactFile:
    if known.account_id != account.pk:
        raise Refused(USED)
    return known


def _clean(name: str) -> str:
    """A name that every database can hold and every page can show."""
    visible = "".join(each for each in name if each.isprintable())
    return visible.encode("utf-8", "replace").decode()[-200:] or "A file without a name"

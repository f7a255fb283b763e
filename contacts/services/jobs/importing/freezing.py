"""A file becomes a job: who may ask for it, into which lists, on what grounds."""

import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from contacts.models import ContactFile, ContactList, Job, User
from contacts.rules.consent import Grounds
from contacts.rules.importing import MOST_LISTS
from contacts.rules.preflight import SENDABLE
from contacts.rules.refusal import Refused
from contacts.services.jobs.freezing import earlier, used
from contacts.services.jobs.importing.planning import plan
from contacts.services.jobs.rights import need_right

Kind = Job.Kind


def freeze_import(
    file: ContactFile,
    *,
    by: User,
    token: uuid.UUID,
    lists: Iterable[str],
    include: Iterable[str],
    basis: str,
    note: str,
    retries: Job | None = None,
) -> Job:
    """A plan for the rows of this file whose verdict is in ``include``. The same ``token`` finds the plan it made.

    ``lists`` are 1 to 50 ids. Raises Refused without evidence, for a list that is gone, for a file that is not ready,
    for nobody to send, and for a person who may not.
    """
    account = file.account
    need_right(account, Kind.IMPORT, by=by)
    found = earlier(account, Kind.IMPORT, by=by, token=token)
    if found:
        return found
    job = Job(token=token, account=account, kind=Kind.IMPORT, by=by, file=file, retries=retries, way=Job.Way.ACTIVITY)
    job.chosen = f"Rows of file {file.pk}" + (f" that job {retries.pk} did not import" if retries else "")
    job.lists, job.basis, job.note = _lists(file, lists), _basis(basis), _note(note)
    job.options = {"include": _included(include)}
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            plan(job)
            if not job.people:
                raise Refused("No row of this file would be sent with this choice. Nothing was planned.")
    except IntegrityError:
        # The second click of two at the same moment.
        return earlier(account, Kind.IMPORT, by=by, token=token) or used()
    return job


def _lists(file: ContactFile, lists: Iterable[str]) -> list[str]:
    wished = sorted(set(map(str, lists)))
    if not wished:
        raise Refused("Choose at least one list: an import puts everybody on the lists you choose.")
    if len(wished) > MOST_LISTS:
        raise Refused(f"A contact can be on at most {MOST_LISTS} lists; you chose {len(wished)}. Nothing was planned.")
    alive = ContactList.objects.filter(account=file.account, gone_at=None, remote_id__in=wished)
    if alive.count() != len(wished):
        raise Refused("A list you chose no longer exists. Choose another. Nothing was planned.")
    return wished


def _basis(basis: str) -> str:
    if basis not in Grounds:
        raise Refused("Say why these people may be written to: it is kept with every row as evidence.")
    return basis


def _note(note: str) -> str:
    if not note.strip():
        raise Refused("Say in the note where the people of this file come from: it is kept with every row as evidence.")
    return note.strip()[:500]


def _included(include: Iterable[str]) -> list[str]:
    chosen = [str(each) for each in SENDABLE if each in set(include)]
    if not chosen:
        raise Refused("Choose who is imported: new people, those who are there already, or both.")
    return chosen

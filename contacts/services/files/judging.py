"""Comparing the rows of a file with our copy, a portion at a time, in a fixed number of queries each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from contacts.connect.credential import CannotOpen
from contacts.connect.marks import Marker, marker_of
from contacts.mirror.erased import standing
from contacts.models import Contact, ContactFile, FileRow, LinkedAccount, Membership
from contacts.models.cells import NOTHING, cell
from contacts.rules import preflight
from contacts.rules.custom_fields import Custom
from contacts.rules.merge import MOST_LISTS
from contacts.rules.preflight import Finding, Verdict
from contacts.services.files.fields import custom_fields
from contacts.services.files.keeping import Walk
from contacts.services.files.packing import cells
from contacts.services.files.reading import drop_bytes_of_erased, fields_of, place_of_address

State = ContactFile.State
AT_ONCE: Final = 2_000
COLUMNS: Final = (
    *("account", "address", "address_key", "first_name", "last_name", "permission", "confirm_status"),
    *("opt_in_source", "opt_in_at", "opt_out_source", "opt_out_at", "once_opted_out", "deleted_on", "missing_since"),
)


class KeyIsLost(Exception):
    """Nobody can say who was erased, so no row may be shown or sent."""

    advice = (
        "File refused: the key by which erased people are known again cannot be opened, so nobody could tell who of "
        "this file asked to be forgotten. Bring back the encryption key first."
    )


@dataclass(frozen=True)
class Rules:
    """What holds for every row of a file: its columns, the account's custom fields, who makes marks of the erased."""

    file: ContactFile
    fields: Mapping[int, str]
    address: int | None
    custom: Mapping[str, Custom]
    marker: Marker | None

    @classmethod
    def of(cls, file: ContactFile) -> "Rules":
        """Two queries. Raises KeyIsLost."""
        account = LinkedAccount.objects.get(pk=file.account_id)
        try:
            marker = marker_of(account) if account.erasure_key else None
        except CannotOpen:
            raise KeyIsLost from None
        return cls(file, fields_of(file), place_of_address(file), custom_fields(account), marker)


@dataclass(frozen=True)
class Known:
    """What our copy knows of the addresses of a portion."""

    people: Mapping[str, Contact]
    lists: Mapping[int, int]
    erased: frozenset[str]


def judge_on(file: ContactFile, walk: Walk) -> bool:
    """Judge portions to the end of the turn, or of the file; True at the end. Raises LostLease and KeyIsLost."""
    began_of = file.judged_of if file.reached else LinkedAccount.objects.get(pk=file.account_id).synced_at
    rules = Rules.of(file)
    while rows := list(with_last(file).filter(number__gt=file.reached).order_by("number")[:AT_ONCE]):
        known = knowledge(rules, rows)
        with transaction.atomic():
            # The file before its rows, as an erasure holds them.
            walk.save(file)
            counts = Counter(file.counts) + Counter(save(rules, known, rows))
            walk.save(file, reached=rows[-1].number, counts=dict(counts), judged_of=began_of)
        if walk.is_over:
            return False
    _end(file, walk)
    return True


def judge_row(row: FileRow) -> FileRow:
    """Judge one row anew, after somebody looked at Constant Contact; the file's counts follow."""
    rules = Rules.of(row.file)
    with transaction.atomic():
        file = ContactFile.objects.select_for_update().get(pk=row.file_id)
        fresh = with_last(file).get(pk=row.pk)
        if file.state == State.READY:
            counts = Counter(file.counts)
            counts[fresh.verdict] -= 1
            counts += Counter(save(rules, knowledge(rules, [fresh]), [fresh]))
            ContactFile.objects.filter(pk=file.pk).update(counts=dict(counts))
    return FileRow.objects.select_related("file", "contact").get(pk=row.pk)


def with_last(file: ContactFile) -> QuerySet[FileRow]:
    """The rows, each with the ``last`` one that has its address."""
    same = FileRow.objects.filter(file=file, address_key=OuterRef("address_key")).order_by("-number")
    return FileRow.objects.filter(file=file).annotate(last=Subquery(same.values("number")[:1]))


def knowledge(rules: Rules, rows: Iterable[FileRow]) -> Known:
    """Three queries, whatever the number of rows; one less where nobody was ever erased."""
    keys = {row.address_key for row in rows} - {""}
    account = rules.file.account_id
    people: dict[str, Contact] = {}
    for each in Contact.objects.filter(account=account, address_key__in=keys).only(*COLUMNS):
        other = people.get(each.address_key)
        if other is None or _comes_first(each, other):
            people[each.address_key] = each
    stays = Membership.objects.filter(contact__in=[each.pk for each in people.values()], ended_at=None)
    full = stays.values("contact").annotate(number=Count("pk")).filter(number__gte=MOST_LISTS)
    lists = dict(full.order_by().values_list("contact", "number"))
    return Known(people, lists, _erased(rules, keys))


def save(rules: Rules, known: Known, rows: Sequence[FileRow]) -> list[str]:
    """Judge the rows and keep their verdicts; one query, and one for those of the erased. Returns the verdicts."""
    judged = [_judged(rules, known, row) for row in rows]
    columns = ["verdict", "problem", "wins", "contact", "address_key", "cells"]
    # An upsert of rows that are all there: a tenth of the time of an UPDATE with a case for each of them.
    FileRow.objects.bulk_create(judged, update_conflicts=True, unique_fields=["file", "number"], update_fields=columns)
    return [each.verdict for each in judged]


def _judged(rules: Rules, known: Known, row: FileRow) -> FileRow:
    """A row like this one with its verdict; of somebody who was erased nothing else is left."""
    texts = cells(row)
    person = known.people.get(row.address_key) if row.address_key else None
    last: int | None = row.last  # type: ignore[attr-defined]
    finding = preflight.judge(
        row=preflight.of_address(cell(texts, rules.address))[1],
        person=_of_person(person, known),
        values=lambda: preflight.of_values(texts, rules.fields, custom=rules.custom),
        is_erased=row.address_key in known.erased,
        wins=last if row.address_key and last != row.number else None,
    )
    if finding.verdict == Verdict.ERASED or row.verdict == Verdict.ERASED:
        return FileRow(file_id=row.file_id, number=row.number, verdict=Verdict.ERASED, cells=NOTHING)
    return FileRow(
        file_id=row.file_id,
        number=row.number,
        address_key=row.address_key,
        cells=row.cells,
        verdict=finding.verdict,
        problem=finding.problem[:200],
        wins=last if finding.verdict == Verdict.DUPLICATE else None,
        contact=person if finding.verdict != Verdict.NEW else None,
    )


def _of_person(person: Contact | None, known: Known) -> Finding:
    if person is None:
        return preflight.of_person(None)
    lists = known.lists.get(person.pk, 0)
    return preflight.of_person(person.standing(), is_missing=person.missing_since is not None, lists=lists)


def _comes_first(one: Contact, other: Contact) -> bool:
    """Whether ``one`` has the address rather than ``other``: who is there does, then who was added last."""
    return (one.missing_since is None, one.pk) > (other.missing_since is None, other.pk)


def _erased(rules: Rules, keys: Iterable[str]) -> frozenset[str]:
    if rules.marker is None:
        return frozenset()
    marks = {rules.marker.of_address(key): key for key in keys}
    found = standing(rules.file.account).filter(mark__in=marks).values_list("mark", flat=True)
    return frozenset(marks[mark] for mark in found)


def _end(file: ContactFile, walk: Walk) -> None:
    """Ready. The bytes of a file that names somebody who was erased go now; it cannot be read another way then."""
    with transaction.atomic():
        walk.save(file)
        file.refresh_from_db(fields=["settings"])
        settings = {name: each for name, each in file.settings.items() if name != "after"}
        # Counted anew: a person who was erased meanwhile took their rows along.
        rows = FileRow.objects.filter(file=file).order_by().values_list("verdict")
        counts = Counter(dict(rows.annotate(number=Count("pk"))))
        settings |= drop_bytes_of_erased(file)
        facts = {"rows": counts.total(), "counts": dict(counts), "settings": settings, "ready_at": timezone.now()}
        walk.save(file, state=State.READY, **facts)

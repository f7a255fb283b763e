"""What a person says about a file: how it is read, which column is which; and judging it again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from contacts import tables
from contacts.models import ContactFile, FileRow, Job, SyncRun
from contacts.rules import columns
from contacts.rules.refusal import Refused
from contacts.services.files.packing import cells
from contacts.services.files.reading import place_of_address
from contacts.services.files.receiving import understood
from contacts.services.files.storing import BytesAreGone, stored

State, Purpose = ContactFile.State, ContactFile.Purpose
SAMPLE = 5


@dataclass(frozen=True)
class Choice:
    """How to read a file: of text its encoding and delimiter; the field of each column that is used."""

    encoding: str
    delimiter: str
    has_header: bool
    columns: Mapping[int, str]


def choose(file: ContactFile, choice: Choice) -> None:
    """Read or judge the file anew, as chosen. Raises Refused when it cannot be so."""
    need_rest(file)
    shape = {"encoding": choice.encoding, "delimiter": choice.delimiter, "has_header": choice.has_header}
    # An old export is only read; what its rows are worth others say.
    reads = file.purpose == Purpose.SEED or file.state not in (State.JUDGING, State.READY)
    reads = reads or any(getattr(file, name) != each for name, each in shape.items())
    facts: dict[str, object] = {"columns": {str(place): field for place, field in choice.columns.items()}}
    if reads:
        facts = _looked_again(file, choice)
    _need_one_each(fields := dict(facts["columns"]))  # type: ignore[call-overload]
    before = place_of_address(file)
    after = next((int(place) for place, field in fields.items() if field == columns.EMAIL), None)
    if after is None and not (reads and len(facts.get("header", ())) != len(file.header)):  # type: ignore[arg-type]
        raise Refused("Say which column has the addresses. Nothing was changed.")
    if reads or before != after:
        state = State.READING if after is not None else State.ASKS
        _begin(file, state, facts | {"rows": 0}, settings={"clear": True})
    else:
        _begin(file, State.JUDGING, facts, settings={})


def judge_again(file: ContactFile, *, after: SyncRun | None = None) -> None:
    """Compare the rows with our copy as it is now, or as it will be when this sync has ended. Raises Refused."""
    need_rest(file)
    if file.state not in (State.READY, State.JUDGING) or file.purpose != Purpose.CHECK:
        raise Refused("This file is not ready yet. Nothing was changed.")
    _begin(file, State.JUDGING, {}, settings={"after": after.pk} if after else {})


def sample(file: ContactFile) -> list[list[str]]:
    """The first rows, as they are kept; of a file that was not read yet, as they are found in it."""
    rows = FileRow.objects.filter(file=file).order_by("number")[:SAMPLE]
    found = [cells(row) for row in rows]
    if found or file.state != State.ASKS:
        return found
    try:
        with stored(file) as stream:
            shape = {"encoding": file.encoding, "delimiter": file.delimiter, "has_header": file.has_header}
            return tables.look(stream, name=file.name, **shape).sample  # type: ignore[arg-type]
    except (tables.TableRefused, BytesAreGone):
        return []


def need_rest(file: ContactFile) -> None:
    """Raise Refused when the file is over, on its way here, or a job that has not ended rests on it."""
    if file.forgotten_at or file.state in (State.REFUSED, State.RECEIVED):
        raise Refused("What was in this file is not kept any more. Bring the file again.")
    job = Job.objects.filter(file=file, state__in=Job.OPEN).order_by("pk").first()
    if job:
        raise Refused(f"Job {job.pk} rests on this file and has not ended. Stop that job first. Nothing was changed.")


def _looked_again(file: ContactFile, choice: Choice) -> dict[str, object]:
    """What another look makes of it; the chosen columns hold as long as there are as many."""
    if file.settings.get("bytes_gone"):
        raise BytesAreGone
    try:
        with stored(file) as stream:
            look = tables.look(
                stream,
                name=file.name,
                encoding=choice.encoding,
                delimiter=choice.delimiter,
                has_header=choice.has_header,
            )
            facts: dict[str, object] = understood(file.account, look, stream)
    except tables.TableRefused as refused:
        raise Refused(f"It cannot be read so. {refused.sentence}") from None
    if len(look.header) == len(file.header):
        facts["columns"] = {str(place): field for place, field in choice.columns.items()}
    return facts


def _need_one_each(fields: Mapping[str, str]) -> None:
    filled = Counter(target for field in fields.values() for target in columns.targets(field))
    twice = [field for field, number in filled.items() if number > 1]
    if twice:
        raise Refused(f"Two columns are chosen for “{columns.label(twice[0])}”. Choose one. Nothing was changed.")


def _begin(
    file: ContactFile, state: ContactFile.State, facts: Mapping[str, object], *, settings: dict[str, object]
) -> None:
    """From the beginning, out of the hands of whoever carries it on just now."""
    kept = {name: file.settings[name] for name in ("bytes_gone",) if name in file.settings}
    with transaction.atomic():
        ContactFile.objects.filter(pk=file.pk).update(
            state=state,
            reached=0,
            counts={},
            settings=kept | settings,
            message="",
            **{"lease_owner": "", "lease_until": None, **facts},
        )
    file.refresh_from_db()

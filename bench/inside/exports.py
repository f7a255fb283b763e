"""Files that people take away and bring: how quick they are made and read, and what memory that takes."""

import tempfile
import time
import uuid
from collections.abc import Iterator

from django.core.files.uploadedfile import UploadedFile

from bench.inside.visit import Visit
from bench.measure import CPU, Series, peak_memory
from contacts.models import Contact, ContactFile
from contacts.rules.history_query import Query
from contacts.rules.roles import Role
from contacts.services import exporting, files
from contacts.services.exporting import Form, View, make
from contacts.tables import to_csv

#: The columns that are ticked when nobody says otherwise, and all there are.
USUAL = [each.key for each in exporting.GROUPS if each.usual]
EVERY = [each.key for each in (*exporting.GROUPS, exporting.FIELDS)]
TURN_SECONDS = 10.0


def history(form: str) -> list[Series]:
    """The whole history, every entry, as a file of this form."""
    visit = Visit("1")
    began = time.perf_counter()
    view = View(visit.account, visit.user, Role.MANAGER, Query.parse("fold:none"))
    made = make(view, form=Form(form), reason="A benchmark")
    rows = int(made.entry.detail["rows"])
    while made.file.read(2**16):
        pass
    pace = rows / (time.perf_counter() - began)
    return [Series(f"Export of the history, {form}", rows, "rows/s", [pace], {"MB": peak_memory()})]


def people(columns: str) -> list[Series]:
    """Everybody of the account, sent as a browser would be; ``columns`` is usual or every."""
    visit = Visit("1")
    groups = USUAL if columns == "usual" else EVERY
    began, cpu_began = time.perf_counter(), time.process_time()
    wish = exporting.wanted(visit.account, Contact.objects.all(), groups=groups)
    sending = exporting.send(wish, by=visit.user, reason="A benchmark", detail={"source": "contacts"})
    size = sum(map(len, sending))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    facts = {"MB": peak_memory(), "rows/s by CPU": sending.rows / cpu, CPU: cpu, "bytes a row": size / sending.rows}
    goal = "P11 export" if columns == "usual" else ""
    name = f"Export of contacts, {columns} columns"
    return [Series(name, visit.size, "rows/s", [sending.rows / seconds], facts, goal=goal)]


def file() -> list[Series]:
    """A file with a row for each contact of the account, half of them known, brought, read and judged."""
    visit = Visit("1")
    with tempfile.TemporaryFile() as content:
        content.writelines(to_csv(_brought(visit.size)))
        size = content.tell()
        content.seek(0)
        upload = UploadedFile(content, name="contacts.csv", content_type="text/csv", size=size)
        began, cpu_began = time.perf_counter(), time.process_time()
        brought = files.receive(
            visit.account, by=visit.user, upload=upload, purpose=ContactFile.Purpose.CHECK, token=uuid.uuid4()
        )
        while brought.state in ContactFile.UNDER_WAY:
            brought = files.carry_on(brought, seconds=TURN_SECONDS)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    if brought.state != ContactFile.State.READY:
        raise SystemExit(f"The file ended as {brought.state}: {brought.message}")
    facts = {"MB": peak_memory(), "rows/s by CPU": visit.size / cpu}
    name = "Check of a file with a row per contact"
    return [Series(name, visit.size, "rows/s", [visit.size / seconds], facts, goal="P11 file")]


def _brought(number: int) -> Iterator[tuple[str, str, str]]:
    yield "Email", "First name", "Last name"
    known = Contact.objects.order_by("pk").values_list("address", flat=True)[: number // 2]
    for address in known.iterator(chunk_size=2000):
        yield address or "nobody", "Somebody", "Known"
    for each in range(number - number // 2):
        yield f"new-{each}@example.org", "Somebody", "New"

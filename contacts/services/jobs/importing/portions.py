"""How much is sent at once: surely below the limits past which Constant Contact drops rows without a word.

4 MB and 40,000 rows (CC reference, section 15); nothing says whether a megabyte is 1,000,000 bytes or more.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from contacts.models import Job
from contacts.services.jobs.importing.rows import shape

JSON = dict[str, Any]
#: The intents of a portion are one transaction, which on SQLite nobody else may write during: under two seconds.
MOST_ROWS = 4_000
#: So many portions are under way before anybody is proved: a fault shows before the next wave.
WAVE = 8
MOST_BYTES = 3_000_000
#: Of a file, where a value may hold ends of lines.
MOST_LINES = 30_000
#: What stands around the rows: names, list ids, and the parts of a form.
AROUND = 10_000
JSON_IMPORT, FILE_IMPORT = IMPORTS = ("contacts_json_import", "contacts_file_import")


@dataclass(frozen=True)
class Parcel:
    """What one call carries, and by which endpoint."""

    kind: str
    body: JSON
    table: bytes
    lists: Sequence[str]


def kind_of(job: Job) -> str:
    """The endpoint of the job's way."""
    return FILE_IMPORT if job.way == Job.Way.FILE else JSON_IMPORT


def fitting(job: Job, rows: Sequence[Mapping[str, str]]) -> list[int]:
    """The places of those rows that go into the next call, in their order; never none of some.

    In a file all rows have the same filled columns, so that no cell of it is blank.
    """
    chosen: list[int] = []
    size, lines = AROUND, 1
    first = shape(rows[0]) if rows else ()
    for place, row in enumerate(rows):
        if job.way == Job.Way.FILE and shape(row) != first:
            continue
        # The largest way of writing a row: every character escaped, names and quotes included.
        size += len(json.dumps(row)) + 2
        lines += 1 + sum(value.count("\n") + value.count("\r") for value in row.values())
        if chosen and (size > MOST_BYTES or lines > MOST_LINES or len(chosen) >= MOST_ROWS):
            break
        chosen.append(place)
    return chosen


def parcel(job: Job, rows: Sequence[Mapping[str, str]]) -> Parcel:
    """The call for these rows. ValueError when it would not fit, which ``fitting`` rules out."""
    body, table = {}, b""
    if job.way == Job.Way.FILE:
        table = _table(rows)
    else:
        body = {"import_data": [dict(row) for row in rows], "list_ids": list(job.lists)}
    size = len(table) or len(json.dumps(body))
    if size > MOST_BYTES + AROUND or len(rows) > MOST_ROWS:
        raise ValueError(f"{size} bytes and {len(rows)} rows do not surely fit one import.")
    return Parcel(kind_of(job), body, table, list(job.lists))


def _table(rows: Sequence[Mapping[str, str]]) -> bytes:
    """The rows as CSV, each value as it is: nobody opens this file in a spreadsheet."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()

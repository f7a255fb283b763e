"""What of a file's row is sent: the filled cells under the columns that were chosen, and nothing else."""

from collections.abc import Mapping

from contacts.models import CustomField, FileRow, Job, LinkedAccount
from contacts.rules import columns
from contacts.rules.columns import EMAIL
from contacts.rules.custom_fields import Custom
from contacts.rules.importing import Field
from contacts.services.files import cells

#: Sets of filled columns are counted over so many rows; for more the number is scaled.
LOOKED_AT = 20_000


def sent_row(row: FileRow, fields: Mapping[str, str], custom: Mapping[str, Custom]) -> dict[str, str]:
    """The flat row by Constant Contact's names, without an empty cell: whether a blank erases is not documented.

    ``fields`` is place to field, as ``ContactFile.columns``; ``custom`` are custom fields by their labels.
    Raises columns.Problem for a value that does not fit.
    """
    texts = cells(row)
    made: dict[str, str] = {}
    for place, field in fields.items():
        text = texts[int(place)] if int(place) < len(texts) else ""
        made |= columns.values(field, text, custom=custom)
    # The address leads, in a file as in a row.
    return {EMAIL: made.pop(EMAIL, ""), **made}


def shape(row: Mapping[str, str]) -> tuple[str, ...]:
    """The filled columns, which rows of one file that is sent have in common."""
    return tuple(sorted(row))


def shapes(job: Job) -> list[int]:
    """How many rows of the plan have each set of filled columns, as far as the first 20,000 say."""
    rows = FileRow.objects.filter(items__job=job, items__reason="").order_by("number")[:LOOKED_AT]
    counted: dict[tuple[str, ...], int] = {}
    columns_of = job.options.get("columns", {})
    for row in rows.iterator(chunk_size=2000):
        texts = cells(row)
        filled = tuple(place for place in columns_of if int(place) < len(texts) and texts[int(place)].strip())
        counted[filled] = counted.get(filled, 0) + 1
    looked_at = sum(counted.values())
    factor = job.people / looked_at if looked_at else 1
    return [round(number * factor) for number in counted.values()]


def by_name(account: LinkedAccount) -> dict[str, Field]:
    """Custom fields by the names that are sent, in lower case."""
    rows = CustomField.objects.filter(account=account, gone_at=None)
    return {
        (each.remote_name or each.name).lower(): Field(
            str(each.remote_id), {label: choice for choice, label in each.choices.items()}
        )
        for each in rows
    }

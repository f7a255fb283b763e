"""Asking Constant Contact itself about one row, with the part of the calls that is kept for people."""

from dataclasses import dataclass

from contacts.models import FileRow, User
from contacts.models.cells import cell
from contacts.rules import preflight
from contacts.rules.addresses import Kind, Query
from contacts.rules.roles import Role
from contacts.services import check
from contacts.services.files.judging import KeyIsLost, judge_row
from contacts.services.files.packing import cells
from contacts.services.files.reading import place_of_address


@dataclass(frozen=True)
class LiveRow:
    """A row after a look: its verdict before it, and why there was no answer, if there was none."""

    row: FileRow
    before: str
    problem: str


def look_live(row: FileRow, *, by: User, role: Role) -> LiveRow:
    """One call, two at most; our copy follows, and the row is judged by it. Never raises for what is answered."""
    address, wrong = preflight.of_address(cell(cells(row), place_of_address(row.file)))
    if wrong:
        return LiveRow(row, row.verdict, "There is no address to ask about.")
    card = check.live(row.file.account, Query(Kind.ADDRESS, address, address), by=by, role=role)
    problem = card.live.problem if card.live else ""
    try:
        return LiveRow(judge_row(row), row.verdict, problem)
    except KeyIsLost as lost:
        return LiveRow(row, row.verdict, lost.advice)

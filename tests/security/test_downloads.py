"""Every file that the site gives: no cell starts a formula, no browser keeps or guesses it, its name names nobody.

Constant Contact's own export is passed on by ``services.remote_exports``, whose tests have its guard.
"""

import csv
import io
import re
from pathlib import Path

import pytest

from contacts.models import Contact, ContactList, CustomField, Tag, User
from contacts.selectors.report_tables import TABLES
from tests.security.test_foreign_papers import Tenant

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2] / "contacts"
FORMULA = '=2+5 "x"'
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
PLAIN = re.compile(r'attachment; filename="[a-z0-9._-]+\.(csv|jsonl|json|py)"')
#: Who makes tables. Whoever is new here has its file among ``downloads``.
WRITERS = {
    "services/exporting/people.py",
    "services/exporting/table.py",
    "services/jobs/importing/portions.py",
    "tables/passing.py",
    "tables/writing.py",
    "views/file_looks.py",
    "views/report.py",
    "views/reports.py",
    "views/v2_ids.py",
}


@pytest.fixture
def ours():
    """Everything that somebody can name here, or brought in a file, begins like a formula."""
    ours = Tenant("ours")
    for kind in (ContactList, Tag, CustomField):
        for row in kind.objects.filter(account=ours.account):
            kind.objects.filter(pk=row.pk).update(name=f"{FORMULA} {row.pk}")
    Contact.objects.filter(account=ours.account).update(first_name=FORMULA, address="+tag@example.org")
    User.objects.update(name=FORMULA)
    quoted = FORMULA.replace('"', '""')
    rows = "".join(f'{address},"{quoted}"\n' for address in ("=new@example.org", "+new@example.org", "none"))
    ours.file = ours.brought(f'email,"{quoted}"\n{rows}')
    return ours


def downloads(ours):
    """Each file with whether something that we planted must be in it."""
    here, person = {"pk": ours.file.pk}, ours.alive[0]["contact_id"]
    for part, has in (("safe", True), ("person", True), ("leave", True)):
        yield ours.get("check_file_download", part=part, **here), has
    groups = ["address", "names", "lists", "former", "tags", "fields"]
    wish = {"make": "1", "source": "contacts", "all": "1", "groups": groups, "reason": FORMULA}
    yield ours.post("contact_export", wish), True
    yield ours.get("v2_pairs", pk=ours.crossing.pk), True
    yield ours.get("job_report", pk=ours.job.pk), True
    for form, has in (("csv", True), ("jsonl", False)):
        wish = {"form": form, "reason": FORMULA, "every": "on"}
        yield ours.post("contact_history_export", wish, remote_id=person), False
        yield ours.post("audit_export", wish), has
    yield ours.post("contact_privacy_pack", {}, remote_id=person), False
    yield ours.get("audit_verifier"), False
    yield ours.get("audit_checkpoints"), False
    for what in TABLES:
        yield ours.get("report_csv", what=what), False


def test_no_cell_of_any_file_starts_a_formula(ours):
    for answer, has in downloads(ours):
        content = b"".join(answer) if answer.streaming else answer.content
        name = answer["Content-Disposition"]
        assert answer.status_code == 200
        if not answer["Content-Type"].startswith("text/csv"):
            continue
        assert content.startswith("\ufeff".encode())
        cells = [each for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for each in row]
        assert cells
        assert not [each for each in cells if each.lstrip(" \"'").startswith(STARTS) and not each.startswith("'")], name
        assert any(each.startswith(("'=", "'+")) for each in cells) or not has, name


def test_no_file_is_kept_or_guessed_at_and_none_is_named_after_somebody(ours):
    for answer, _ in downloads(ours):
        assert PLAIN.fullmatch(answer["Content-Disposition"])
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not answer.cookies


def test_every_writer_of_tables_is_among_them():
    made = re.compile(r"csv\.(writer|DictWriter)\(|\bto_csv\(|tables import .*\bline\b|writing import .*\bline\b")
    found = {str(each.relative_to(ROOT)) for each in ROOT.rglob("[!_]*.py") if made.search(each.read_text())}
    assert found == WRITERS

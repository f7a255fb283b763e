"""Any view of any chain is a file that proves itself, and making it takes no more memory for many than for few."""

import ast
import secrets
import tracemalloc

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from contacts import audit
from contacts.models import AuditEntry
from contacts.services import exporting
from contacts.services.exporting import lines as export_lines
from contacts.services.exporting import view as export_view
from contacts.standalone import VERIFIER
from tests.standalone.rig import Diary, fault, lines

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch):
    """Portions so small that a short chain has many of them."""
    for module in (export_view, export_lines):
        monkeypatch.setattr(module, "AT_ONCE", 7)
    monkeypatch.setattr(export_lines, "WORTH", 3)


@given(steps=st.lists(st.sampled_from(["reactivate", "delete", "delete", "delete", "checkpoint"]), max_size=60))
@given_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_view_of_any_chain_is_proved(small, steps):
    diary = Diary()
    for step in steps:
        if step != "checkpoint":
            diary.records(step, payload={"n": 1} if step == "reactivate" else None)
        elif diary.account.audit_entries.exists():
            audit.checkpoint(diary.chain)
    wanted = steps.count("reactivate")
    raw = diary.export("action:reactivate fold:none")
    assert fault(raw) == ""
    assert [each["type"] for each in lines(raw)].count("entry") == wanted
    whole = diary.export()
    assert fault(whole) == ""
    assert [each["type"] for each in lines(whole)].count("entry") == len(steps) - steps.count("checkpoint") + 1


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_large_file_is_not_held_in_memory(small, form):
    diary = Diary()
    drafts = [
        audit.Draft("reactivate", AuditEntry.Outcome.DONE, {"note": secrets.token_hex(10_000)}) for _ in range(400)
    ]
    audit.record_all(drafts, by=diary.anna, account=diary.account)
    del drafts
    diary.export(form=form)
    tracemalloc.start()
    made = exporting.make(diary.view(), form=exporting.Form(form), reason="x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    with made.file:
        assert made.entry.detail["bytes"] > 8_000_000
    assert peak < 4_000_000


def test_two_exports_of_one_view_have_the_same_proof():
    diary = Diary()
    diary.brings_back()
    audit.checkpoint(diary.chain)
    first, second = (diary.export("action:reactivate fold:none") for _ in range(2))
    assert [each for each in lines(first) if each["type"] in ("entry", "checkpoint")] == [
        each for each in lines(second) if each["type"] in ("entry", "checkpoint")
    ]


def test_the_verifier_is_one_file_of_the_python_of_2019_and_its_own_library():
    tree = ast.parse(VERIFIER.read_text("utf-8"), feature_version=(3, 8))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    assert modules == {
        *("__future__", "argparse", "base64", "hashlib", "hmac", "json", "pathlib", "re", "sys", "typing")
    }


def test_the_checkpoint_at_the_end_is_kept_with_the_others():
    diary = Diary()
    diary.brings_back()
    diary.export()
    [kept] = diary.chain.checkpoints.all()
    assert kept.sequence == 2

"""The house itself: floors, migrations, types of rooms."""

import ast
import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
CODE = [path for folder in ("ccadmin", "contacts", "emulator", "tools") for path in (ROOT / folder).rglob("*.py")]
ROOMS = [path for path in CODE if "migrations" not in path.parts]


def test_imports_point_down_only():
    # In a process of its own: import-linter switches off every logger that exists already.
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.django_db
def test_every_model_change_has_its_migration():
    out = io.StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes" in out.getvalue()


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_is_no_larger_than_it_should_be(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{node.name} is too long to read at once"


@pytest.mark.parametrize("path", [*(ROOT / "templates").rglob("*.html")], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_no_inline_script_or_style(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 200
    for forbidden in (" style=", "<style", "onclick=", "hx-on", "javascript:"):
        assert forbidden not in text
    assert "<script>" not in text


def test_nothing_here_names_the_hidden_places_of_a_machine():
    for path in (*CODE, *(ROOT / "requirements").glob("*.txt"), *(ROOT / "templates").rglob("*.html")):
        assert "/home/" not in path.read_text("utf-8")

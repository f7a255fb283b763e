"""The files a browser gets: icons that exist, vendored files as they were fetched, nothing a strict policy stops."""

import json
import re
from pathlib import Path

import pytest

from contacts.templatetags.ccadmin import LOOKS, NOT_UNDERSTOOD
from contacts.views.frame import ROOMS
from tools import vendor

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/vendor/tabler-icons/sprite.svg").read_text()))


def lock():
    return json.loads(vendor.LOCK.read_text())


def test_every_icon_a_page_names_is_in_the_sprite():
    named = {icon for path in TEMPLATES for icon in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    named |= {icon for look in [*LOOKS.values(), NOT_UNDERSTOOD] for icon in look.icons}
    named |= {room.icon for room in ROOMS}
    named |= set(re.findall(r'Light\("\w+", "([^"]+)"', (ROOT / "contacts/views/frame.py").read_text()))
    assert named - SPRITE == set()


def test_vendored_files_are_as_they_were_fetched():
    vendor.check(lock())


def test_a_vendored_file_that_was_touched_is_noticed(tmp_path, monkeypatch):
    for name in lock()["files"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((vendor.TARGET / name).read_bytes())
    monkeypatch.setattr(vendor, "TARGET", tmp_path)
    vendor.check(lock())
    (tmp_path / "tabler/tabler.min.css").write_text("body{}")
    with pytest.raises(vendor.Mismatch, match=r"tabler\.min\.css"):
        vendor.check(lock())


def test_vendored_files_ask_nobody_else_for_anything():
    style = (vendor.TARGET / "tabler/tabler.min.css").read_text()
    assert "sourceMappingURL" not in style
    assert "@import" not in style
    assert not re.findall(r"url\((?![\"']?data:)", style)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_template_has_what_the_policy_stops(path):
    markup = re.sub(r'<script [^>]*type="application/json"', "<data", path.read_text())
    assert not re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", markup)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", markup)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', markup)

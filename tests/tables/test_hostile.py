"""Whatever is thrown at the reader: one sentence, within 5 seconds and 200 MB, each file in a process of its own."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from contacts.tables import TableRefused, look
from tests.tables import hostile

SECONDS, MEMORY = 5, 200 * 2**20
ROOT = Path(__file__).resolve().parents[2]
MAKERS = {
    name: made
    for name, made in inspect.getmembers(hostile, inspect.isfunction)
    if list(inspect.signature(made).parameters) == ["path"]
}
#: Reads the file as the app does, under a limit that the system keeps: 200 MB over what was taken before.
READER = """
import json, resource, sys, time
from contacts.tables import TableRefused, look, rows
def taken(): return int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
most = taken() + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
began, said, number = time.process_time(), "", 0
try:
    with open(sys.argv[1], "rb") as stream:
        found = look(stream, name=sys.argv[3])
        for number, row in enumerate(rows(stream, found), 1): pass
except TableRefused as refused:
    said = refused.sentence
print(json.dumps([said, number, time.process_time() - began]))
"""


@pytest.mark.parametrize("name", MAKERS)
def test_a_hostile_file_is_refused_in_one_sentence(name, tmp_path):
    path = tmp_path / "file"
    MAKERS[name](path)
    said, _, seconds = _read(path)
    assert said.startswith("File refused: ")
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 200
    assert seconds < SECONDS


@pytest.mark.parametrize("name", ["book.xlsm", "../../book.xlsx", "..\\book.csv", "a\0.csv"])
def test_a_name_that_promises_harm_is_refused(name, tmp_path):
    path = hostile.workbook(tmp_path / "file")
    with path.open("rb") as stream, pytest.raises(TableRefused):
        look(stream, name=name)


def test_the_largest_table_that_is_read_takes_no_more_memory(tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.write(b"email,name\n")
        file.writelines(b"%d@example.org,Name %d\n" % (each, each) for each in range(300_000))
    assert _read(path)[:2] == ["", 300_000]


def test_a_spreadsheet_that_is_none_of_this_is_read(tmp_path):
    assert _read(hostile.workbook(tmp_path / "file"))[:2] == ["", 1]


def _read(path, *, name="contacts"):
    command = [sys.executable, "-c", READER, str(path), str(MEMORY), name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)

"""What people save as a table is understood: encodings, separators, headers, dates; and reading goes on anywhere."""

import datetime
import io

import openpyxl
import pytest

from contacts.tables import Format, TableRefused, look, rows

TEXT = "email;name\na@example.org;Zoë\nb@example.org;Müller, Jörg\n"


def look_at(raw, **wish):
    return look(io.BytesIO(raw), name="contacts.csv", **wish)


def read(raw, **wish):
    return [(row.number, row.cells) for row in rows(io.BytesIO(raw), look_at(raw, **wish))]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("utf-32-le", "utf-32-le"),
        ("utf-32-be", "utf-32-be"),
    ],
)
def test_the_encoding_is_guessed_with_and_without_a_mark(encoding, named):
    raw = TEXT.encode(encoding)
    assert look_at(raw).encoding == named
    assert read(raw) == [(2, ["a@example.org", "Zoë"]), (3, ["b@example.org", "Müller, Jörg"])]


def test_one_letter_at_the_end_of_a_long_file_decides():
    raw = b"email\n" + b"a@example.org\n" * 100_000 + "Zoë\n".encode("cp1252")
    assert look_at(raw).encoding == "cp1252"


def test_what_was_guessed_can_be_changed():
    raw = "email;name\na@example.org;Ołtarz\n".encode("cp1250")
    assert read(raw, encoding="cp1250") == [(2, ["a@example.org", "Ołtarz"])]
    assert read(raw, encoding="cp1250", delimiter=",", has_header=False)[0] == (1, ["email;name"])


def test_a_wrong_choice_is_refused():
    with pytest.raises(TableRefused, match="its text is not UTF-8"):
        read(b"email\n" + b"a@example.org\n" + b"b\xff@example.org\n", encoding="utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_makes_a_table(delimiter):
    lines = [["email", "name", "note"], ["a@example.org", "A", "x, y; z | w"], ["b@example.org", "B", "k"]]
    raw = "\r\n".join(delimiter.join(f'"{each}"' for each in line) for line in lines).encode()
    assert look_at(raw).delimiter == delimiter
    assert read(raw)[0] == (2, ["a@example.org", "A", "x, y; z | w"])


def test_one_column_needs_no_separator():
    assert read(b"a@example.org\nb@example.org\n") == [(1, ["a@example.org"]), (2, ["b@example.org"])]


@pytest.mark.parametrize(
    ("raw", "header"),
    [
        (b"email,name\na@example.org,A", ["email", "name"]),
        (b"a@example.org,A\nb@example.org,B", ["Column A", "Column B"]),
        (b"name,city\nAnn,Cork", ["name", "city"]),
        (b"1,2\n3,4", ["Column A", "Column B"]),
    ],
)
def test_a_header_is_told_from_a_row(raw, header):
    assert look_at(raw).header == header


def test_mixed_line_ends_blank_rows_and_breaks_in_cells_are_counted_as_a_spreadsheet_does():
    raw = b'email,note\ra@example.org,"x\r\ny"\r\n\n,,\nb@example.org,z\r\r\nc@example.org,"q\rw"'
    assert read(raw) == [
        (2, ["a@example.org", "x\r\ny"]),
        (5, ["b@example.org", "z"]),
        (7, ["c@example.org", "q\rw"]),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32-be"])
def test_reading_goes_on_from_the_place_of_any_row(encoding):
    lines = ["email,note", *(f'"{each}@example.org","Zoë\r\n{each}"' for each in range(300)), "", "last@example.org,x"]
    raw = "\n".join(lines).encode(encoding)
    found = look_at(raw)
    whole = list(rows(io.BytesIO(raw), found))
    assert [row.number for row in whole[-2:]] == [301, 303]
    for at in (0, 1, 150, 299):
        stopped = whole[at]
        rest = list(rows(io.BytesIO(raw), found, start=stopped.place, number=stopped.number))
        assert rest == whole[at + 1 :]


def test_the_reader_leaves_the_stream_open():
    stream = io.BytesIO(TEXT.encode())
    list(rows(stream, look(stream, name="a.csv")))
    assert not stream.closed


def test_a_spreadsheet_says_what_its_cells_show():
    book = openpyxl.Workbook()
    book.active.append(["email", "born", "phone", "worked out", "yes"])
    born = datetime.date(1980, 2, 29)
    book.active.append(["a@example.org", born, 353871234567890, "=1+1", True])
    book.active["A5"], book.active["B5"], book.active["C5"] = "z@example.org", datetime.datetime(2026, 1, 2, 3, 4), 1.5
    book.create_sheet("second")["A1"] = "not read"
    stream = io.BytesIO()
    book.save(stream)
    found = look(stream, name="a.xlsx")
    assert (found.format, found.header[1]) == (Format.XLSX, "born")
    whole = [(row.number, row.cells) for row in rows(stream, found)]
    assert whole == [
        (2, ["a@example.org", "1980-02-29", "353871234567890", "", "TRUE"]),
        (5, ["z@example.org", "2026-01-02 03:04:00", "1.5"]),
    ]
    assert [row.number for row in rows(stream, found, number=2)] == [5]


def test_a_sheet_that_is_hidden_is_not_the_one_that_is_read():
    book = openpyxl.Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    for row in (["email"], ["a@example.org"]):
        book.create_sheet("shown") if "shown" not in book.sheetnames else None
        book["shown"].append(row)
    book.active = 1
    stream = io.BytesIO()
    book.save(stream)
    assert look(stream, name="a.xlsx").sample == [["a@example.org"]]

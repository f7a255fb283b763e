"""Files that somebody made to hurt, or that are no table at all. Each maker writes one to a path."""

import io
import struct
import zipfile

MB = 2**20
SHEET_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = f"<worksheet {SHEET_NS}><sheetData>{{}}</sheetData></worksheet>"
ROWS = '<row r="1"><c r="A1" t="str"><v>email</v></c></row><row r="2"><c r="A2" t="s"><v>0</v></c></row>'
TEXTS = f"<sst {SHEET_NS}>{{}}</sst>"
PARTS = {
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": f'<workbook {SHEET_NS}><sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<R><Relationship Id="r1" Target="worksheets/sheet1.xml"/></R>',
    "xl/worksheets/sheet1.xml": SHEET.format(ROWS),
    "xl/sharedStrings.xml": TEXTS.format("<si><t>a@example.org</t></si>"),
}
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def workbook(path, *, level=9, **parts):
    """A small spreadsheet with some of its parts replaced or added; ``None`` leaves one out."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in (PARTS | parts).items():
            if content is not None:
                with archive.open(name, "w", force_zip64=False) as part:
                    for each in [content] if isinstance(content, str | bytes) else content:
                        part.write(each.encode() if isinstance(each, str) else each)
    return path


def sheet(path, *rows):
    return workbook(path, **{"xl/worksheets/sheet1.xml": rows})


def repeated(text, times, *, before="", after=""):
    yield before
    yield from (text * 10_000 for _ in range(times // 10_000))
    yield after


def begin_and_end(template):
    return dict(zip(("before", "after"), template.split("{}"), strict=True))


def gigabyte(path):
    with path.open("wb") as file:
        file.write(b"email\r\na@example.org\r\n")
        file.truncate(1024 * MB)


def many_columns(path):
    path.write_bytes(b",".join(b"c%d" % each for each in range(1_000_000)) + b"\n" + b"," * 999_999)


def many_short_columns(path):
    path.write_bytes(b"," * 5000 + b"\n" + b"a," * 5000)


def long_line(path):
    path.write_bytes(b"email\n" + b"x" * (100 * MB) + b"\n")


def long_line_without_end(path):
    path.write_bytes(b"x" * (100 * MB))


def many_rows(path):
    path.write_bytes(b"email\n" + b"a@b.c\n" * 10_000_000)


def many_rows_in_quotes(path):
    path.write_bytes(b"email\n" + b'"a"\n' * 10_000_000)


def many_blank_rows(path):
    path.write_bytes(b'"email"\n' + b"\r" * 20_000_000)


def open_quote(path):
    path.write_bytes(b"email\n" + b'"a@example.org\n' + b"b@example.org\n" * 1_000_000)


def open_quotes_in_lines(path):
    path.write_bytes(b'email,"\n' + b"a,b\n" * 2_000_000)


def large_cell(path):
    path.write_bytes(b'email\n"' + b"x" * 40_000 + b'"\n')


def bad_encoding(path):
    path.write_bytes(b"email\n" + b"a@example.org\n" * 1000 + b"\xff\x81\x8d\n")


def nul(path):
    path.write_bytes(b"email\n" + b"a@example.org\n" * 1000 + b"b\0@example.org\n")


def noise(path):
    path.write_bytes(bytes(range(256)) * 5000)


def odd_utf16(path):
    path.write_bytes(b"\xff\xfe" + "email\na@example.org\n".encode("utf-16-le") + b"\x00\xd8" + b"a\0")


def cut_utf16(path):
    path.write_bytes(b"\xff\xfe" + "email\na@example.org".encode("utf-16-le") + b"a")


def old_excel(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * MB)


def pdf(path):
    path.write_bytes(b"%PDF-1.7\n" + b"x" * 1000)


def html(path):
    path.write_bytes(b"\r\n<html><table><tr><td>a@example.org</td></tr></table></html>")


def gzipped(path):
    path.write_bytes(b"\x1f\x8b\x08" + b"\0" * 100)


def empty(path):
    path.write_bytes(b"")


def only_blanks(path):
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n ,, \r\n" * 100)


def only_header(path):
    path.write_bytes(b"email,first name,last name\r\n")


def plain_archive(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("contacts.csv", "email\na@example.org\n")


def macros(path):
    workbook(path, **{"xl/vbaProject.bin": b"\0" * 100})


def inner_archive(path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * (10 * MB))
    workbook(path, **{"xl/embeddings/more.zip": inner.getvalue()})


def traversal(path):
    workbook(path, **{"../../outside.xml": "<a/>"})


def huge_ratio(path):
    sheet(path, *repeated(" ", 300 * MB, **begin_and_end(SHEET)))


def lying_size(path):
    """A directory that says a part unpacks to little, and a part that does not."""
    workbook(path, **{"xl/worksheets/sheet1.xml": repeated(" ", 50 * MB, **begin_and_end(SHEET))})
    raw = bytearray(path.read_bytes())
    place = raw.rfind(b"xl/worksheets/sheet1.xml") - 46
    raw[place + 24 : place + 28] = struct.pack("<L", 1000)
    path.write_bytes(raw)


def overlapping(path):
    """Every entry of the directory points at the same bytes."""
    workbook(path, **{f"xl/worksheets/sheet{each}.xml": ROWS for each in range(2, 50)})
    raw = bytearray(path.read_bytes())
    place = raw.find(b"PK\x01\x02")
    while place >= 0:
        raw[place + 42 : place + 46] = struct.pack("<L", 0)
        place = raw.find(b"PK\x01\x02", place + 4)
    path.write_bytes(raw)


def many_entries(path):
    with zipfile.ZipFile(path, "w") as archive:
        for each in range(30_000):
            archive.writestr(f"xl/{each}", b"")


def hidden_directory(path):
    """The record at the end says five entries; another one, for long archives, says ten million."""
    workbook(path)
    raw = path.read_bytes()
    place = raw.rfind(b"PK\x05\x06")
    path.write_bytes(raw[:place] + b"PK\x06\x07" + b"\0" * 16 + raw[place:])


def truncated(path):
    workbook(path)
    path.write_bytes(path.read_bytes()[:-40])


def damaged(path):
    workbook(path)
    raw = bytearray(path.read_bytes())
    place = raw.find(b"xl/worksheets/sheet1.xml") + 40
    raw[place : place + 30] = b"\xff" * 30
    path.write_bytes(raw)


def encrypted(path):
    workbook(path)
    raw = bytearray(path.read_bytes())
    place = raw.find(b"PK\x01\x02")
    while place >= 0:
        raw[place + 8] |= 1
        place = raw.find(b"PK\x01\x02", place + 4)
    path.write_bytes(raw)


def entities_in_texts(path):
    workbook(path, **{"xl/sharedStrings.xml": BOMB + TEXTS.format("<si><t>&b;</t></si>")})


def entities_in_sheet(path):
    sheet(path, BOMB + SHEET.format('<row r="1"><c t="str"><v>&b;</v></c></row>'))


def entities_in_workbook(path):
    workbook(path, **{"xl/workbook.xml": BOMB + PARTS["xl/workbook.xml"]})


def huge_texts(path):
    varied = ("".join(f"<si><t>{each}-{some}@example.org</t></si>" for some in range(10_000)) for each in range(150))
    before, after = TEXTS.split("{}")
    workbook(path, level=1, **{"xl/sharedStrings.xml": [before, *varied, after]})


def empty_texts(path):
    workbook(path, level=1, **{"xl/sharedStrings.xml": repeated("<si/><si></si>", 10_000_000, **begin_and_end(TEXTS))})


def one_huge_text(path):
    workbook(path, level=1, **{"xl/sharedStrings.xml": TEXTS.format("<si><t>" + "ab@c " * (20 * MB) + "</t></si>")})


def one_huge_tag(path):
    digits = (f"{each:032x}" for each in range(MB // 2))
    sheet(path, *(part for parts in ([SHEET.split("{}")[0] + '<row r="'], digits, ['"/>']) for part in parts))


def wide_row(path):
    sheet(path, *repeated('<c t="n"><v>1</v></c>', 5_000_000, before=SHEET.split("{}")[0] + "<row>", after=""))


def empty_cells(path):
    before = SHEET.split("{}")[0] + '<row><c t="str"><v>email</v></c></row><row>'
    workbook(path, level=1, **{"xl/worksheets/sheet1.xml": repeated("<c/>", 20_000_000, before=before)})


def deep_markup(path):
    sheet(path, SHEET.split("{}")[0] + "<a>" * 3_000_000)


def far_row(path):
    sheet(path, SHEET.format('<row r="1048576"><c t="str"><v>a@example.org</v></c></row>'))


def text_out_of_reach(path):
    sheet(path, SHEET.format('<row r="1"><c t="s"><v>999999999</v></c></row>'))


def no_sheet(path):
    workbook(path, **{"xl/worksheets/sheet1.xml": None})


def binary_workbook(path):
    workbook(path, **{"xl/workbook.bin": b"\0"})


def open_document(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")

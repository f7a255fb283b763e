"""What an import is asked to do: the bodies of the two POSTs, cut as the service cuts (CC reference, section 15).

Both drop what is past 4 MB, and past 40,000 contacts (JSON) or 40,000 lines with the header (file), without a word.
Whether a megabyte is 1,000,000 bytes or more is not said; the smaller is assumed, so a client that counts the larger is
found out.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from emulator.errors import JSON, invalid, not_valid, unsupported_media_type
from emulator.state.checks import Check, is_id

MOST_BYTES = 4_000_000
MOST_ROWS = 40_000
MOST_LISTS = 50
SMS_PERMISSIONS = ("not_set", "explicit")
_BLANKS = " \t\r\n"
_DECODER = json.JSONDecoder()


def read_json(body: Any, raw: bytes) -> JSON:
    """The wish of contacts_json_import: ``rows``, ``list_ids``, ``sms``. ``raw`` is the body as it came. Raises 400."""
    check = Check(body)
    list_ids = check.ids("list_ids", MOST_LISTS, required=True)
    sms = check.choice("sms_permission_to_send", SMS_PERMISSIONS)
    sent = check.array("import_data", len(raw), required=True) or []
    if not all(isinstance(row, dict) and all(_is_value(each) for each in row.values()) for row in sent):
        check.wrong("import_data")
    check.done()
    kept = sent[: min(MOST_ROWS, _within(raw))] if len(raw) > MOST_BYTES else sent[:MOST_ROWS]
    return {"rows": [_row(each.items()) for each in kept], "list_ids": list_ids, "sms": sms, "file": ""}


def read_file(content_type: str, raw: bytes) -> JSON:
    """The wish of contacts_file_import, ``file`` being the name of what was sent. Raises 400, or 415 without a CSV."""
    form, file = _parts(content_type, raw)
    check = Check({name: form[name] for name in form})
    list_ids = [each.strip().lower() for each in (form.get("list_ids") or "").split(",") if each.strip()]
    if not list_ids:
        check.missing("list_ids")
    elif len(list_ids) > MOST_LISTS or not all(is_id(each) for each in list_ids):
        check.wrong("list_ids")
    sms = check.choice("sms_permission_to_send", SMS_PERMISSIONS)
    check.done()
    rows = _lines(file.read()[:MOST_BYTES], whole=len(raw) <= MOST_BYTES)
    return {"rows": rows, "list_ids": list(dict.fromkeys(list_ids)), "sms": sms, "file": file.filename}


def _parts(content_type: str, raw: bytes) -> tuple[MultiDict[str, str], FileStorage]:
    """The fields of a form and its file. Anything but a form with a file named like a CSV is 415 or 400."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data":
        raise unsupported_media_type()
    try:
        _stream, form, files = FormDataParser(silent=False).parse(io.BytesIO(raw), kind, len(raw), options)
    except ValueError as exc:
        raise invalid("the request body is not a valid form") from exc
    file = files.get("file")
    if file is None:
        raise invalid("file is missing", not_valid("file"))
    if not (file.filename or "").lower().endswith(".csv"):
        raise unsupported_media_type()
    return form, file


def _lines(data: bytes, *, whole: bool) -> list[JSON]:
    """The rows of a CSV by its header. Where the file was cut, the line that was cut goes too."""
    text = data.decode("utf-8-sig", "replace")
    if not whole:
        text = text[: text.rfind("\n") + 1]
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [each.strip() for each in next(reader, [])]
        if not {"email", "sms_number"} & {each.lower() for each in header}:
            raise invalid(not_valid("file"))
        return [_row(zip(header, cells, strict=False)) for cells in _until(reader)]
    except csv.Error as exc:
        raise invalid(not_valid("file")) from exc


def _until(reader: Any) -> Iterator[list[str]]:
    """The records that lie within the 40,000 lines."""
    for cells in reader:
        if reader.line_num > MOST_ROWS:
            return
        if any(cells):
            yield cells


def _row(cells: Any) -> JSON:
    """One row as text by the names of the reference; the vendor's own slip "home country" is understood."""
    named = {str(name).strip().lower().replace("home country", "home_country"): value for name, value in cells}
    return {name: "" if value is None else str(value).strip() for name, value in named.items()}


def _is_value(value: Any) -> bool:
    return value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))


def _within(raw: bytes) -> int:
    """How many elements of ``import_data`` end within the first 4 MB of a body that is known to be JSON.

    Read as Latin-1, in which a character is a byte and every delimiter is itself.
    """
    text = raw.decode("latin-1")
    place, count = _value_of(text, "import_data") + 1, 0
    while (place := _skip(text, place, ",")) < MOST_BYTES and text[place] != "]":
        _, place = _DECODER.raw_decode(text, place)
        count += place <= MOST_BYTES
    return count


def _value_of(text: str, wanted: str) -> int:
    """Where the value of the last property of this name begins in a JSON object."""
    place, found = _skip(text, text.index("{") + 1), 0
    while text[place] != "}":
        name, place = _DECODER.raw_decode(text, place)
        place = _skip(text, place, ":")
        found = place if name == wanted else found
        _, place = _DECODER.raw_decode(text, place)
        place = _skip(text, place, ",")
    return found


def _skip(text: str, place: int, mark: str = "") -> int:
    """The next place that is no blank, and not ``mark`` either."""
    while text[place] in _BLANKS or text[place] == mark:
        place += 1
    return place

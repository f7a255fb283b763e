"""The two files that the demo's pages offer for trying: ``python -m tools.demo_files`` writes static/demo/ anew.

Everybody in them is invented. The fair's list is what a marketer brings on a Monday: new people, old ones, and one of
each kind that must not be imported. The old export is from before the account was linked, so it names lists that
nobody here could know.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from emulator.making import plain
from emulator.names import IRISH_FIRST, IRISH_LAST
from emulator.story.cast import Person
from emulator.story.crowd import cast

TARGET = Path(__file__).resolve().parent.parent / "static" / "demo"
FAIR, OLD_EXPORT = "spring-fair.csv", "export-2020-01-10.csv"
type Row = Sequence[str]


def fair() -> Iterator[Row]:
    """Visitors of a fair who signed a list, as somebody typed it in."""
    random = Random("spring fair")
    known = _of_kind("active")[10:40] + _of_kind("swept")[30:42] + _of_kind("unsubscribed")[5:9]
    rows = [_visitor(random, number) for number in range(1, 61)]
    rows += [
        (_address(each).upper() if place % 9 == 0 else _address(each), *_names(each), "", "")
        for place, each in enumerate(known)
    ]
    rows += [
        ("maeve.doyle@example.net", "Maeve", "Doyle", "", "17/04"),
        ("brian.kelly@example.org", "Brian", "Kelly", "", ""),
        ("niamh.redmond@example.org", "Niamh", "Redmond", "", ""),
        ("conor.hartigan@example.com", "Conor", "Hartigan", "", ""),
        ("orlaith.at.example.org", "Orlaith", "Nagle", "", ""),
        ("", "Somebody", "Without", "", ""),
        ("peig.sayers@example", "Peig", "", "", ""),
        ("tadhg.mulvey@example.org", "Tadhg", "Mulvey", "Mulvey & Sons", "31/02"),
        ("=cmd@example.org", "=1+1", "", "", ""),
        (rows[3][0], "The same", "Visitor", "", ""),
    ]
    random.shuffle(rows)
    yield ("E-mail", "First name", "Surname", "Company", "Birthday")
    yield from rows


def old_export() -> Iterator[Row]:
    """An export of January 2020: who was on which lists then, also those who were deleted before anybody looked."""
    yield ("Email address", "First name", "Last name", "Email Lists", "Created At")
    for each in _of_kind("deleted before linking"):
        yield (_address(each), *_names(each), "Newsletter; Gala 2026", "2019-12-01")
    for each in _of_kind("active")[100:220]:
        yield (_address(each), *_names(each), "Newsletter; Harvest supper club", "2019-11-12")


def texts() -> dict[str, str]:
    """Name to content of both files."""
    return {FAIR: _csv(fair()), OLD_EXPORT: _csv(old_export())}


def _csv(rows: Iterator[Row]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _of_kind(kind: str) -> list[Person]:
    return [each for each in cast(0).people if each.kind == kind]


def _address(person: Person) -> str:
    return str(person.contact["email_address"]["address"])


def _names(person: Person) -> tuple[str, str]:
    return str(person.contact.get("first_name", "")), str(person.contact.get("last_name", ""))


def _visitor(random: Random, number: int) -> Row:
    first, last = random.choice(IRISH_FIRST), random.choice(IRISH_LAST)
    company = random.choice(("", "", "", "Quayside Deli", "Mill Lane Bakery"))
    birthday = random.choice(("", "", f"{random.randint(1, 28):02}/{random.randint(1, 12):02}"))
    return f"{plain(first)}.{plain(last)}.{number}@fair.example.org", first, last, company, birthday


if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    for name, text in texts().items():
        (TARGET / name).write_text(text, encoding="utf-8")

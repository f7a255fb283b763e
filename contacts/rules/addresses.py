"""What somebody pasted, made into questions: addresses and contact ids, or a sentence about what is wrong.

People paste what they have: ``Maeve Doyle <maeve@example.net>``, a mailto link, a line of a log, a whole 409 answer.
Nothing here raises for any text.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

MOST = 200
LONGEST = 80


class Kind(StrEnum):
    """What a question asks by."""

    ADDRESS = "address"
    CONTACT_ID = "contact_id"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Query:
    """One question. ``value`` is what to look up, ``shown`` what a page repeats, ``problem`` a sentence or nothing."""

    kind: Kind
    value: str
    shown: str
    problem: str = ""


_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NAMED_ID = re.compile(rf"contacts?(?:_?id)?\W{{0,6}}({_UUID})", re.IGNORECASE)
_BARE_ID = re.compile(rf"\W{{0,6}}({_UUID})\W{{0,6}}")
_ANSWER = re.compile(r"error_(?:key|message)|\b409\b|not unique|already exists", re.IGNORECASE)
_LINES = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BETWEEN = re.compile(r"[\s<>()\[\]{},;:\"|\\]+")
_LABELLED = re.compile(r"^(?:.*[?&/])?(?:e-?mail|address|email_address|mail|to|user|login)=", re.IGNORECASE)
_NOBODY = "This does not say whose address it is about. Paste the address itself."
_PLAIN = str.maketrans(dict.fromkeys("“”„«»`´", '"') | dict.fromkeys("‘’‚", "'") | {"＠": "@"})
_UNSEEN = ("Cc", "Cf", "Cs")
_EDGES = "'\"*,;:!?/"


def parse(text: str, *, most: int = MOST) -> list[Query]:
    """The questions in a text, in its order, each once; after ``most`` one line that says how many were left out.

    The domain is lower-cased, the rest of an address stays as typed. A text that holds an answer of Constant Contact
    gives only what that answer is about.
    """
    plain = _plain(text)
    told = _from_json(plain)
    found = [query for line in (_lines(plain) if told is None else told) for query in _read(line)]
    readable = [each for each in found if each.kind != Kind.UNREADABLE]
    if readable and (told is not None or _ANSWER.search(plain)):
        found = readable
    if plain.strip() and not readable and (not found or _ANSWER.search(plain)):
        return [_unreadable(" ".join(_lines(plain)), _NOBODY)]
    unique: dict[tuple[Kind, str], Query] = {}
    for each in found:
        unique.setdefault((each.kind, each.value.casefold()), each)
    return _cut(list(unique.values()), most)


def near(address: str, other: str) -> bool:
    """Whether two different addresses look alike: one letter off, or one domain and names that differ in dots or a tag.

    One letter added, missing, changed, or two neighbours swapped. The case of letters does not count.
    """
    one, two = address.lower(), other.lower()
    if one == two:
        return False
    return _one_off(one, two) or _undotted(one) == _undotted(two)


def neighbours(address: str) -> frozenset[str]:
    """Addresses in lower case that are ``near`` this one, to be looked up in an index: about 80 per letter.

    Complete for the letters of _ALPHABET; asking ``address_key IN (...)`` is some thousand lookups in one query.
    """
    text = address.lower()
    halves = [(text[:place], text[place:]) for place in range(len(text) + 1)]
    found = {left + right[1:] for left, right in halves if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    found |= {left + letter + right[1:] for left, right in halves if right for letter in _ALPHABET}
    found |= {left + letter + right for left, right in halves for letter in _ALPHABET}
    return frozenset(found | {_undotted(text)}) - {text}


_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789._-+'@"


def _plain(text: str) -> str:
    """Straight quotes, plain blanks, and none of the characters nobody can see or no database can hold."""
    kinds = ((each, unicodedata.category(each)) for each in text)
    visible = (" " if kind == "Zs" else each for each, kind in kinds if kind not in _UNSEEN or each.isspace())
    return "".join(visible).translate(_PLAIN)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in _LINES.split(text) if line.strip()]


def _from_json(text: str) -> list[str] | None:
    """The telling lines of a JSON text; None when it is none."""
    if not text.lstrip().startswith(("{", "[", '"')):
        return None
    try:
        return [line for each in _told(json.loads(text)) for line in _lines(_plain(each))]
    except (ValueError, RecursionError):
        return None


def _told(value: Any) -> Iterator[str]:
    """Of an error its message, of a contact its id, of anything else every text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _told(each)
    elif isinstance(value, dict) and isinstance(value.get("error_message"), str):
        yield value["error_message"]
    elif isinstance(value, dict) and isinstance(value.get("contact_id"), str):
        yield f"contact {value['contact_id']}"
    elif isinstance(value, dict):
        for each in value.values():
            yield from _told(each)


def _read(line: str) -> Iterator[Query]:
    """Every question of one line: a contact id that is called one, else its addresses, else what is wrong with it."""
    named = _NAMED_ID.findall(line)
    if named:
        yield from map(_contact_id, named)
        return
    words = _words(line)
    if not any("@" in word and not problem_of(word) for word in words):
        # Nothing fits as it stands: "maeve @ example.net", or an address inside a link.
        words = _words(re.sub(r"\s?@\s?", "@", unquote(line) if "@" not in line else line))
    yield from _judged(line, [word for word in words if "@" in word])


def _judged(line: str, words: list[str]) -> Iterator[Query]:
    good = [word for word in words if not problem_of(word)]
    bare = _BARE_ID.fullmatch(line)
    if bare and not good:
        yield _contact_id(bare[1])
    elif not words:
        yield _unreadable(line, problem_of(line))
    elif good and not _is_a_list(line):
        yield from map(_address, good)
    else:
        for word in words:
            problem = problem_of(word)
            yield _unreadable(word, problem) if problem else _address(word)


def _is_a_list(line: str) -> bool:
    """Whether a line lists addresses and nothing else, so that a broken one among them deserves a word."""
    pieces = [piece.strip() for piece in re.split(r"[,;]", line) if piece.strip()]
    return all("@" in piece and " " not in piece for piece in pieces)


def problem_of(address: str) -> str:
    """What is wrong with an address, as a sentence; nothing when it could be one."""
    name, at, domain = address.partition("@")
    wrong = _wrong(name, at, domain)
    if not wrong and len(address) > LONGEST:
        return f"This is longer than the {LONGEST} characters Constant Contact takes for an address."
    return f"This is not an email address: {wrong}." if wrong else ""


def _wrong(name: str, at: str, domain: str) -> str:
    labels = domain.split(".")
    if not at:
        return "there is no @ in it"
    if "@" in domain:
        return "there is more than one @ in it"
    if not domain:
        return "nothing after the @"
    if not name:
        return "nothing before the @"
    if len(labels) < 2:
        return f"{domain[:40]} is no domain, there is no dot in it"
    if not all(label and _is_label(label) for label in labels):
        return f"{domain[:40]} is no domain"
    return ""


def _is_label(label: str) -> bool:
    letters = label.replace("-", "a")
    known = all(each.isalnum() or unicodedata.category(each).startswith("M") for each in letters)
    return known and label[0] != "-" and label[-1] != "-"


def _words(line: str) -> list[str]:
    """The words of a line that may hold an address, without what clings to them."""
    return [bare for word in _BETWEEN.split(line) if (bare := _bare(word))]


def _bare(word: str) -> str:
    word = _LABELLED.sub("", word.strip(_EDGES)).strip(_EDGES)
    name, at, domain = word.partition("@")
    return name + at + re.split(r"[?&/#]", domain, maxsplit=1)[0].rstrip(_EDGES + ".") if at else word


def _address(word: str) -> Query:
    name, at, domain = word.partition("@")
    value = name + at + domain.lower()
    return Query(Kind.ADDRESS, value, value)


def _contact_id(text: str) -> Query:
    return Query(Kind.CONTACT_ID, text.lower(), text.lower())


def _unreadable(text: str, problem: str) -> Query:
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return Query(Kind.UNREADABLE, shown, shown, problem)


def _cut(queries: list[Query], most: int) -> list[Query]:
    more = len(queries) - most
    if more <= 0:
        return queries
    problem = f"Only the first {most:,} were checked; {more:,} more were left out. Check them in a second go."
    return [*queries[:most], Query(Kind.UNREADABLE, "", f"{more:,} more", problem)]


def _one_off(one: str, two: str) -> bool:
    """Damerau-Levenshtein distance of exactly one, for two different texts."""
    short, long = sorted((one, two), key=len)
    if len(long) - len(short) > 1:
        return False
    start = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest, other = short[start:], long[start:]
    if len(short) < len(long):
        return rest == other[1:]
    return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])


def _undotted(address: str) -> str:
    name, at, domain = address.partition("@")
    return re.sub(r"[._-]", "", name.partition("+")[0]) + at + domain

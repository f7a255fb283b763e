"""The filter of the history as text: ``actor:12 action:reactivate created:2026-11-16..2026-11-21 outcome:unknown``.

The canonical text has ids, so that nothing personal stands in an address; people read and write the same with names
in the place of ids (``actor:agent@example.org list:"Course alerts"``). What is not understood is told, never ignored:
a filter that cannot be read must not read as everything.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from contacts.rules.history_words import ACTIONS, ENDS, FOLDS, REASONS, SURE
from contacts.rules.words import day

type Known = Callable[[str, str], Sequence[str]]
Fold = Literal["job", "request", "none"]

MOST = 1000
EARLIEST, LATEST = 2000, 2100
KEYS = ("actor", "action", "outcome", "sure", "list", "tag", "contact", "job", "basis", "evidence", "created", "fold")
#: What names somebody or something of the account: an id in the canonical text, a name for people.
NAMED = {
    "actor": "Nobody who works or worked here is called",
    "list": "No list is called",
    "tag": "No tag is called",
    "contact": "Our copy has no contact with the address",
}
#: A job's people carry these; a filter that asks for one of them asks for the people too.
OF_PARTS = ("action", "outcome", "list", "tag", "contact", "job", "basis", "evidence")
#: What is one of some words, by what each of them is called.
WORDS = {"action": ACTIONS, "outcome": ENDS, "sure": SURE, "basis": REASONS, "fold": FOLDS}
CCADMIN = "ccadmin"
DAY = timedelta(days=1)
EXAMPLE = "Example: created:2026-11-16..2026-11-21"

_PART = re.compile(r"""(?:[^\s"“„]|"(?:[^"\\]|\\.)*"?|[“„][^“”]*[“”]?)+""")
_KEY = re.compile(r"([^\W\d]+):(.*)", re.DOTALL)


@dataclass(frozen=True)
class Query:
    """What of the history is asked for; an empty value asks for everything. Values are canonical: ids, not names.

    ``first`` and ``last`` are whole days in the account's zone, both included. ``problems`` are sentences about the
    parts that were not understood; a query that has any finds nothing.
    """

    actor: str = ""
    action: str = ""
    outcome: str = ""
    sure: str = ""
    list: str = ""
    tag: str = ""
    contact: str = ""
    job: str = ""
    basis: str = ""
    evidence: str = ""
    first: date | None = None
    last: date | None = None
    fold: str = ""
    problems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, *, known: Known | None = None) -> "Query":
        """The query a text means. ``known`` turns a name (of an actor, a list, a tag, a contact) into the ids it fits.

        Without ``known`` only ids are understood, which is all that a URL or a saved view may have.
        """
        if len(text) > MOST:
            return cls(problems=(f"A filter has at most {MOST:,} characters.",))
        return cls.of(parts(text), known=known)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], *, known: Known | None = None) -> "Query":
        """The query that pairs of key and value mean, as ``parse`` reads them from a text or a form has them."""
        found, problems = cls(), []
        seen: set[str] = set()
        for key, value in pairs:
            twice = key in seen and key in KEYS
            problem = f"“{key}:” was given twice; one of each can be asked for." if twice else ""
            if not problem:
                found, problem = found._with(key, value, known)
            problems += [problem] if problem else []
            seen.add(key)
        return replace(found, problems=tuple(problems))

    @property
    def text(self) -> str:
        """The canonical text: each part once, in a fixed order, with ids."""
        return self.written({})

    def written(self, names: Mapping[str, str]) -> str:
        """The text with the names of this account in the place of ids, as far as ``names`` has them by key."""
        shown = {key: _quoted(name) for key, name in names.items() if name.strip() and not _identity(key, name)}
        return " ".join(f"{key}:{shown.get(key, value)}" for key, value in self.values())

    def values(self) -> Iterator[tuple[str, str]]:
        """Each part that is asked for: its key and its canonical value."""
        for key in KEYS:
            value = self.created if key == "created" else getattr(self, key)
            if value:
                yield key, value

    def without(self, key: str) -> "Query":
        """The same query with one part dropped."""
        if key == "created":
            return replace(self, first=None, last=None, problems=())
        return Query(**{**vars(self), key: "", "problems": ()})

    @property
    def created(self) -> str:
        """The days as the canonical text has them."""
        if self.first and self.first == self.last:
            return self.first.isoformat()
        ends = [each.isoformat() if each else "" for each in (self.first, self.last)]
        return "..".join(ends) if any(ends) else ""

    @property
    def folding(self) -> str:
        """How entries are folded: as asked, else by job, unless the filter asks for what only a job's people carry."""
        return self.fold or ("request" if any(getattr(self, key) for key in OF_PARTS) else "job")

    @property
    def is_empty(self) -> bool:
        """Whether everything is asked for; folding leaves nothing out that is not told elsewhere."""
        return not self.problems and not any(key != "fold" for key, _ in self.values())

    def _with(self, key: str, value: str, known: Known | None) -> tuple["Query", str]:
        """The query with one more part, or a sentence that says why not."""
        if key not in KEYS:
            what = _cut(f"{key}:{value}" if key else value)
            return self, f"“{what}” was not understood. Say what it is about, as in action:reactivate or job:42."
        if not value:
            return self, f"“{key}:” says nothing."
        if key == "created":
            return self._between(value)
        meant, problem = _meant(key, value, known)
        return Query(**{**vars(self), key: meant}), problem

    def _between(self, value: str) -> tuple["Query", str]:
        try:
            first, last = _days(value)
        except (ValueError, OverflowError):
            return self, f"“created:{_cut(value)}” is not a day and no range of days. {EXAMPLE}."
        if any(each and not EARLIEST <= each.year < LATEST for each in (first, last)):
            return self, f"“created:{_cut(value)}”: choose years between {EARLIEST} and {LATEST - 1}."
        if first and last and first > last:
            return self, f"“created:{_cut(value)}” ends before it begins."
        return replace(self, first=first, last=last), ""


def parts(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a text: key in small letters ("" when it has none) and value without its quotes.

    A bare address is a contact. Curly quotes count as quotes, and the last quote may be missing.
    """
    for part in _PART.findall(text):
        found = _KEY.fullmatch(part)
        key, value = (found[1].lower(), found[2]) if found else ("", part)
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"'))
        elif value.startswith(("“", "„")):
            value = value[1:].rstrip("“”")
        yield ("contact" if not key and "@" in value else key), value.strip()


def in_words(query: Query, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each part that is set, as its key and a few words for a chip: ``by Anna Ng``, ``since 2 Nov 2026``."""
    for key, value in query.values():
        if key == "created":
            yield key, _days_in_words(query)
        elif key in _CHIPS:
            yield key, _CHIPS[key].format(names.get(key, value))
        else:
            yield key, WORDS[key][value]


_CHIPS = {
    "actor": "by {}",
    "list": "about the list {}",
    "tag": "about the tag {}",
    "contact": "on {}",
    "job": "in job {}",
    "evidence": "without evidence",
}


def _meant(key: str, value: str, known: Known | None) -> tuple[str, str]:
    """The canonical value, or a sentence."""
    if key in NAMED:
        return _named(key, value, known)
    if key == "job":
        is_number = value.isascii() and value.isdecimal() and len(value) < 19 and int(value)
        return (str(int(value)), "") if is_number else ("", f"“job:{_cut(value)}”: a job has a number, as in job:42.")
    if key == "evidence":
        is_no = value.lower() == "no"
        return ("no", "") if is_no else ("", f"“evidence:{_cut(value)}”: only evidence:no can be asked for.")
    fit = value.lower()
    found = next((name for name, label in WORDS[key].items() if fit in (name, label.lower())), "")
    return found, "" if found else f"“{key}:{_cut(value)}” is not among what can be asked for: choose below."


def _named(key: str, value: str, known: Known | None) -> tuple[str, str]:
    identity = _identity(key, value)
    found = [identity] if identity else list(known(key, value)) if known else []
    if len(found) == 1:
        return found[0], ""
    if found:
        return "", f"“{key}:{_cut(value)}” fits several. Write the whole name, or choose below."
    return "", f"{NAMED[key]} “{_cut(value)}”."


def _identity(key: str, value: str) -> str:
    """The value when it is an id already, in its one spelling."""
    if key == "actor":
        if value.lower() == CCADMIN:
            return CCADMIN
        is_number = value.isascii() and value.isdecimal() and len(value) < 19
        return str(int(value)) if is_number and int(value) else ""
    try:
        return str(UUID(value))
    except ValueError:
        return ""


def _days(value: str) -> tuple[date | None, date | None]:
    """First and last day of ``2026-11-16``, ``a..b``, ``a..``, ``..b``, ``>a``, ``>=a``, ``<b``, ``<=b``."""
    if value.startswith((">", "<")):
        moved = DAY if not value[1:].startswith("=") else timedelta()
        when = date.fromisoformat(value[1:].removeprefix("="))
        return (when + moved, None) if value[0] == ">" else (None, when - moved)
    first, dots, last = value.partition("..")
    if dots and not first and not last:
        raise ValueError(value)
    ends = [date.fromisoformat(each) if each else None for each in ((first, last) if dots else (first, first))]
    return ends[0], ends[1]


def _days_in_words(query: Query) -> str:
    if query.first and query.last:
        is_one = query.first == query.last
        return f"on {day(query.first)}" if is_one else f"from {day(query.first)} to {day(query.last)}"
    return f"since {day(query.first)}" if query.first else f"until {day(query.last)}" if query.last else ""


def _cut(value: str) -> str:
    """What was typed, as a sentence about it repeats it."""
    return value if len(value) <= 60 else f"{value[:59]}…"


def _quoted(name: str) -> str:
    """A name as the text carries it: in quotes when it has a blank or a quote in it."""
    if re.fullmatch(r"""[^\s"“”„\\]+""", name):
        return name
    escaped = re.sub(r"""(["\\])""", r"\\\1", name)
    return f'"{escaped}"'

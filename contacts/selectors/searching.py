"""Finding people by parts of their address and their names; case and accents do not count.

A word of three letters or more may stand anywhere in the address or the name; a shorter one begins one of them.

A page looks at the first rows in its own order. Common words are found among them. When there were hardly any the
index of ``search_index`` is asked, which is quick for whatever is rare or absent. Neither ever reads a whole account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from string import punctuation
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, StrIndex

from contacts import search_index
from contacts.mirror.reading import clean, folded
from contacts.models import Contact, LinkedAccount

WORDS, SHORT, LONG = 8, 3, 24
SIGNS = frozenset(punctuation)
#: So many rows are looked at in the page's order before the index is asked, unless at least so many of them fit.
NEAR, ENOUGH = 1_000, 10
#: How many of those found are counted, and how many on an account of more than MANY contacts. To count one may take
#: looking at some times as many.
COUNTED, COUNTED_OF_MANY, MANY, TIMES = 10_000, 1_000, 100_000, 4


@dataclass(frozen=True)
class Search:
    """What is searched for: every one of the ``words`` must be found. Nothing is searched for without words.

    ``rows`` are contacts, or rows that lead to one ``via`` a name (``contact__``). They are not searched yet.
    """

    words: tuple[str, ...] = ()
    via: str = ""

    @classmethod
    def of(cls, text: str, *, via: str = "") -> "Search":
        """The words of a typed text, eight at most."""
        return cls(tuple(folded(text).split()[:WORDS]), via)

    def fits(self, text: str) -> bool:
        """Whether a folded text has all the words."""
        return all((word if len(word) >= SHORT else f" {word}") in f" {text}" for word in self.words)

    def among[Rows: QuerySet[Any]](self, rows: Rows) -> Rows:
        """Everybody found among the rows, to be counted, sorted or frozen."""
        if not self.words:
            return rows
        found = self._candidates()
        if self.via:
            found = rows.model._default_manager.filter(**{f"{self.via}pk__in": found.values("pk")})
        return self._of(rows, found)

    def limit(self, account: LinkedAccount) -> int:
        """How many are counted at most; beyond that there are "more than" these."""
        return COUNTED_OF_MANY if sum(account.counts.values()) > MANY else COUNTED

    def first(self, rows: QuerySet[Any], number: int) -> list[Any]:
        """The first ``number`` that are found among ordered rows. Two queries."""
        if not self.words:
            return list(rows[:number])
        near = list(rows.values_list("pk", f"{self.via}search")[:NEAR])
        found = [pk for pk, text in near if self.fits(text)][:number]
        if len(found) == number or len(near) < NEAR:
            return self._loaded(rows, found) if found else []
        if len(found) >= ENOUGH:
            return self._loaded(rows, self._fitting(rows).values("pk")[:number])
        return self._loaded(rows, self.among(rows).order_by(*rows.query.order_by).values("pk")[:number])

    def number(self, rows: QuerySet[Any], *, most: int) -> int:
        """How many are found, or ``most`` when there are more. Three queries at most, mostly one or two.

        Some times as many as matter are taken from the index, whoever they are. Only when few of those are among the
        rows, and there are more of them, the rows themselves are gone through.
        """
        if not self.words:
            return rows.order_by()[:most].count()
        some = self._candidates(TIMES * most).values("pk")[: TIMES * most]
        named = rows.model._default_manager.filter(**{f"{self.via}pk__in": some})
        number = self._of(rows, named)[:most].count()
        if number == most or some.count() < TIMES * most:
            return number
        return self._fitting(rows.order_by())[:most].count()

    def _of(self, rows: QuerySet[Any], found: Any) -> Any:
        """Those of ``found`` that are among the rows and have the words, looked at one by one.

        No condition beside the keys leads a database to another index: without statistics SQLite believes that an
        account has ten contacts.
        """
        fitting = self._fitting(rows.order_by()).filter(pk=OuterRef("pk"))
        return found.filter(Exists(fitting)).defer(f"{self.via}raw")

    def _loaded(self, rows: QuerySet[Any], keys: Sequence[int] | QuerySet[Any]) -> list[Any]:
        """The rows of these keys, in the order of ``rows``, without the compressed originals."""
        found = rows.model._default_manager.filter(pk__in=keys).order_by(*rows.query.order_by)
        found = found.select_related(self.via.removesuffix("__")) if self.via else found
        return list(found.defer(f"{self.via}raw"))

    def _fitting[Rows: QuerySet[Any]](self, rows: Rows) -> Rows:
        """The rows that have all the words, by looking at each; no index takes part."""
        if any(clean(word) != word for word in self.words):
            # No text of ours holds what no database can hold.
            return rows.none()
        for place, word in enumerate(self.words):
            is_short = len(word) < SHORT
            text: Any = Concat(Value(" "), F(f"{self.via}search")) if is_short else F(f"{self.via}search")
            at = StrIndex(text, Value(f" {word}" if is_short else word, output_field=TextField()))
            rows = rows.alias(**{f"found_{place}": at}).filter(**{f"found_{place}__gt": 0})
        return rows

    def _candidates(self, most: int = -1) -> QuerySet[Any]:
        """Whoever may fit, by the index; of SQLite's the first so many. They are still to be looked at."""
        everybody = Contact.objects.order_by()
        if any(clean(word) != word for word in self.words):
            return everybody.none()
        if connection.vendor == "postgresql":
            return reduce(lambda rows, word: rows.filter(_likely(word)), self.words, everybody)
        if not search_index.is_here():
            return self._fitting(everybody)
        sql = "SELECT rowid FROM contacts_search WHERE contacts_search MATCH %s LIMIT %s"
        # The words are a parameter.
        return everybody.filter(pk__in=RawSQL(sql, [_match(self.words), most]))  # noqa: S611


def _likely(word: str) -> Q:
    """What an index of PostgreSQL can answer about a word."""
    is_short = len(word) < SHORT
    part = Q(search__startswith=word) | Q(search__contains=f" {word}") if is_short else Q(search__contains=word)
    has_signs = (is_short and word[0] in SIGNS) or any({one, two} <= SIGNS for one, two in pairwise(word))
    return part & Q(search__regex=search_index.SIGNS) if has_signs else part


def _match(words: Sequence[str]) -> str:
    """Every three letters in a row of every word, as FTS5 asks for them; of a very long word the first."""
    spaced = (word if len(word) >= SHORT else f"  {word}"[-SHORT:] for word in words)
    parts = (word[place : place + 3] for word in spaced for place in range(min(len(word) - 2, LONG)))
    return " AND ".join('"{}"'.format(part.replace('"', '""')) for part in dict.fromkeys(parts))

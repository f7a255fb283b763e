"""Finding people by parts of their address and their names; case and accents do not count.

A word of three letters or more may stand anywhere in the address or the name; a shorter one begins one of them.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

from contacts.mirror.reading import clean, folded

WORDS = 8
SHORT = 3


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

    def among[Rows: QuerySet[Any]](self, rows: Rows) -> Rows:
        """Everybody found among the rows, to be counted, sorted or frozen."""
        if any(clean(word) != word for word in self.words):
            # No text of ours holds what no database can hold.
            return rows.none()
        for number, word in enumerate(self.words):
            rows = self._with(rows, word, f"searched_{number}")
        return rows

    def first(self, rows: QuerySet[Any], number: int) -> list[Any]:
        """The first ``number`` that are found among ordered rows."""
        return list(self.among(rows)[:number])

    def number(self, rows: QuerySet[Any], *, most: int) -> int:
        """How many are found, or ``most`` when there are more."""
        return self.among(rows).order_by()[:most].count()

    def _with[Rows: QuerySet[Any]](self, rows: Rows, word: str, name: str) -> Rows:
        field: Any = f"{self.via}search"
        if len(word) >= SHORT:
            return rows.filter(Q(**{f"{field}__contains": word}))
        return rows.alias(**{name: Concat(Value(" "), field)}).filter(Q(**{f"{name}__contains": f" {word}"}))

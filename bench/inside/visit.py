"""Somebody who uses the mirrored account, and how what they do is measured."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.measure import TIMES, WARM_UP, Series, each_time
from contacts.models import Access, Contact, LinkedAccount, User
from contacts.rules.roles import Role

ASKED = TIMES + WARM_UP
EMAIL = "manager@example.org"


class Visit:
    """A manager of the account, signed in. ``seed`` decides whom they ask about; ``goal`` is that of what they do."""

    def __init__(self, seed: str) -> None:
        if connection.vendor == "postgresql":
            # Autovacuum would have done it a minute after the sync.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        self.account = LinkedAccount.objects.get()
        self.user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL)
        Access.objects.get_or_create(user=self.user, account=self.account, role=Role.MANAGER)
        self.size = Contact.objects.count()
        self.goal = ""
        self._chance = random.Random(seed)
        self._browser = Client(SERVER_NAME="127.0.0.1")
        self._browser.force_login(self.user)

    def addresses(self) -> list[str]:
        """The address of every contact that has one."""
        return list(Contact.objects.exclude(address="").order_by("pk").values_list("address", flat=True))

    def any_of(self, found: Iterable[Any], number: int = ASKED) -> list[Any]:
        """So many of these at random, for one after the other; some twice when there are too few."""
        return self._chance.choices(list(found), k=number)

    def measure(self, name: str, deed: Callable[[int], object]) -> Series:
        """Milliseconds of each ``deed(number)``; the queries are those of one more, the dearest of five."""
        values, cpu = each_time(deed)
        queries = max(_queries(deed, number) for number in range(5))
        return Series(name, self.size, "ms", values, {"queries": queries, "ms of CPU": cpu}, goal=self.goal)

    def page(self, name: str, page: str, query: Mapping[str, str] | None = None) -> Series:
        """A page by GET, the same each time. SystemExit when it is not shown."""
        return self.measure(name, lambda _: self._shown(self._browser.get(self._url(page), query)))

    def pages(self, name: str, page: str, remote_ids: list[Any], *, by: str = "remote_id") -> Series:
        """The page of one contact after the other; ``by`` is what its address calls their id."""
        return self.measure(
            name, lambda number: self._shown(self._browser.get(self._url(page, **{by: remote_ids[number]})))
        )

    def forms(self, name: str, page: str, field: str, texts: list[str]) -> Series:
        """A page by POST, each time with the next text."""
        return self.measure(
            name, lambda number: self._shown(self._browser.post(self._url(page), {field: texts[number]}))
        )

    def _url(self, page: str, **where: Any) -> str:
        return reverse(page, kwargs={"account": self.account.slug, **where})

    def _shown(self, response: Any) -> None:
        if response.status_code != 200:
            raise SystemExit(f"{response.request['PATH_INFO']} answered {response.status_code}.")


def _queries(deed: Callable[[int], object], number: int) -> int:
    with _counted() as statements:
        deed(number)
    return len(statements)


@contextmanager
def _counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements

"""The walks of a run: which pages each one asks for, and how one of its pages is stored."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from contacts import mirror
from contacts.api.client import Client
from contacts.api.pages import Page
from contacts.models import Contact, ContactList, CustomField, LinkedAccount, SyncPage, SyncRun, Tag

JSON = dict[str, Any]

# Makes ties at the border, and a border that is exclusive, harmless (faults D3).
OVERLAP = timedelta(minutes=10)
PER_PAGE = 500


@dataclass(frozen=True)
class Fetched:
    """A page with the two clocks: ours when it was asked for, Constant Contact's when it was answered.

    ``ms`` is how long the answer took.
    """

    page: Page
    fetched_at: datetime
    seen_at: datetime
    ms: int


@dataclass(frozen=True)
class Place:
    """Which page is meant. One that was fetched for another place than those a run is at is never stored.

    ``walk`` counts how often the step was begun afresh; ``window`` is the part of a split walk, else None.
    """

    step: str
    walk: int
    window: int | None
    cursor: str


@dataclass(frozen=True)
class Names:
    """Lists, tags or custom fields: all of them, every time; what is not shown is gone.

    ``asking`` is one call, which needs no database any more. ``store`` and ``ended`` (was it the last page that
    matters?) run inside the page's transaction.
    """

    words: str
    model: type[ContactList] | type[Tag] | type[CustomField]
    ask: Callable[..., Page]
    keep: Callable[..., mirror.Stored]
    of_contacts: ClassVar[bool] = False
    leads_on: ClassVar[bool] = True

    def asking(self, run: SyncRun, cursor: str, bounds: JSON) -> Callable[[Client], Page]:
        return partial(self.ask, cursor=cursor or None)

    def store(self, run: SyncRun, fetched: Fetched) -> mirror.Stored:
        return self.keep(run.account, fetched.page.items, seen_at=fetched.seen_at)

    def ended(self, run: SyncRun, fetched: Fetched) -> bool:
        if fetched.page.cursor:
            return False
        mirror.close_unseen(self.model, run.account, seen=set(shown(run, run.step)), seen_at=fetched.seen_at)
        return True


@dataclass(frozen=True)
class Contacts:
    """Contacts by some condition, 500 a page with everything that hangs on them."""

    words: str
    condition: Callable[[SyncRun], JSON]
    of_contacts: ClassVar[bool] = True
    # Whether a page says what comes after it before it is stored.
    leads_on: ClassVar[bool] = True

    def asking(self, run: SyncRun, cursor: str, bounds: JSON) -> Callable[[Client], Page]:
        """``bounds`` are those of a window."""
        asked = self.condition(run) | bounds
        return partial(Client.contacts_page, cursor=cursor or None, limit=PER_PAGE, count=True, **asked)

    def store(self, run: SyncRun, fetched: Fetched) -> mirror.Stored:
        return mirror.store_page(
            run.account,
            fetched.page.items,
            fetched_at=fetched.fetched_at,
            seen_at=fetched.seen_at,
            since=run.account.watermark,
        )

    def ended(self, run: SyncRun, fetched: Fetched) -> bool:
        return not fetched.page.cursor


class Deleted(Contacts):
    """All deleted contacts, since there is no question for the newly deleted (CC reference, section 9).

    After the first page our own count may say already that there is nothing left to find. A deletion that meets a
    revival which moved no date would be missed by that; the daily full sweep finds it.
    """

    leads_on: ClassVar[bool] = False

    def ended(self, run: SyncRun, fetched: Fetched) -> bool:
        held = Contact.objects.filter(account=run.account).ghosts().filter(missing_since=None).count()
        # Who was erased here on request is counted there, and is known only once a page showed them.
        erased = len({key for key in shown(run, run.step) if key < 0})
        return super().ended(run, fetched) or held + erased == fetched.page.count


def _since(account: LinkedAccount) -> datetime | None:
    return account.watermark - OVERLAP if account.watermark else None


type Walk = Names | Contacts

WALKS: dict[str, Walk] = {
    "lists": Names("lists", ContactList, Client.lists_page, mirror.store_lists),
    "tags": Names("tags", Tag, Client.tags_page, mirror.store_tags),
    "custom_fields": Names("custom fields", CustomField, Client.custom_fields_page, mirror.store_custom_fields),
    "contacts": Contacts("contacts", lambda run: {"status": "all"}),
    "changed": Contacts("changed contacts", lambda run: {"updated_after": _since(run.account)}),
    "optouts": Contacts("opt-outs", lambda run: {"optout_after": _since(run.account)}),
    "deleted": Deleted("deleted contacts", lambda run: {"status": "deleted"}),
}


def shown(run: SyncRun, step: str) -> Iterator[int]:
    """The keys of all rows that this step of the run has shown so far; one may come more than once.

    A number below zero stands for somebody who was erased on request (``mirror.Stored``).
    """
    for keys in SyncPage.objects.filter(run=run, step=step).values_list("keys", flat=True).iterator(chunk_size=100):
        yield from array("q", bytes(keys))

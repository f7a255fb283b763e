"""What the pages of old exports show: one of them as it stands, and all that were brought."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from contacts.models import Contact, ContactFile, ContactList, LinkedAccount, Seed
from contacts.rules.seeds import FIELDS, Fate, day_of_name, mark_of
from contacts.selectors.pieces import CONDITIONS, Piece
from contacts.services import files
from contacts.services.files.reading import place_of_address

SHOWN = 20


@dataclass(frozen=True)
class Row:
    """How many rows of a file have one fate."""

    fate: Fate
    number: int


@dataclass(frozen=True)
class Name:
    """A list name in the file that the account does not have; ``chosen`` is our key of a list, 0 for none.

    ``mark`` is what a form calls it.
    """

    mark: str
    name: str
    rows: int
    chosen: int | None


@dataclass(frozen=True)
class Column:
    """A column of the file: its place, its heading, and what stands in its first rows."""

    place: int
    heading: str
    sample: str


@dataclass(frozen=True)
class Standing:
    """One old export. ``unknown`` counts the deleted contacts whose lists nobody knows: now, or at the comparison."""

    seed: Seed
    rows: Sequence[Row]
    names: Sequence[Name]
    columns: Sequence[Column]
    lists: Sequence[ContactList]
    fields: Sequence[tuple[str, str, int | None]]
    unknown: int

    @property
    def is_reading(self) -> bool:
        """Whether the file itself is still being read."""
        return self.seed.file.state in ContactFile.UNDER_WAY

    @property
    def is_under_way(self) -> bool:
        """Whether the page asks again by itself."""
        return self.is_reading or self.seed.state in Seed.UNDER_WAY

    @property
    def address(self) -> Column | None:
        """The column that the addresses were read from."""
        place = place_of_address(self.seed.file)
        return next((each for each in self.columns if each.place == place), None)

    @property
    def people(self) -> int:
        """Of how many people lists would be learned."""
        return int(self.seed.counts.get("people", 0))

    @property
    def others(self) -> int:
        """How many of them could not be reactivated all the same."""
        return self.people - int(self.seed.counts.get("waiting", self.people))

    @property
    def waiting(self) -> int:
        """How many of them miss nothing but their lists."""
        return self.people - self.others

    @property
    def done(self) -> int:
        """How far it is, in hundredths of the file's rows."""
        file = self.seed.file
        last = max(file.rows, self.seed.reached, 1)
        return min(100, 100 * self.seed.reached // last)

    @property
    def day(self) -> str:
        """The day to begin the form with: what was said before, or what the file's name says."""
        day = self.seed.day or day_of_name(self.seed.file.name)
        return day.isoformat() if day else ""

    @property
    def is_days_guess(self) -> bool:
        """Whether the day is only what the file's name says."""
        return bool(self.day) and self.seed.day is None


def seed_page(seed: Seed) -> Standing:
    """One old export as its page shows it. Three queries; two more while it asks."""
    asks = seed.state in (Seed.State.ASKS, Seed.State.LOOKED) and seed.file.state in (
        ContactFile.State.READY,
        ContactFile.State.ASKS,
    )
    is_compared = seed.state == Seed.State.LOOKED and "unknown" in seed.counts
    lists = list(ContactList.objects.filter(account=seed.account_id).order_by("name", "id"))
    fates = ((fate, int(seed.counts.get(fate, 0))) for fate in Fate)
    names = [Name(mark_of(name), name, int(told["rows"] or 0), told["list"]) for name, told in seed.names.items()]
    return Standing(
        seed=seed,
        rows=[Row(fate, number) for fate, number in fates if number],
        names=sorted(names, key=lambda each: (-each.rows, each.name)),
        columns=_columns(seed.file) if asks else (),
        lists=lists,
        fields=[(name, label, seed.columns.get(name)) for name, label in FIELDS.items()],
        unknown=seed.counts["unknown"] if is_compared else unknown(seed.account_id),
    )


def unknown(account_id: int) -> int:
    """How many deleted contacts of the account miss nothing but their former lists."""
    hidden = Contact.objects.filter(account=account_id, deleted_to__isnull=False, missing_since=None)
    return hidden.filter(CONDITIONS[Piece.UNKNOWN]).count()


def brought(account: LinkedAccount) -> list[Seed]:
    """The old exports of the account, the newest first, each with ``people``: whose lists rest on it now."""
    rows = Seed.objects.filter(account=account).select_related("file__by", "whole").order_by("-id")
    return list(rows.annotate(people=Count("memberships__contact", distinct=True))[:SHOWN])


def _columns(file: ContactFile) -> list[Column]:
    sample = files.sample(file)
    width = max([len(file.header), *map(len, sample)], default=0)
    made = []
    for place in range(width):
        texts = dict.fromkeys(row[place].strip() for row in sample if place < len(row) and row[place].strip())
        heading = file.header[place] if place < len(file.header) and file.has_header else ""
        made.append(Column(place, heading or f"Column {place + 1}", ", ".join(list(texts)[:2])[:80]))
    return made

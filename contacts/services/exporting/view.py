"""What is exported, and for whom: a view of an account's history, or the history of one contact."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import batched, groupby

from django.db.models import Max, Min, Q, QuerySet

from contacts import audit
from contacts.models import AuditChain, AuditEntry, Contact, ContactEvent, LinkedAccount, User
from contacts.rules.history_query import Query
from contacts.rules.roles import Right, Role, may
from contacts.selectors import history_rows

AT_ONCE = 500
MOST_COUNTED = 10_000


@dataclass
class Tally:
    """How many entries, and events that were seen, went into a file."""

    rows: int = 0


@dataclass(frozen=True)
class View:
    """Entries of one account that one person may see. Their rights decide what of it leaves, never the form."""

    account: LinkedAccount
    user: User
    role: Role
    query: Query
    contact: Contact | None = None

    @property
    def personal(self) -> bool:
        """Whether addresses, notes and values may be in the file."""
        return may(self.role, Right.SEE_PERSONAL)

    @property
    def unfolded(self) -> "View":
        """The same with every entry, also those that a later one ended or that a job sums up."""
        return replace(self, query=replace(self.query, fold="none"))

    @property
    def text(self) -> str:
        """The view as the history keeps it: ids only."""
        narrowed = replace(self.query, contact=str(self.contact.remote_id)) if self.contact else self.query
        return narrowed.text

    def entries(self) -> QuerySet[AuditEntry]:
        """The entries, in no order; of a contact also those about what was seen on it and on others at once."""
        rows = history_rows.found(self.account, user=self.user, role=self.role, query=self.query).order_by()
        if self.contact is None:
            return rows
        told = self.events().exclude(entry=None).values_list("entry", flat=True)
        return rows.filter(Q(target=str(self.contact.remote_id)) | Q(pk__in=list(told)))

    def events(self) -> QuerySet[ContactEvent]:
        """What was seen to change on the one contact, oldest first; nothing for a view of many."""
        rows = ContactEvent.objects.filter(contact=self.contact) if self.contact else ContactEvent.objects.none()
        return rows.select_related("entry", "contact").defer("contact__raw").order_by("noticed_to", "id")

    def number(self) -> int:
        """How many entries there are, at most one more than ``MOST_COUNTED``."""
        return self.entries()[: MOST_COUNTED + 1].count()

    def chain(self) -> AuditChain | None:
        """The chain of the account; None while it has no entry."""
        return AuditChain.objects.filter(name=audit.chain_name(self.account)).first()

    def ends(self) -> tuple[int, int]:
        """The first and the last number in the chain; zeros when there is no entry."""
        found = self.entries().aggregate(first=Min("sequence"), last=Max("sequence"))
        return found["first"] or 0, found["last"] or 0

    def numbers(self, *, until: int) -> Iterator[int]:
        """Every entry's number in the chain, upwards, each once; read from the database as they are asked for."""
        rows = self.entries().filter(sequence__lte=until).order_by("sequence").values_list("sequence", flat=True)
        return (number for number, _ in groupby(rows.iterator(chunk_size=AT_ONCE)))

    def batches(self, *, until: int) -> Iterator[list[AuditEntry]]:
        """The entries in the order of the chain, some hundreds at a time."""
        chain = self.chain()
        for few in batched(self.numbers(until=until), AT_ONCE):
            yield list(AuditEntry.objects.filter(chain=chain, sequence__in=few).order_by("sequence"))

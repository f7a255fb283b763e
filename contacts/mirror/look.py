"""One look at Constant Contact: when it was, and which of two copies it makes the newer one."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from contacts.models import Contact, ContactEvent, How, LinkedAccount


@dataclass(frozen=True)
class Look:
    """``since`` is the look before this one, None when this is the first that ever came this far."""

    account: LinkedAccount
    fetched_at: datetime
    seen_at: datetime
    since: datetime | None
    by_us: bool = False

    @property
    def began_how(self) -> How:
        """How whatever is new in this look began."""
        if self.by_us:
            return How.US
        return How.AT_LINK if self.since is None else How.SEEN

    @property
    def noticed_from(self) -> datetime | None:
        """The start of the window in which a change happened; never after its end, whatever the clocks say."""
        return min(self.since, self.seen_at) if self.since else None

    @property
    def sure(self) -> ContactEvent.Sure:
        """Who did it, when nothing in the contact itself says so."""
        return ContactEvent.Sure.US if self.by_us else ContactEvent.Sure.UNKNOWN

    def is_older_than(self, row: Contact, *, updated_at: datetime | None) -> bool:
        """Whether the row already holds something newer than this look's copy (faults D2, S17).

        A moment in the future of the clock that gave it proves nothing: that clock was put back, or the date is
        wrong. Believing it would shut out every true copy until then (faults S9).
        """
        now = timezone.now()
        ours = [moment for moment in (row.fetched_at, row.written_at) if moment and moment <= now]
        if any(moment > self.fetched_at for moment in ours):
            return True
        return updated_at is not None and updated_at < row.updated_at <= self.seen_at

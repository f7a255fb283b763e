"""The filters of GET /contacts as SQL (CC reference, section 9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.state.rows import fold

STATUSES = ("all", "active", "deleted", "not_set", "pending_confirmation", "temp_hold", "unsubscribed")
SMS_STATUSES = ("all", "explicit", "unsubscribed", "pending_confirmation", "not_set")
_STATUS_SQL = {
    "all": "1",
    "active": "(deleted_at IS NULL AND permission IS NOT 'unsubscribed')",
    "deleted": "deleted_at IS NOT NULL",
    **{
        name: f"(deleted_at IS NULL AND permission = '{name}')"
        for name in ("not_set", "pending_confirmation", "temp_hold", "unsubscribed")
    },
}
_TIME_COLUMNS = {"updated": "updated_at", "created": "created_at", "optout": "opt_out_date"}


@dataclass(frozen=True)
class ContactQuery:
    """Which contacts are wanted. ``times`` maps updated_after and its kind to a stamp; both ends are exclusive."""

    account_id: str
    statuses: Sequence[str] = ()
    email: str | None = None
    lists: Sequence[str] = ()
    tags: Sequence[str] = ()
    sms_statuses: Sequence[str] = ()
    contact_ids: Sequence[str] | None = None
    times: dict[str, str] = field(default_factory=dict)

    def where(self) -> tuple[str, list[str]]:
        """The condition and its values. Without a status: everything that is not deleted (section 9)."""
        parts, values = ["account_id = ?"], [self.account_id]
        parts.append(" OR ".join(_STATUS_SQL[each] for each in self.statuses) or "deleted_at IS NULL")
        if self.email is not None:
            parts.append("address = ?")
            values.append(fold(self.email))
        for table, column, ids in (("memberships", "list_id", self.lists), ("taggings", "tag_id", self.tags)):
            if ids:
                parts.append(f"number IN (SELECT contact FROM {table} WHERE {column} IN ({_marks(ids)}))")  # noqa: S608
                values.extend(ids)
        if self.contact_ids is not None:
            parts.append(f"contact_id IN ({_marks(self.contact_ids)})")
            values.extend(self.contact_ids)
        parts.extend(self._sms())
        for name, stamp in self.times.items():
            column, end = name.split("_")
            parts.append(f"{_TIME_COLUMNS[column]} {'>' if end == 'after' else '<'} ?")
            values.append(stamp)
        return " AND ".join(f"({part})" for part in parts), values

    def _sms(self) -> list[str]:
        if not self.sms_statuses:
            return []
        if "all" in self.sms_statuses:
            return ["sms_number IS NOT NULL"]
        return [" OR ".join(f"sms_permission = '{each}'" for each in self.sms_statuses)]


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))

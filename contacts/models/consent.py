"""How deleted contacts are found: by their deletion, and by what their columns say about bringing them back."""

from enum import StrEnum
from typing import Any

from django.db.models import CharField, F, Func, Index, Q
from django.db.models.sql.compiler import SQLCompiler


class Word(StrEnum):
    """``seen`` and ``unseen`` may come back: whom we saw before the deletion, so that we know their lists, or not."""

    OPTED_OUT = "opted_out"
    OTHER = "other"
    SEEN = "seen"
    UNSEEN = "unseen"


class Consent(Func):
    """The word for a contact, the same as ``rules.verdict.may_reactivate`` and ``rules.plan`` judge.

    Databases answer by an index on an expression only where a query has the very same text, so it has no parameters.
    A change of it needs a migration that makes the indexes of it anew.
    """

    columns = (
        *("address", "permission", "confirm_status", "opt_out_source", "opt_out_at"),
        *("once_opted_out", "deleted_from"),
    )
    text = """CASE
        WHEN {address} = '' OR {permission} NOT IN
            ('explicit', 'implicit', 'not_set', 'unsubscribed', 'pending_confirmation', 'temp_hold') THEN 'other'
        WHEN {permission} = 'unsubscribed' OR {opt_out_source} <> '' OR {opt_out_at} IS NOT NULL THEN 'opted_out'
        WHEN {permission} IN ('pending_confirmation', 'temp_hold') OR {confirm_status} = 'pending' THEN 'other'
        WHEN {once_opted_out} IS NOT NULL THEN 'opted_out'
        WHEN {deleted_from} IS NULL THEN 'unseen'
        ELSE 'seen' END"""

    def __init__(self) -> None:
        super().__init__(*self.columns, output_field=CharField())

    def as_sql(self, compiler: SQLCompiler, connection: Any, **_: Any) -> tuple[str, tuple[()]]:  # type: ignore[override]
        """The text with the columns in their places."""
        named = zip(self.columns, self.get_source_expressions(), strict=True)
        return self.text.format(**{name: compiler.compile(column)[0] for name, column in named}), ()


# Few of many opted out, or were deleted before we looked: the indexes by consent find them. Their condition
# is another way to say "deleted", so that SQLite has no choice among them and the others.
OF_DELETED = (
    Index(
        fields=["account", "-deleted_to", "id", "deleted_from", "deleted_on", "missing_since"],
        name="ghosts_by_notice",
        condition=Q(deleted_on__isnull=False),
    ),
    Index(
        fields=["account", "-asked_at", "id"],
        name="ghosts_asked_for",
        condition=Q(deleted_on__isnull=False, asked_at__isnull=False),
    ),
    Index(
        *("account", Consent(), F("deleted_to").desc(), "id", "missing_since"),
        name="ghosts_by_consent",
        condition=Q(deleted_to__isnull=False),
    ),
    Index(
        *("account", Consent(), "address_key", "id", "missing_since"),
        name="ghosts_by_consent_a_to_z",
        condition=Q(deleted_to__isnull=False),
    ),
)

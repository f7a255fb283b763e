"""The account's custom fields, as the rows of a file meet them."""

from contacts.models import CustomField, LinkedAccount
from contacts.rules.custom_fields import Custom


def custom_fields(account: LinkedAccount) -> dict[str, Custom]:
    """Those that are there, by the labels people know them by. One query."""
    rows = CustomField.objects.filter(account=account, gone_at=None)
    # Until the next sync a copy of before knows no name; the label is often the same.
    return {each.name: Custom(each.remote_name or each.name, each.kind, each.choices) for each in rows}

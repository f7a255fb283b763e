"""The raw load is a limit only as long as it leaves the very rows that we leave."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from bench.inside.raw import CONTACTS, STAYS, Rows
from contacts import mirror
from contacts.models import Contact, ContactList, Tag
from emulator.generator import Generated
from tests.rows import make_account

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_the_raw_load_makes_the_rows_of_a_first_look():
    account, made = make_account(), Generated(1)
    mirror.store_lists(account, made.lists, seen_at=NOW)
    mirror.store_tags(account, made.tags, seen_at=NOW)
    contacts = list(made.contacts(300))
    mirror.store_page(account, contacts, fetched_at=NOW, seen_at=NOW, since=None)
    known = [{str(each.remote_id): each.pk for each in model.objects.all()} for model in (ContactList, Tag)]
    rows, members, tagged = Rows(account.pk, *known, seen_at=NOW).of(contacts)
    keys = dict(Contact.objects.values_list("pk", "remote_id"))
    theirs = {row[0]: row[CONTACTS.index("remote_id")] for row in rows}
    assert held("contacts_contact", CONTACTS[1:]) == by_text(row[1:] for row in rows)
    for table, thing, found in (("membership", "list", members), ("tagging", "tag", tagged)):
        columns = [each.format(thing) for each in STAYS]
        ours = held(f"contacts_{table}", columns, key=lambda pk: keys[pk].hex)
        assert ours == by_text((plain(theirs[row[0]]).replace("-", ""), *row[1:]) for row in found)


def held(table, columns, *, key=lambda value: value):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")
        return by_text((key(row[0]), *row[1:]) for row in cursor.fetchall())


def by_text(rows):
    """In one order, and told alike by both databases."""
    return sorted(tuple(map(plain, row)) for row in rows)


def plain(value):
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)

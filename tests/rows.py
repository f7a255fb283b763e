"""Plain functions that make rows: each gives a whole, valid one, and takes what the test is about."""

import itertools
import time
import uuid
from datetime import UTC, datetime

from django.utils import timezone

from contacts.models import Access, ContactFile, FileRow, LinkedAccount, User
from contacts.models.cells import packed

_number = itertools.count(1)
LINKED_ON = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


def make_user(email="", **fields):
    """A person who can sign in with the password ``correct horse``."""
    return User.objects.create_user(email or f"person{next(_number)}@example.org", "correct horse", **fields)


def make_account(**fields):
    """A linked account with writing on."""
    number = next(_number)
    given = {"slug": f"account-{number}", "encoded_account_id": f"a07e{number}", "name": f"Account {number}"}
    return LinkedAccount.objects.create(**{**given, "known_since": LINKED_ON, **fields})


def make_access(account, role="agent", user=None, **fields):
    """A person with this role on the account."""
    return Access.objects.create(user=user or make_user(), account=account, role=role, **fields)


def just_signed_in(client):
    """The same client after its person proved anew who they are, as ``force_login`` alone does not."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


def make_remote(address="maeve.doyle@example.net", **parts):
    """A contact in the shape of a GET with every subresource (CC reference, section 8)."""
    email = {
        "address": address,
        "permission_to_send": "implicit",
        "created_at": "2023-03-03T10:00:00Z",
        "updated_at": "2023-03-03T10:00:00Z",
        "opt_in_source": "Account",
        "opt_in_date": "2023-03-03T10:00:00Z",
        "confirm_status": "off",
    }
    email.update(parts.pop("email_address", {}))
    return {
        "contact_id": str(uuid.uuid4()),
        "email_address": email,
        "first_name": "Maeve",
        "last_name": "Doyle",
        "create_source": "Account",
        "created_at": "2023-03-03T10:00:00Z",
        "updated_at": "2023-03-03T10:00:00Z",
        "custom_fields": [],
        "phone_numbers": [],
        "street_addresses": [],
        "list_memberships": [],
        "taggings": [],
        "notes": [],
        **parts,
    }


def make_file(account, *addresses, **fields):
    """A file that is ready, each row of it a new person; its bytes are not kept."""
    addresses = addresses or ("new@example.org",)
    given = {"name": "people.csv", "format": "csv", "encoding": "utf-8", "delimiter": ",", "state": "ready"}
    given |= {"header": ["Email"], "columns": {"0": "email"}, "rows": len(addresses), "judged_of": timezone.now()}
    file = ContactFile.objects.create(account=account, counts={"new": len(addresses)}, **{**given, **fields})
    FileRow.objects.bulk_create(
        FileRow(file=file, number=number, address_key=each, cells=packed([each]), verdict="new")
        for number, each in enumerate(addresses, 2)
    )
    return file

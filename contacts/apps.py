"""The app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = "Contacts"

    def ready(self) -> None:
        """Let sign-ins be written down, and the search index be whole after every migration."""
        from contacts import deployment, sign_ins  # noqa: F401

        connection_created.connect(know_json)
        post_migrate.connect(mend_search, sender=self)


def know_json(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Tell each connection to SQLite whether it knows JSON.

    Django finds that out inside a transaction, which here wants to write: while somebody else does, it takes "locked"
    for "no" and stays by it, and every page of that thread would break.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pragma_function_list WHERE name = 'json'")
            connection.features.supports_json_field = bool(cursor.fetchone()[0])


def mend_search(*, using: str, **_: Any) -> None:
    """Make the search index again where it could not be made before, or where a table that was made anew lost it."""
    from contacts import search_index

    if ("contacts", "0009_search_index") in MigrationRecorder(connections[using]).applied_migrations():
        search_index.build(connections[using])

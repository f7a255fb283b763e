"""The app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = "Contacts"

    def ready(self) -> None:
        """Let sign-ins be written down, and the search index be whole after every migration."""
        from contacts import deployment, sign_ins  # noqa: F401

        post_migrate.connect(mend_search, sender=self)


def mend_search(*, using: str, **_: Any) -> None:
    """Make the search index again where it could not be made before, or where a table that was made anew lost it."""
    from contacts import search_index

    if ("contacts", "0009_search_index") in MigrationRecorder(connections[using]).applied_migrations():
        search_index.build(connections[using])

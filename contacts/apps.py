"""The app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = "Contacts"

    def ready(self) -> None:
        """Let sign-ins be written down."""
        from contacts import sign_ins  # noqa: F401

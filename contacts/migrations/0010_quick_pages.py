"""What lets the pages of contacts and lists stay quick at a million: indexes that hold all that a page filters by."""

from django.db import migrations, models

from contacts.models.consent import Consent


class Migration(migrations.Migration):
    dependencies = [("contacts", "0009_search_index")]
    operations = [
        migrations.RemoveIndex(model_name="contact", name="contacts_by_address"),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["account", "address_key", "id", "deleted_on", "missing_since"], name="contacts_by_address"
            ),
        ),
        migrations.RemoveIndex(model_name="contact", name="contacts_by_status"),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["account", "status", "address_key", "id", "missing_since"], name="contacts_by_status"
            ),
        ),
        migrations.RemoveIndex(model_name="contact", name="contacts_by_change"),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["account", "-updated_at", "-id", "status", "deleted_on", "missing_since"],
                name="contacts_by_change",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                models.F("account"),
                Consent(),
                models.F("deleted_to").desc(),
                models.F("id"),
                models.F("missing_since"),
                condition=models.Q(("deleted_to__isnull", False)),
                name="ghosts_by_consent",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                models.F("account"),
                Consent(),
                models.F("address_key"),
                models.F("id"),
                models.F("missing_since"),
                condition=models.Q(("deleted_to__isnull", False)),
                name="ghosts_by_consent_a_to_z",
            ),
        ),
    ]

"""What lets the pages of the history stay quick at a million entries."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0010_quick_pages")]
    operations = [
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["account", "actor_id", "action", "-at", "-id"], name="audit_by_actor_action"),
        ),
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["account", "actor_id", "outcome", "-at", "-id"], name="audit_by_actor_outcome"),
        ),
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["account", "action", "outcome", "-at", "-id"], name="audit_by_action_outcome"),
        ),
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["account", "target", "-at", "-id"], name="audit_of_contact"),
        ),
    ]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0017_exports")]

    operations = [
        migrations.CreateModel(
            name="LookBack",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="look_back",
                        serialize=False,
                        to="contacts.linkedaccount",
                    ),
                ),
                ("after", models.BigIntegerField(default=0, help_text="The last contact that was read.")),
                (
                    "turns",
                    models.JSONField(
                        default=list, help_text="Day, status and number of what the contacts read so far change."
                    ),
                ),
                ("lease_owner", models.CharField(blank=True, max_length=64)),
                ("lease_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["account", "basis", "-at", "-id"], name="audit_by_basis"),
        ),
    ]

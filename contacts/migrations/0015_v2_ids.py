import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0014_reports")]

    operations = [
        migrations.CreateModel(
            name="Crossing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("contact", "Contacts"), ("list", "Lists")], max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Not asked yet"),
                            ("asking", "Asking Constant Contact"),
                            ("answered", "Answered"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("sequence_ids", models.JSONField(default=list, help_text="The numbers, ascending.")),
                (
                    "missing",
                    models.JSONField(default=list, help_text="Those that Constant Contact did not know, ascending."),
                ),
                ("known", models.PositiveIntegerField(default=0, help_text="How many of them have a pair.")),
                (
                    "left_out",
                    models.PositiveIntegerField(default=0, help_text="Words of the text that were no numbers."),
                ),
                ("message", models.CharField(blank=True, help_text="Why asking stopped.", max_length=500)),
                ("lease_owner", models.CharField(blank=True, max_length=64)),
                ("lease_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="crossings",
                        to="contacts.linkedaccount",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "intent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contacts.auditentry",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "-id"], name="crossings_by_account"),
                    models.Index(fields=["state"], name="crossings_by_state"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Xref",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("contact", "Contacts"), ("list", "Lists")], max_length=8)),
                ("sequence_id", models.PositiveBigIntegerField(help_text="The V2 id.")),
                ("remote_id", models.UUIDField(help_text="The contact or the list, as the V3 API calls it.")),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="xrefs",
                        to="contacts.linkedaccount",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["account", "remote_id"], name="xrefs_by_remote_id")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "kind", "sequence_id"), name="one_xref_per_v2_id")
                ],
            },
        ),
    ]

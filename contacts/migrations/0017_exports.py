import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0016_seed"),
    ]

    operations = [
        migrations.CreateModel(
            name="RemoteExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.UUIDField(
                        default=uuid.uuid4, help_text="One form, one export: a second post finds it.", unique=True
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Everyone Constant Contact puts into an export"),
                            ("active", "Status active"),
                            ("unsubscribed", "Status unsubscribed"),
                            ("removed", "Status removed"),
                        ],
                        help_text="As Constant Contact was asked.",
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("intended", "Sending"),
                            ("running", "Under way in Constant Contact"),
                            ("unknown", "We do not know yet"),
                            ("rejected", "Constant Contact did not accept it"),
                            ("ready", "Ready to download"),
                            ("failed", "Failed in Constant Contact"),
                            ("lost", "Never heard of again"),
                        ],
                        default="intended",
                        max_length=16,
                    ),
                ),
                ("remote_id", models.CharField(blank=True, help_text="Constant Contact's activity_id.", max_length=64)),
                (
                    "file_id",
                    models.CharField(
                        blank=True, help_text="What the finished activity's link leads to.", max_length=64
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=500)),
                (
                    "asked_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="Our clock, when the intent was written."
                    ),
                ),
                (
                    "look_at",
                    models.DateTimeField(default=django.utils.timezone.now, help_text="When to look at it next."),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remote_exports",
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
                    models.Index(fields=["account", "-id"], name="remote_exports_by_account"),
                    models.Index(fields=["state", "look_at"], name="remote_exports_by_state"),
                ],
            },
        ),
    ]

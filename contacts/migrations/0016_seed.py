import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0015_v2_ids")]

    operations = [
        migrations.CreateModel(
            name="Seed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asks", "Waits for your answers"),
                            ("looking", "Being compared with our copy"),
                            ("looked", "Compared, nothing learned yet"),
                            ("learning", "Being learned"),
                            ("learned", "Learned"),
                            ("forgetting", "Being forgotten"),
                            ("forgotten", "Forgotten"),
                        ],
                        default="asks",
                        max_length=16,
                    ),
                ),
                ("day", models.DateField(help_text="Of which day the file is, as a person said.", null=True)),
                (
                    "columns",
                    models.JSONField(default=dict, help_text="lists, from and to: the place of the column, from 0."),
                ),
                (
                    "names",
                    models.JSONField(
                        default=dict,
                        help_text="List names we do not know: how many rows, and the list a person chose (0: none).",
                    ),
                ),
                (
                    "reached",
                    models.PositiveIntegerField(default=0, help_text="The number of the last row that was dealt with."),
                ),
                (
                    "counts",
                    models.JSONField(default=dict, help_text="Fate to people and rows, from the last comparison."),
                ),
                (
                    "message",
                    models.CharField(blank=True, help_text="Why it stopped, as a sentence.", max_length=500),
                ),
                ("lease_owner", models.CharField(blank=True, max_length=64)),
                ("lease_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("learned_at", models.DateTimeField(null=True)),
                ("forgotten_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seeds",
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
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seed",
                        to="contacts.contactfile",
                    ),
                ),
                (
                    "whole",
                    models.ForeignKey(
                        help_text="The list that the whole file is of.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="contacts.contactlist",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "-id"], name="seeds_by_account"),
                    models.Index(fields=["state"], name="seeds_by_state"),
                ],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="seed",
            field=models.ForeignKey(
                db_index=False,
                help_text="The old export that says so; empty: we saw it ourselves.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="contacts.seed",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="told_on",
            field=models.DateField(help_text="The day that old export is of.", null=True),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(("seed__isnull", False)), fields=["seed", "id"], name="stays_by_seed"
            ),
        ),
    ]

import django.db.models.deletion

import contacts.models.joining
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0013_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("counts", models.JSONField(default=dict, help_text="Status to number of contacts.")),
                (
                    "active",
                    models.PositiveIntegerField(
                        default=0, help_text="The active ones among them, to find the most ever."
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[("counted", "Counted by ccadmin"), ("dates", "From Constant Contact's dates")],
                        max_length=8,
                    ),
                ),
                (
                    "counted_at",
                    models.DateTimeField(
                        help_text="The sync whose copy was counted, the last one of the day.", null=True
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DeletedMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("hidden", models.PositiveIntegerField(default=0, help_text="Hidden still.")),
                ("reactivated", models.PositiveIntegerField(default=0, help_text="Brought back from here.")),
                ("returned", models.PositiveIntegerField(default=0, help_text="Seen to be back, not by us.")),
            ],
        ),
        migrations.CreateModel(
            name="ListMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("joined", models.PositiveIntegerField(default=0)),
                ("left", models.PositiveIntegerField(default=0, help_text="Taken off or unsubscribed.")),
                ("deleted", models.PositiveIntegerField(default=0, help_text="Left because the contact was deleted.")),
            ],
        ),
        migrations.CreateModel(
            name="ReactivatedMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("actor", models.BigIntegerField(default=0, help_text="The person's number; 0 is ccadmin itself.")),
                ("basis", models.CharField(blank=True, max_length=32)),
                ("evidence", models.BooleanField(default=True)),
                ("number", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Reckoned",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reckoned",
                        serialize=False,
                        to="contacts.linkedaccount",
                    ),
                ),
                ("through", models.BigIntegerField(default=0, help_text="The last entry that was counted.")),
                (
                    "at",
                    models.DateTimeField(
                        help_text="A day before that entry was made: no later one is older, whatever the clock."
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="contactevent",
            name="was_deleted_on",
            field=models.DateField(help_text="Of one who came back: the date Constant Contact gave.", null=True),
        ),
        migrations.AddIndex(
            model_name="contactevent",
            index=models.Index(
                condition=models.Q(("was_deleted_on__isnull", False)),
                fields=["was_deleted_on", "contact"],
                name="events_of_return",
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(contacts.models.joining.Joined()), fields=["list", "began_at"], name="joins_by_list"
            ),
        ),
        migrations.AddField(
            model_name="daycount",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="day_counts", to="contacts.linkedaccount"
            ),
        ),
        migrations.AddField(
            model_name="deletedmonth",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deleted_months", to="contacts.linkedaccount"
            ),
        ),
        migrations.AddField(
            model_name="listmonth",
            name="list",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="months", to="contacts.contactlist"
            ),
        ),
        migrations.AddField(
            model_name="reactivatedmonth",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reactivated_months",
                to="contacts.linkedaccount",
            ),
        ),
        migrations.AddConstraint(
            model_name="reckoned",
            constraint=models.CheckConstraint(
                condition=models.Q(("through__gte", 0)), name="reckoned_from_the_first_entry"
            ),
        ),
        migrations.AddIndex(
            model_name="daycount",
            index=models.Index(fields=["account", "how", "day"], name="day_counts_by_how"),
        ),
        migrations.AddConstraint(
            model_name="daycount",
            constraint=models.UniqueConstraint(fields=("account", "day"), name="one_count_per_day"),
        ),
        migrations.AddConstraint(
            model_name="deletedmonth",
            constraint=models.UniqueConstraint(fields=("account", "month"), name="one_row_per_month_of_deletions"),
        ),
        migrations.AddConstraint(
            model_name="listmonth",
            constraint=models.UniqueConstraint(fields=("list", "month"), name="one_row_per_month_of_a_list"),
        ),
        migrations.AddConstraint(
            model_name="reactivatedmonth",
            constraint=models.UniqueConstraint(
                fields=("account", "month", "actor", "basis", "evidence"), name="one_row_per_work_of_a_month"
            ),
        ),
    ]

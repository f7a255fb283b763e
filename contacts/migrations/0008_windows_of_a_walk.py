"""The windows of a walk through an account whose answers are slow, and when a person called last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_marks_of_the_history")]
    operations = [
        migrations.AddField(
            model_name="callbudget",
            name="person_at",
            field=models.BigIntegerField(default=0, help_text="When a person called last."),
        ),
        migrations.AddField(
            model_name="callbudget",
            name="throttled_at",
            field=models.BigIntegerField(default=0, help_text="When Constant Contact last asked us to slow down."),
        ),
        migrations.AddField(
            model_name="syncrun",
            name="windows",
            field=models.JSONField(
                default=list, help_text="The parts of a split walk, each with its own place reached."
            ),
        ),
    ]

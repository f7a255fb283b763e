"""The windows of a walk through an account whose answers are slow."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_marks_of_the_history")]
    operations = []

"""An index for searching parts of addresses and names."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0008_windows_of_a_walk")]
    operations = []

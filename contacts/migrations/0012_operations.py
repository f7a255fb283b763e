"""What operators are shown."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0011_quick_history")]
    operations = []

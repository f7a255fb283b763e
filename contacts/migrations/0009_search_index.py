"""An index for searching parts of addresses and names.

It is made from the contacts alone, so the newest way to make it is right whenever this runs. A database that cannot
have it does without: ``manage.py doctor`` says so, and every later ``migrate`` tries again.
"""

import logging

from django.db import migrations

from contacts import search_index


def forwards(apps, schema_editor):
    problem = search_index.build(schema_editor.connection)
    if problem:
        logging.getLogger("contacts.migrations").warning(problem)


def backwards(apps, schema_editor):
    search_index.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0008_windows_of_a_walk")]
    operations = [migrations.RunPython(forwards, backwards)]

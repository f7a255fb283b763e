"""Rate limits of the sign-in live in the cache, so its table is part of the schema."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_append_only_audit")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]

"""What was written before marks and tellings were: the lists of each entry, and which events the history tells.

Which entries are a part of a job stands in a new column that no hash vouches for, because it follows from the others.
It is filled in with the triggers off: the one time that rows of the history are touched, and nothing they say changes.
"""

import json
import zlib
from importlib import import_module

from django.db import migrations
from django.db.models import F

PARTS = (
    *("reactivate", "lists", "add_lists", "remove_lists", "add_tags", "remove_tags", "delete", "undo"),
    "activity",
)
OFF_AND_ON = {
    "sqlite": ("DROP TRIGGER audit_entry_no_update", "CREATE TRIGGER audit_entry_no_update"),
    "postgresql": (
        "DROP TRIGGER audit_entry_append_only ON contacts_auditentry",
        "CREATE TRIGGER audit_entry_append_only",
    ),
}


def parts(apps, schema_editor):
    append_only = import_module("contacts.migrations.0002_append_only_audit")
    vendor = schema_editor.connection.vendor
    off, begins = OFF_AND_ON[vendor]
    statements = append_only.SQLITE if vendor == "sqlite" else append_only.POSTGRESQL
    schema_editor.execute(off, params=None)
    entries = apps.get_model("contacts", "AuditEntry").objects
    entries.filter(job__isnull=False, action__in=PARTS).update(part=True)
    schema_editor.execute(next(each for each in statements if each.startswith(begins)), params=None)


def forwards(apps, schema_editor):
    apps.get_model("contacts", "ContactEvent").objects.filter(told_at=None).update(told_at=F("noticed_to"))
    Entry, Mark = apps.get_model("contacts", "AuditEntry"), apps.get_model("contacts", "AuditMark")
    entries = Entry.objects.exclude(account=None).exclude(detail={}).select_related("payload").order_by("pk")
    made = []
    for entry in entries.iterator(chunk_size=1000):
        made += [Mark(entry=entry, account_id=entry.account_id, word=word) for word in sorted(_words(entry))]
        if len(made) > 5000:
            Mark.objects.bulk_create(made)
            made = []
    Mark.objects.bulk_create(made)


def _words(entry):
    words = {f"{kind[:-1]}:{each}" for kind in ("lists", "tags") for each in entry.detail.get(kind, ())}
    sealed = getattr(entry, "payload", None)
    if entry.action == "reactivate" and sealed and not json.loads(zlib.decompress(sealed.body)).get("note"):
        words.add("evidence:no")
    return words


class Migration(migrations.Migration):
    dependencies = [("contacts", "0006_history")]
    operations = [
        migrations.RunPython(parts, migrations.RunPython.noop),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]

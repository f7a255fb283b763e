"""What was written before marks and tellings were: the lists of each entry, and which events the history tells."""

import json
import zlib

from django.db import migrations
from django.db.models import F


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
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]

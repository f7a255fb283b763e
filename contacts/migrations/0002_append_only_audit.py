"""History can be added to and never changed: the database itself refuses, whoever asks.

On SQLite an ``INSERT OR REPLACE`` deletes without firing DELETE triggers unless ``PRAGMA recursive_triggers`` is on,
so a BEFORE INSERT trigger refuses an existing number as well (measured on SQLite 3.40.1).
Payloads may be deleted, for erasure, but never edited.
"""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON contacts_auditentry
       BEGIN SELECT RAISE(ABORT, 'An audit entry can never be changed.'); END""",
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON contacts_auditentry
       BEGIN SELECT RAISE(ABORT, 'An audit entry can never be deleted.'); END""",
    """CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON contacts_auditentry
       WHEN EXISTS (SELECT 1 FROM contacts_auditentry
                    WHERE id = NEW.id OR (chain_id = NEW.chain_id AND sequence = NEW.sequence))
       BEGIN SELECT RAISE(ABORT, 'An audit entry can never be replaced.'); END""",
    """CREATE TRIGGER audit_payload_no_update BEFORE UPDATE ON contacts_auditpayload
       BEGIN SELECT RAISE(ABORT, 'An audit payload can never be changed.'); END""",
    """CREATE TRIGGER audit_payload_no_replace BEFORE INSERT ON contacts_auditpayload
       WHEN EXISTS (SELECT 1 FROM contacts_auditpayload WHERE id = NEW.id OR entry_id = NEW.entry_id)
       BEGIN SELECT RAISE(ABORT, 'An audit payload can never be replaced.'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION contacts_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'An audit row can never be changed or deleted.' USING ERRCODE = 'integrity_constraint_violation';
       END $$""",
    """CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON contacts_auditentry
       FOR EACH ROW EXECUTE FUNCTION contacts_append_only()""",
    """CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON contacts_auditentry
       FOR EACH STATEMENT EXECUTE FUNCTION contacts_append_only()""",
    """CREATE TRIGGER audit_payload_no_update BEFORE UPDATE ON contacts_auditpayload
       FOR EACH ROW EXECUTE FUNCTION contacts_append_only()""",
]
UNDO = {
    "sqlite": [
        "DROP TRIGGER audit_payload_no_replace",
        "DROP TRIGGER audit_payload_no_update",
        "DROP TRIGGER audit_entry_no_replace",
        "DROP TRIGGER audit_entry_no_delete",
        "DROP TRIGGER audit_entry_no_update",
    ],
    "postgresql": [
        "DROP TRIGGER audit_payload_no_update ON contacts_auditpayload",
        "DROP TRIGGER audit_entry_no_truncate ON contacts_auditentry",
        "DROP TRIGGER audit_entry_append_only ON contacts_auditentry",
        "DROP FUNCTION contacts_append_only",
    ],
}


def forwards(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]

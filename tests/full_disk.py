"""A database that takes no more entries of the history, as when its disk is full."""

from django.db import connection


def refuse_entries():
    """From now to the end of the test's transaction."""
    trigger = "CREATE TRIGGER full BEFORE INSERT ON contacts_auditentry BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    constraint = "ALTER TABLE contacts_auditentry ADD CONSTRAINT full_disk CHECK (false) NOT VALID"
    with connection.cursor() as cursor:
        cursor.execute(trigger if connection.vendor == "sqlite" else constraint)

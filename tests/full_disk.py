"""A database that takes no more entries of the history, as when its disk is full."""

from contextlib import contextmanager

from django.db import connection


def refuse_entries():
    """From now to the end of the test's transaction."""
    trigger = "CREATE TRIGGER full BEFORE INSERT ON contacts_auditentry BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    constraint = "ALTER TABLE contacts_auditentry ADD CONSTRAINT full_disk CHECK (false) NOT VALID"
    with connection.cursor() as cursor:
        cursor.execute(trigger if connection.vendor == "sqlite" else constraint)


@contextmanager
def no_room():
    """The same for a while, met as the database itself tells it: by an OperationalError."""
    sqlite = ["CREATE TRIGGER full BEFORE INSERT ON contacts_auditentry BEGIN SELECT no_room_on_the_disk(); END"]
    function = """CREATE FUNCTION pg_temp.full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'no room' USING ERRCODE = 'disk_full'; END $$"""
    trigger = """CREATE TRIGGER full_disk BEFORE INSERT ON contacts_auditentry
        FOR EACH ROW EXECUTE FUNCTION pg_temp.full_disk()"""
    on_sqlite = connection.vendor == "sqlite"
    _execute(*(sqlite if on_sqlite else [function, trigger]))
    yield
    _execute("DROP TRIGGER full" if on_sqlite else "DROP TRIGGER full_disk ON contacts_auditentry")


def _execute(*statements):
    with connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)

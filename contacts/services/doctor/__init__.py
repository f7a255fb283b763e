"""Is this installation well? One finding for each thing that is looked at, with a sentence that says what to do."""

from collections.abc import Iterator

from django.db import Error

from contacts.rules.storage import Storage, why
from contacts.services.doctor import database, outside, setup, work
from contacts.services.doctor.finding import Finding, Level, broken

__all__ = ["Finding", "Level", "examine"]


def examine(*, offline: bool, mail: bool) -> Iterator[Finding]:
    """Everything there is to find. ``offline`` asks Constant Contact nothing, ``mail`` calls the mail server.

    Nothing is changed by it but a trial row that nobody sees, and no finding names a person.
    """
    yield from setup.of_settings()
    yield from setup.of_files()
    try:
        yield from _of_the_database()
    except Error as problem:
        yield broken("database", (why(problem) or Storage.AWAY).value)
    yield from outside.of_mail(connect=mail)
    if not offline:
        yield from outside.of_clock()


def _of_the_database() -> Iterator[Finding]:
    for each in database.of_database():
        yield each
        if each.level == Level.BROKEN and each.about == "database":
            # What is asked of tables that are not there, or of a database that is full, tells nothing more.
            return
    for part in (setup.of_keys, work.of_work, work.of_links, work.of_proof):
        yield from part()

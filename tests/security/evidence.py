"""What is left behind anywhere: every log line, row, cookie, address and page, as text to search through."""

import base64
import binascii
import html
import json
import logging
import zlib
from contextlib import contextmanager
from html.parser import HTMLParser

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from ccadmin import logs
from contacts.models import packing
from contacts.services import metrics

# What the project's own settings keep quiet stays quiet; every other logger talks as much as it can.
PINNED = (*settings.LOGGING["loggers"],)
LEADING = {"href", "src", "action", "formaction", "hx-get", "hx-post", "hx-put", "hx-delete", "data-url"}


class Evidence:
    """Everything that was written, by the kind of place it was written to."""

    def __init__(self):
        self.logged = []
        self.addresses = []
        self.headers = []
        self.pages = []
        self.figures = []
        self.rows = {}

    def watch(self):
        """Keep what a monitor is told just now."""
        self.figures.append(metrics.text())

    def find(self, canary, *places):
        """The places among these that hold the canary, plain, escaped, quoted or in upper case."""
        forms = {canary, html.escape(canary), json.dumps(canary)[1:-1], canary.replace("@", "%40").replace(" ", "+")}
        low = {form.casefold() for form in forms}
        return [text[:2000] for place in places for text in place if any(form in text.casefold() for form in low)]


class Keeping(logging.Handler):
    """Every record as the text that any handler could make of it, and as the two forms that ours make."""

    forms = (logs.Redacting(), logs.Json())

    def __init__(self, kept):
        super().__init__(logging.DEBUG)
        self.kept = kept
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record):
        # The emulator runs in this process too, and it may write down what it likes.
        if not record.name.startswith(("werkzeug", "emulator")):
            self.kept.append(f"{self.format(record)} {record.args!r}")
            self.kept += [form.format(record) for form in self.forms]


@contextmanager
def everything_logged(evidence):
    """All loggers at DEBUG, as an operator might set them."""
    known = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    loud = [logging.root, *(each for each in known if not each.name.startswith(PINNED))]
    before = [(each, each.level, each.propagate) for each in loud]
    handler = Keeping(evidence.logged)
    logging.root.addHandler(handler)
    for each in loud:
        each.setLevel(logging.DEBUG)
        each.propagate = True
    try:
        yield
    finally:
        logging.root.removeHandler(handler)
        for each, level, propagate in before:
            each.level, each.propagate = level, propagate
        logging.root.manager._clear_cache()


class Witness(Client):
    """A browser that keeps what it asked for and what it was given. A fault of ours is a page, as for anybody."""

    def __init__(self, evidence, **options):
        super().__init__(raise_request_exception=False, **options)
        self.evidence = evidence
        self.seen = []

    def request(self, **request):
        answer = super().request(**request)
        self.evidence.addresses.append(f"{request.get('PATH_INFO')}?{request.get('QUERY_STRING', '')}")
        self.evidence.headers += [f"{name}: {value}" for name, value in answer.headers.items()]
        self.evidence.headers += [f"{name}={each.value}" for name, each in self.cookies.items()]
        page = (b"".join(answer) if answer.streaming else answer.content).decode()
        self.evidence.pages.append(page)
        self.evidence.addresses += links(page)
        self.seen.append(page)
        return answer


def links(page):
    """Every address that a page leads to."""
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.extend(
        value for name, value in attrs if name in LEADING and value
    )
    parser.handle_startendtag = parser.handle_starttag
    parser.feed(page)
    return found


def rows():
    """Every row of every table as text, by table; what is packed is unpacked as well."""
    found = {}
    with connection.cursor() as cursor:
        # SQLite's search index gives no rows back; the tables in which it keeps what it knows are looked through.
        for table in set(connection.introspection.table_names(cursor)) - {"contacts_search"}:
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            found[table] = [
                {name: " ".join(unpacked(value)) for name, value in zip(names, row, strict=True)}
                for row in cursor.fetchall()
            ]
    for session in Session.objects.all():
        found["django_session"].append({"decoded": json.dumps(session.get_decoded(), default=str)})
    return found


def unpacked(value):
    """The value as text, and what is packed inside it."""
    data = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode("utf-8", "replace")
    yield data.decode("utf-8", "replace")
    for unpack in (packing.unpack, base64.b64decode):
        try:
            yield unpack(data).decode("utf-8", "replace")
        except (zlib.error, binascii.Error):
            continue

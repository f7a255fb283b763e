"""A large import with every fault at once and its worker killed again and again: what must hold, holds.

``CCADMIN_IMPORT_ROWS=100000 CCADMIN_KILLS=50 pytest tests/services/jobs/test_import_holds.py -s`` is the long run.
"""

import json
import os
import random
from collections import Counter

import pytest
from django.utils import timezone

from contacts.models import Write
from tests.emulation import ACCOUNT
from tests.rows import make_remote
from tests.services.jobs.commanding import GONE, KILLS, LONGEST, SEED, carried_out, linked
from tests.services.jobs.rig import OPTED_OUT
from tests.services.world import GALA, NEWSLETTER, loaded_emulator

pytestmark = pytest.mark.django_db
ROWS = int(os.environ.get("CCADMIN_IMPORT_ROWS", "400"))
MAIN = "from tests.services.jobs import import_holding\nimport_holding.main()\n"
#: Rows of each kind in a hundred; everybody else is new.
THERE, DELETED, OUT, OUT_SINCE, TWICE, UNREADABLE = 12, 5, 3, 1, 2, 1
IMPORTS, PAGES = {"method": "POST", "path": "/activities/contacts_"}, {"method": "GET", "path": "/contacts"}
OF_CALLS = [
    *(("throttled", {}), ("status", {"status": 503}), ("html", {"status": 502})),
    *(("answer_lost", {}), ("error_after", {}), ("cut_body", {}), ("cut_json", {})),
]
OF_ACTIVITIES = [
    *(("activity_stuck", {}), ("activity_vanishes", {}), ("activity_errors", {})),
    *(("activity_failed", {}), ("activity_failed", {"most": 7}), ("activity_timed_out", {"most": 3})),
]
OF_PAGES = [
    *OF_CALLS,
    *(("expired_cursor", {"path": "cursor"}), ("empty_page", {"path": "lists=", "last": True})),
    ("delay", {"seconds": 0.1}),
]
FIGURES = ("kills", "interrupted", "megabytes", "calls", "cost", "people", "left")


class Holding:
    """The account, the file, and what everybody in it was like before."""

    def __init__(self, emulation, place):
        self.emulation, self.place, self.since = emulation, place, timezone.now()
        share = ROWS // 100
        there = _made("p", THERE * share, list_memberships=[NEWSLETTER])
        gone = _made("d", DELETED * share, list_memberships=[NEWSLETTER])
        out = _made("o", OUT * share, email_address=OPTED_OUT)
        late = _made("l", OUT_SINCE * share, list_memberships=[NEWSLETTER])
        now = {"permission_to_send": "unsubscribed", "opt_out_source": "Contact", "opt_out_date": _iso(self.since)}
        left = [each | {"email_address": each["email_address"] | now} for each in late]
        self.known = [*there, *(each | GONE for each in gone), *out, *late]
        emulation.state.load(contacts=[{"account": ACCOUNT, **each} for each in [*self.known[: -len(late)], *left]])
        # They leave while the import is under way.
        self.leaving = {_address(each): each["contact_id"] for each in there[-4:]}
        self.rows = self._rows([_address(each) for each in self.known])
        self.before = {row[0].lower(): self.look(row[0]) for row in self.rows if "@" in row[0]}

    def _rows(self, known):
        new = ROWS - len(known) - (TWICE + UNREADABLE) * (ROWS // 100)
        rows = [[f"n{n}@example.net", f"First {n}", f"Last {n}", "Acme & Söhne"] for n in range(new)]
        rows += [[address, "Changed", f"By {n}", ""] for n, address in enumerate(known) if address not in self.leaving]
        random.Random(SEED).shuffle(rows)
        rows += [[row[0].upper(), *row[1:]] for row in rows[: TWICE * (ROWS // 100)]]
        rows += [["nobody", "", "", ""]] * (UNREADABLE * (ROWS // 100))
        return rows + [[address, "Changed", "As they left", ""] for address in self.leaving]

    def look(self, address):
        held = self.emulation.state.contacts.rows.find_address(ACCOUNT, address.lower())
        return held.contact if held else None

    def misbehave(self):
        """Every fault, at random calls of about as many as there will be."""
        chance = random.Random(SEED)
        for fault, options in [*OF_CALLS, *OF_ACTIVITIES]:
            self.emulation.fault(fault, **IMPORTS, **options, skip=chance.randrange(25))
        for fault, options in OF_PAGES * 3:
            self.emulation.fault(fault, **PAGES | options, skip=chance.randrange(60))
        for number, contact in enumerate(self.leaving.values()):
            kind = "unsubscribe" if number % 2 else "delete_contact"
            self.emulation.fault(kind, **IMPORTS, id=contact, when="after", skip=4 * number)

    def run(self):
        order = linked(self.emulation, [self.known]) | {"rows": self.rows, "seed": SEED, "kills": KILLS}
        order |= {"longest": LONGEST + ROWS / 10_000, "portion": min(4_000, max(20, ROWS // 20))}
        order |= {"since": self.since.isoformat()}
        told = carried_out(self.emulation, MAIN, self.place, order, seconds=3600)
        return told | json.loads((self.place / "facts").read_text())


def test_an_import_with_faults_and_kills_has_one_true_verdict_a_row_and_loses_none(tmp_path):
    with loaded_emulator(activity_seconds=0.02) as emulation:
        holding = Holding(emulation, tmp_path)
        holding.misbehave()
        told = holding.run()
        ends = list(assert_rows_true(holding))
        figures = {name: told[name] for name in FIGURES}
        print(ROWS, "rows", figures, Counter(ends), Counter(each["said"] for each in told["activities"]))
        assert (told["fault"], told["open"], told["state"]) == ("None", 0, "done")
        assert emulation.alarms() == []
        assert len(ends) == ROWS == told["people"] + sum(told["left"].values())
        assert_sent_once(emulation, told)


def assert_rows_true(holding):
    """Hold each row against the emulator's own data; its end or its reason."""
    with (holding.place / "items").open() as lines:
        items = map(json.loads, lines)
        for (number, row), item in zip(enumerate(holding.rows, start=2), items, strict=True):
            line, contact, reason, verdict, _message = item
            assert line == number and bool(reason) != bool(verdict), (row, item)
            key = row[0].lower()
            was, now = holding.before.get(key), holding.look(key)
            is_like_row = bool(now) and [now["first_name"], now["last_name"]] == row[1:3]
            if verdict in Write.PROVED:
                assert is_like_row and contact == key, (row, item, now)
                assert key in holding.leaving or _is_done(was, now), (row, item, now)
            elif verdict in Write.WITHOUT_EFFECT:
                assert now == was or (key in holding.leaving and not is_like_row), (row, item, now)
            else:
                assert reason == "duplicate" or (reason and now == was) or key in holding.leaving, (row, item, now)
            yield reason or verdict


def _is_done(was, now):
    held = (was or {"email_address": {"permission_to_send": "implicit"}})["email_address"]["permission_to_send"]
    is_there = GALA in now["list_memberships"] and "deleted_at" not in now
    return is_there and now["email_address"]["permission_to_send"] == held


def assert_sent_once(emulation, told):
    """Each call has its activity with the same people, each intent one end, and nobody was sent twice."""
    ends = Counter(told["ends"])
    assert all(ends[intent] == 1 for intent in told["intents"])
    kept = [json.loads(row["rows"]) for row in emulation.state.db.rows("SELECT rows FROM imports ORDER BY rowid")]
    sent = [tuple(sorted(each["email"].lower() for each in rows)) for rows in kept]
    intended = Counter(tuple(each["people"]) for each in told["activities"])
    assert all(number <= intended[people] for people, number in Counter(sent).items())
    everybody = Counter(address for people in sent for address in people)
    assert max(everybody.values()) == 1, "somebody was in two imports"


def _made(letter, number, **parts):
    return [make_remote(f"{letter}{n}@example.org", **parts) for n in range(number)]


def _address(contact):
    return contact["email_address"]["address"]


def _iso(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

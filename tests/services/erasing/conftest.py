"""An installation with people whose data bears marks, over a real emulator."""

import json
from contextlib import contextmanager

import pytest

from tests.emulation import ACCOUNT
from tests.installation import Installation
from tests.linking import tokens
from tests.services.erasing.planted import FIELDS, TIMES, person
from tests.services.world import loaded_emulator

RUN = "from tests.services.erasing import orders\nfrom tests.services.erasing.planted import main\nmain(orders.{})\n"


class Planted:
    """The emulator with so many people, and the installation that orders are run in (``orders``)."""

    def __init__(self, emulation, place, people):
        self.emulation, self.place = emulation, place
        fields = [
            {"custom_field_id": each, "label": f"Field {each[-1]}", "name": f"f{each[-1]}", "type": "string"}
            for each in FIELDS
        ]
        gone = {"deleted_at": "2026-11-17", "list_memberships": []}
        contacts = [person(number, **(gone if number % 3 == 0 else {})) for number in range(people)]
        emulation.state.load(
            custom_fields=[{"account": ACCOUNT, **each, **TIMES, "version": 1} for each in fields],
            contacts=[{"account": ACCOUNT, **each} for each in contacts],
        )
        self.var, self.outside = place / "var", place / "outside"
        self.var.mkdir(exist_ok=True)
        named = {
            "CCADMIN_VAR": str(self.var),
            "CCADMIN_CHECKPOINT_DIR": str(self.outside),
            "CC_CALLS_PER_DAY": "1000000",
        }
        quick = {f"CCADMIN_{name}_SECONDS": "0" for name in ("QUIET", "CONFIRM", "POLL")}
        self.installation = Installation(emulation, **named, **quick)

    def run(self, order, *, killed=False, installation=None, **given):
        """What an order of ``orders`` answers."""
        answer = tokens(self.emulation)
        given |= {"account": ACCOUNT, "tokens": [answer.access, answer.refresh, answer.expires_in, answer.scope]}
        path = self.place / "order.json"
        path.write_text(json.dumps(given))
        return (installation or self.installation).run(RUN.format(order), str(path), killed=killed)

    @contextmanager
    def backup(self):
        """The database as it stands now, with the same folders beside it: what is put back later."""
        twin = self.installation.copy()
        try:
            yield twin
        finally:
            twin.remove()


@pytest.fixture
def planted(db, tmp_path):
    """Makes installations with so many people."""

    @contextmanager
    def make(people):
        with loaded_emulator() as emulation:
            made = Planted(emulation, tmp_path, people)
            try:
                yield made
            finally:
                made.installation.remove()

    return make

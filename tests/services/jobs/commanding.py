"""What a process that has workers killed is told to do, and what it tells when everything has ended."""

import json
import os

from tests.emulation import ACCOUNT
from tests.installation import Installation
from tests.linking import tokens

KILLS = int(os.environ.get("CCADMIN_KILLS", "10"))
SEED = os.environ.get("CCADMIN_SEED", "3")
#: Seconds: about the time that a job takes.
LONGEST = 0.8
GONE = {"deleted_at": "2026-11-17", "list_memberships": [], "updated_at": "2026-11-17T14:07:00Z"}
QUICK = {f"CCADMIN_{name}_SECONDS": "0" for name in ("QUIET", "CONFIRM", "POLL")}
NOTHING = {
    **dict.fromkeys(("points", "stalls", "locks", "pages_left"), ()),
    **dict.fromkeys(("kills", "commands", "longest", "racers"), 0),
    "seed": "",
}


def linked(emulation, pages):
    """The part of an order that links the account and gives our copy these pages."""
    answer = tokens(emulation)
    given = [answer.access, answer.refresh, answer.expires_in, answer.scope]
    return {"pages": pages, "account": ACCOUNT, "tokens": given}


def carried_out(emulation, main, place, order, *, seconds=1800):
    """What the program ``main`` told in its last line; it finds its order in ``place``, and has so long for it."""
    (place / "order").write_text(json.dumps(order))
    installation = Installation(emulation, CC_CALLS_PER_DAY="1000000", **QUICK)
    try:
        process = installation.start(main, str(place / "order"))
        out, err = process.communicate(timeout=seconds)
    finally:
        installation.remove()
    assert process.returncode == 0, err
    return json.loads(out.strip().splitlines()[-1])

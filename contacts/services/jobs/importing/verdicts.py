"""How each row of an import ended, by what was read after it: never by what the activity says of itself."""

import re
from collections.abc import Sequence

from django.db.models import Q

from contacts.models import Activity, Write
from contacts.rules.addresses import Kind, parse
from contacts.rules.compare import same
from contacts.rules.importing import missing
from contacts.rules.standing import Standing
from contacts.services.ending import JSON, Result, State
from contacts.services.jobs.judging import because

DONE = "Done and verified by reading again."
NOT_THERE = "Constant Contact did not import this row{why}. Nobody with this address is there."
AS_IT_WAS = "Constant Contact did not import this row{why}. The contact is as it was."
OPTED_OUT = "They opted out meanwhile. Look at what differs."
OTHER = "The contact is neither as it was nor as the row says. Look at what differs."
UNKNOWN = "Constant Contact does not know this contact any more."
#: Of one activity so many lines about its rows are read.
MOST_LINES = 5_000


def result(write: Write, told: JSON) -> Result | None:
    """The verdict of one row; None when a second reading has to come first."""
    before, asked = told.get("before", {}), told.get("sent", {})
    contact = write.contact or write.item.contact
    why = _because(write)
    if contact is None:
        if write.unchanged_reads == 0:
            return None
        return Result(State.NOT_APPLIED, NOT_THERE.format(why=why), proof="two re-reads")
    if contact.missing_since:
        return Result(State.DRIFTED, UNKNOWN, proof="re-read")
    remote = contact.remote
    differs = missing(before, asked, remote, lists=write.lists)
    if not differs:
        completed = write.activity is not None and write.activity.remote_state == "completed"
        return Result(State.CONFIRMED if completed else State.APPLIED, DONE, remote, proof="re-read")
    if write.unchanged_reads == 0:
        return None
    untouched = bool(before) and same(before, remote)
    out = Standing.of(remote).opted_out and not Standing.of(before).opted_out
    state = State.NOT_APPLIED if untouched else State.DRIFTED
    message = AS_IT_WAS.format(why=why) if untouched else OPTED_OUT if out else OTHER
    return Result(state, message, remote, proof="two re-reads", differences=differs)


def keep_lines(activity: Activity, lines: list[object]) -> None:
    """What Constant Contact said about rows by their address is kept for their verdict, without any address."""
    said: dict[str, str] = {}
    for line in lines[:MOST_LINES]:
        if isinstance(line, str):
            addresses = [query.value for query in parse(line) if query.kind == Kind.ADDRESS]
            bare = _without(line, addresses)
            said |= {each.lower(): bare for each in addresses if each.lower() not in said}
    writes = Write.objects.filter(activity=activity, state__in=Write.OPEN)
    named = writes.filter(Q(address_key__in=said) | Q(contact__address_key__in=said)).select_related("contact")
    for write in named.only("address_key", "contact__address_key") if said else ():
        key = write.contact.address_key if write.contact else write.address_key
        Write.objects.filter(pk=write.pk).update(message=said[key][:300])


def _because(write: Write) -> str:
    return f": it said “{write.message}”" if write.message else because(write.activity)


def _without(line: str, addresses: Sequence[str]) -> str:
    named = "|".join(map(re.escape, sorted(addresses, key=len, reverse=True)))
    bare = re.sub(named, "", line, flags=re.IGNORECASE) if named else line
    return " ".join(bare.split()).strip(" :,-")

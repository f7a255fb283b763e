"""Every intent has one end, or something open that stands for it; every end has its intent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from contacts.models import Activity, AuditChain, AuditEntry, Job, ListChange, RemoteExport, Write

Row = dict[str, Any]
Outcome = AuditEntry.Outcome
#: An end may be on its way for so long without anything that stands for it.
GRACE = timedelta(minutes=10)
#: A file of contacts is on its way for as long as somebody's line needs; then ``exporting.end_lost`` ends it.
DOWNLOAD = timedelta(hours=24)
#: What ends whatever was under way on the account, or on one contact.
_WHOLE_COPY, _ONE_CONTACT = "erase_copy", "erase"


def oddities(chain: AuditChain, rows: Iterable[Row]) -> Iterator[tuple[int, str]]:
    """Number and sentence of what does not fit among these entries, which follow one another."""
    rows = list(rows)
    for row in rows:
        if row["begins_id"] is not None and not _is_intent_before(chain, row):
            yield row["sequence"], f"Entry {row['sequence']:,} ends something that was never asked for."
    intents = [row for row in rows if row["outcome"] == Outcome.INTENDED]
    if intents:
        yield from _without_one_end(chain, intents)


def _is_intent_before(chain: AuditChain, row: Row) -> bool:
    same_chain = row["begins__chain_id"] == chain.pk and row["begins__sequence"] < row["sequence"]
    return same_chain and row["begins__outcome"] == Outcome.INTENDED


def _without_one_end(chain: AuditChain, intents: list[Row]) -> Iterator[tuple[int, str]]:
    ended, finals = _ends(chain, intents)
    for row in intents:
        if finals[row["id"]] > 1:
            yield row["sequence"], f"Entry {row['sequence']:,} has {finals[row['id']]} different ends."
    before = timezone.now() - GRACE
    loose = [row for row in intents if row["id"] not in ended and row["at"] < before]
    standing = _standing(chain, loose) if loose else set()
    for row in loose:
        if row["id"] not in standing:
            yield row["sequence"], f"Entry {row['sequence']:,} announces an act, and no entry says how it ended."


def _ends(chain: AuditChain, intents: list[Row]) -> tuple[set[int], Counter[int]]:
    """The intents that have an end, and how many final ends each has."""
    between = (intents[0]["sequence"], intents[-1]["sequence"])
    ends = AuditEntry.objects.filter(begins__chain=chain, begins__sequence__range=between)
    ended, finals = set(), Counter[int]()
    for begins, outcome in ends.values_list("begins_id", "outcome"):
        if outcome != Outcome.INTENDED:
            ended.add(begins)
        if outcome not in (Outcome.INTENDED, Outcome.UNKNOWN):
            finals[begins] += 1
    return ended, finals


def _standing(chain: AuditChain, loose: list[Row]) -> set[int]:
    """Those without an end of their own that something open stands for, or whose end names them otherwise."""
    keys = [row["id"] for row in loose]
    standing: set[int] = set()
    for changes in (Write, ListChange):
        standing |= set(
            changes.objects.filter(intent__in=keys, state__in=changes.OPEN).values_list("intent", flat=True)
        )
    remote = RemoteExport.objects.filter(intent__in=keys, state__in=RemoteExport.OPEN)
    standing |= set(remote.values_list("intent", flat=True))
    activities, jobs = _open_work(loose)
    later = _later(chain, loose)
    return standing | {
        row["id"]
        for row in loose
        if row["detail"].get("activity") in activities
        or (row["action"] == "delete_list" and row["job"] in jobs)
        or (row["action"] == "export" and row["at"] > timezone.now() - DOWNLOAD)
        or any(_ends_it(each, row) for each in later)
    }


def _open_work(loose: list[Row]) -> tuple[set[int], set[int]]:
    activities = Activity.objects.filter(pk__in=[row["detail"].get("activity") for row in loose if row["job"]])
    jobs = Job.objects.filter(pk__in=[row["job"] for row in loose if row["job"]]).exclude(state__in=Job.ENDED)
    still = activities.filter(state__in=Activity.OPEN)
    return set(still.values_list("pk", flat=True)), set(jobs.values_list("pk", flat=True))


def _later(chain: AuditChain, loose: list[Row]) -> list[Row]:
    """Entries that may end one of these without saying so in ``begins``, as bulk activities do."""
    jobs = {row["job"] for row in loose if row["job"]}
    targets = {row["target"] for row in loose if row["target"]}
    either = Q(action__in=["activity", "delete_list"], job__in=jobs) | Q(action=_ONE_CONTACT, target__in=targets)
    ends = chain.entries.filter(either | Q(action=_WHOLE_COPY), sequence__gt=loose[0]["sequence"])
    ends = ends.exclude(outcome__in=[Outcome.INTENDED, Outcome.REFUSED])
    return [dict(each) for each in ends.values("sequence", "action", "job", "target", "detail")]


def _ends_it(end: Row, intent: Row) -> bool:
    if end["sequence"] < intent["sequence"]:
        return False
    if end["action"] == _WHOLE_COPY:
        return True
    if end["action"] == _ONE_CONTACT and end["target"] == intent["target"]:
        return True
    if end["action"] != intent["action"] or intent["job"] is None or end["job"] != intent["job"]:
        return False
    activity = intent["detail"].get("activity")
    return intent["action"] == "delete_list" or (
        intent["action"] == "activity" and end["detail"].get("activity") == activity
    )

"""The plan of an import: each row sent or left alone for its verdict, so that the sums are the rows of the file."""

from collections.abc import Collection
from math import ceil

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from contacts.models import ContactFile, FileRow, Job, JobGroup, JobItem, Membership, Write
from contacts.rules.importing import MOST_LISTS
from contacts.rules.plan import PER_PAGE, Reason
from contacts.rules.preflight import Verdict
from contacts.rules.refusal import Refused
from contacts.services.jobs.importing import portions, rows

MOST = 1_000_000
NEVER = "Our copy of this account was never complete: opt-outs may be unknown. Sync it first. Nothing was sent."
ANEW = (
    "The file was read or compared anew since this was planned. Stop this job and plan what is left anew. "
    "Nothing was sent."
)
#: Calls for one portion: opt-outs, deletions, the call itself.
CALLS_EACH = 3
#: Calls for one wave beside its pages: the last page of a walk is seldom full, and how far it is, twice.
CALLS_A_WAVE = 3
#: Rows that the look of a wave shows once more: those of the wave before, or of two minutes.
SHOWN_AGAIN = 40_000
# One statement whatever the size: a million rows are planned without being read into memory.
INSERT = """
    INSERT INTO contacts_jobitem (job_id, contact_id, row_id, line, group_id, reason, fewer, trial)
    SELECT %s, CASE WHEN verdict = 'duplicate' OR contact_id IN ({twice}) THEN NULL ELSE contact_id END, id, number,
        {groups}, CASE WHEN verdict IN ({wanted}) THEN '' ELSE verdict END, FALSE, FALSE
    FROM contacts_filerow WHERE file_id = %s {only} ORDER BY number
"""
# As JobItem.objects.not_done().
ONLY = """AND number IN (
    SELECT line FROM contacts_jobitem LEFT JOIN contacts_write ON contacts_write.id = contacts_jobitem.write_id
    WHERE contacts_jobitem.job_id = %s AND contacts_jobitem.reason = ''
    AND (contacts_write.id IS NULL OR contacts_write.state IN ('refused', 'rejected', 'not_applied')))
"""


def plan(job: Job) -> None:
    """Give every row of the file a group or a reason, and the job its cost. In the caller's transaction."""
    # Read now: whoever opened the form may have had it before the file was deleted or judged anew.
    job.file = file = ContactFile.objects.filter(jobs=job).first()
    if file is None or not is_ready(file):
        raise Refused("The file is not ready, or was deleted meanwhile. Nothing was planned.")
    need_copy(job)
    if file.rows > MOST:
        raise Refused(f"That is more than {MOST:,} rows, the most one job takes. Split the file. Nothing was planned.")
    job.options |= {"columns": dict(file.columns), "judged": mark_of(file)}
    job.items.all().delete()
    job.groups.all().delete()
    _insert(job, _groups(job, file))
    _leave_full_and_busy(job)
    _count(job)
    job.planned_at, job.plan_of = timezone.now(), job.account.synced_at
    job.save()


def mark_of(file: ContactFile) -> str:
    """Another one whenever the rows of a file were judged anew."""
    return f"{file.ready_at.isoformat() if file.ready_at else ''} {file.judged_of or ''}"


def is_older(job: Job) -> bool:
    """Whether the file was judged anew since this was planned."""
    file = job.file
    return file is not None and is_ready(file) and job.options.get("judged") != mark_of(file)


def need_same_file(job: Job) -> None:
    """Raise Refused unless the rows of the file are there, as they were when this was planned."""
    if not is_ready(job.file):
        raise Refused("The file is being read or compared, or was deleted. Nothing was sent.")
    if is_older(job):
        raise Refused(ANEW)


def is_ready(file: ContactFile | None) -> bool:
    """Whether the rows of a file are there, with their verdicts."""
    return file is not None and file.state == ContactFile.State.READY and file.forgotten_at is None


def need_copy(job: Job) -> None:
    """Raise Refused without a whole copy of the account: nobody could tell what changed since."""
    if job.account.watermark is None:
        raise Refused(NEVER)


def cost(people: int, *, shapes: Collection[int], ghosts: int) -> dict[str, int]:
    """Calls by each way: deleted contacts by pages first, then each wave of portions with its look and its proof.

    ``shapes`` are how many rows have each set of filled columns, which one file that is sent has in common.
    """
    number = ceil(people / portions.MOST_ROWS)
    files = max(number, sum(ceil(size / portions.MOST_ROWS) for size in shapes))
    deleted = ceil(ghosts / PER_PAGE) or 1
    return {
        Job.Way.ACTIVITY.value: deleted + _in_waves(people, number),
        Job.Way.FILE.value: deleted + _in_waves(people, files),
    }


def _in_waves(people: int, number: int) -> int:
    """Calls to send so many people in so many portions and to prove them, by pages."""
    waves = ceil(number / portions.WAVE)
    each = people / max(waves, 1)
    again = sum(int(min(wave * each, SHOWN_AGAIN) / PER_PAGE) for wave in range(waves))
    return CALLS_EACH * number + again + ceil(people / PER_PAGE) + CALLS_A_WAVE * waves


def _groups(job: Job, file: ContactFile) -> dict[str, int]:
    """A group for each verdict that is sent, the largest first."""
    counted = FileRow.objects.filter(file=file, verdict__in=job.options["include"]).order_by().values_list("verdict")
    order = sorted(counted.annotate(n=Count("pk")), key=lambda each: -each[1])
    JobGroup.objects.bulk_create(
        JobGroup(job=job, number=number, label=verdict, lists=job.lists)
        for number, (verdict, _) in enumerate(order, start=1)
    )
    return dict(job.groups.values_list("label", "pk"))


def _insert(job: Job, groups: dict[str, int]) -> None:
    cases = " ".join("WHEN %s THEN %s" for _ in groups)
    chosen = f"CASE verdict {cases} ELSE NULL END" if groups else "NULL"
    wanted = ", ".join("%s" for _ in groups) or "NULL"
    twice = ", ".join(str(int(each)) for each in _twice(job)) or "NULL"
    statement = INSERT.format(groups=chosen, wanted=wanted, twice=twice, only=ONLY if job.retries_id else "")
    given = [value for pair in groups.items() for value in pair]
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            [job.pk, *given, *groups, job.file_id, *([job.retries_id] if job.retries_id else [])],
        )


def _twice(job: Job) -> list[int]:
    """Contacts of two rows, as when an address moves to another while a file is judged: the run looks by address."""
    rows_of = FileRow.objects.filter(file=job.file_id, contact__isnull=False).exclude(verdict=Verdict.DUPLICATE)
    found = rows_of.order_by().values_list("contact").annotate(n=Count("pk")).filter(n__gt=1)
    return [contact for contact, _ in found]


def _leave_full_and_busy(job: Job) -> None:
    """Whoever would be on more than 50 lists is left alone, and whoever another change is under way for."""
    there = job.items.filter(reason="", contact__isnull=False)
    stays = Membership.objects.filter(contact__job_items__job=job, ended_at=None).exclude(list__remote_id__in=job.lists)
    full = stays.order_by().values("contact").annotate(n=Count("pk")).filter(n__gt=MOST_LISTS - len(job.lists))
    there.filter(contact__in=full.values("contact")).update(reason=str(Verdict.TOO_MANY_LISTS), group=None)
    open_now = Write.objects.filter(account=job.account, state__in=Write.OPEN)
    busy = [each for each in open_now.values_list("contact", flat=True) if each]
    there.filter(contact__in=busy).update(reason=str(Reason.BUSY), group=None)
    new = [each for each in open_now.values_list("address_key", flat=True) if each]
    job.items.filter(reason="", row__address_key__in=new).update(reason=str(Reason.BUSY), group=None)


def _count(job: Job) -> None:
    """The numbers of the plan; they add up to the rows."""
    counted = JobItem.objects.filter(job=job).order_by().values_list("reason", "group").annotate(n=Count("pk"))
    sizes: dict[int, int] = {}
    job.left_out = {}
    for reason, group, number in counted:
        if reason:
            job.left_out[reason] = job.left_out.get(reason, 0) + number
        else:
            sizes[group] = number
    for group, number in sizes.items():
        JobGroup.objects.filter(pk=group).update(people=number)
    job.people = sum(sizes.values())
    job.groups.exclude(pk__in=sizes).delete()
    job.cost = cost(job.people, shapes=rows.shapes(job), ghosts=int(job.account.counts.get("deleted", 0)))

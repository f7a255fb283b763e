"""What the worker does: each task is one call of a service or of a sync."""

from contextlib import suppress
from itertools import zip_longest
from threading import Event

from django.tasks import task
from django.utils import timezone

from contacts import sync, trace
from contacts.models import ContactFile, Crossing, Erasure, Job, Seed, SyncRun, Verification
from contacts.services import (
    accounts,
    checkpoints,
    digest,
    erasing,
    erasure_file,
    exporting,
    files,
    jobs,
    letters,
    list_settling,
    past,
    proving,
    readiness,
    reapplying,
    remote_exports,
    retention,
    seeds,
    settling,
    tidying,
    v2_ids,
)

#: Set when this process has been asked to end: what walks stops after the page under way.
stopping = Event()

# So long one run or job is carried on before the next one has its turn, so that no account waits for another's full
# sweep and no sync for a job.
TURN_SECONDS = 10.0


def share_out(number: int) -> None:
    """Put a turn for the sync of each account and for one of its jobs into the queue; ``number`` counts the rounds.

    The jobs of an account have their turns one after another, so no account waits for all that another has asked
    for, and no sync for a long job.
    """
    waiting: dict[int, list[Job]] = {}
    for job in jobs.due():
        waiting.setdefault(job.account_id, []).append(job)
    chosen = [each[number % len(each)] for each in waiting.values()]
    for run, job_of_account in zip_longest(sync.due(), chosen):
        if run is not None:
            walk.enqueue(run.pk)
        if job_of_account is not None:
            carry_on_job.enqueue(job_of_account.pk)


def prove() -> None:
    """Put what proves the history into the queue: verifications under way, and checkpoints without a copy outside."""
    for verification in proving.due():
        verify.enqueue(verification.pk)
    if checkpoints.due():
        put_checkpoints_outside.enqueue()


def cross() -> None:
    """Put the questions about V2 ids that are under way into the queue."""
    for crossing in v2_ids.due():
        carry_on_crossing.enqueue(crossing.pk)


def forget() -> None:
    """Put the erasures that are under way into the queue."""
    for erasure in erasing.due():
        carry_on_erasure.enqueue(erasure.pk)


def look_back() -> None:
    """Put the accounts whose days before the first count are not known yet into the queue."""
    for account in past.due():
        rebuild_past.enqueue(account.pk)


def read_files() -> None:
    """Put the files that are read or judged into the queue."""
    for file in files.due():
        carry_on_file.enqueue(file.pk)


def learn() -> None:
    """Put the old exports that are gone through just now into the queue."""
    for seed in seeds.due():
        carry_on_seed.enqueue(seed.pk)


@task
def walk(run_id: int) -> None:
    """Carry a run on for its turn; the clock asks again until it has ended."""
    run = SyncRun.objects.select_related("account").filter(pk=run_id, finished_at=None).first()
    if run is not None:
        with trace.about(task="walk", run=run.pk, account=run.account_id), readiness.noticing():
            sync.carry_on(run, stop=stopping, seconds=TURN_SECONDS)


@task
def carry_on_job(job_id: int) -> None:
    """Carry a job on for its turn; the clock asks again until it rests."""
    job = Job.objects.select_related("account", "by").filter(pk=job_id, state=Job.State.RUNNING).first()
    if job is not None:
        with trace.about(task="carry_on_job", job=job.pk, account=job.account_id), readiness.noticing():
            jobs.carry_on(job, stop=stopping, seconds=TURN_SECONDS)


@task
def carry_on_erasure(erasure_id: int) -> None:
    """Carry an erasure on for its turn; the clock asks again until nothing is left to erase."""
    erasure = Erasure.objects.select_related("account", "by").filter(pk=erasure_id).first()
    if erasure is not None:
        with trace.about(task="carry_on_erasure", erasure=erasure.pk, account=erasure.account_id):
            erasing.carry_on(erasure, stop=stopping, seconds=TURN_SECONDS)


@task
def carry_on_seed(seed_id: int) -> None:
    """Carry an old export on for its turn; the clock asks again until it waits for a person."""
    seed = Seed.objects.filter(pk=seed_id).first()
    if seed is not None:
        with trace.about(task="carry_on_seed", seed=seed.pk, account=seed.account_id), readiness.noticing():
            seeds.carry_on(seed, seconds=TURN_SECONDS, stop=stopping)


@task
def rebuild_past(account_id: int) -> None:
    """Carry on with how the account stood before it was counted; the clock asks again until that is known."""
    account = past.due().filter(pk=account_id).first()
    if account is not None:
        with trace.about(task="rebuild_past", account=account.pk), readiness.noticing():
            past.carry_on(account, stop=stopping, seconds=TURN_SECONDS)


@task
def carry_on_file(file_id: int) -> None:
    """Carry a file on for its turn; the clock asks again until it is ready or refused."""
    file = ContactFile.objects.select_related("account").filter(pk=file_id).first()
    if file is not None:
        with trace.about(task="carry_on_file", file=file.pk, account=file.account_id), readiness.noticing():
            files.carry_on(file, stop=stopping, seconds=TURN_SECONDS)


@task
def carry_on_crossing(crossing_id: int) -> None:
    """Carry a question about V2 ids on for its turn; the clock asks again until it is answered."""
    crossing = Crossing.objects.filter(pk=crossing_id).first()
    if crossing is not None:
        with trace.about(task="carry_on_crossing", crossing=crossing.pk, account=crossing.account_id):
            v2_ids.carry_on(crossing, stop=stopping, seconds=TURN_SECONDS)


@task
def settle() -> None:
    """Find out what became of changes whose end is not known."""
    with trace.about(task="settle"):
        settling.settle_due()
        list_settling.settle_due()


@task
def follow_exports() -> None:
    """See how far Constant Contact is with the exports that it was asked for."""
    with trace.about(task="follow_exports"):
        remote_exports.follow_due()


@task
def mail() -> None:
    """Make out and send what people are to be told by e-mail."""
    with trace.about(task="mail"):
        letters.make_out()
        digest.make_out(timezone.now())
        letters.send_due(stop=stopping, seconds=TURN_SECONDS)


@task
def verify(verification_id: int) -> None:
    """Carry a verification of the history on for its turn; the clock asks again until it has ended."""
    verification = Verification.objects.select_related("chain").filter(pk=verification_id).first()
    if verification is not None:
        with trace.about(task="verify", verification=verification.pk, chain=verification.chain_id):
            proving.carry_on(verification, seconds=TURN_SECONDS, stop=stopping)


@task
def put_checkpoints_outside() -> None:
    """Copy the signed heads of the history to where they are kept; what fails is said on the page and tried again."""
    with trace.about(task="put_checkpoints_outside"), suppress(checkpoints.NotOutside):
        checkpoints.put_outside()


@task
def tidy() -> None:
    """Begin what is due daily, and end what was kept long enough."""
    with trace.about(task="tidy"):
        accounts.forget_unlinked()
        retention.forget_old()
        reapplying.reapply()
        erasure_file.put_due()
        exporting.end_lost()
        proving.forget_old()
        proving.begin_due()
        checkpoints.take_due()
        tidying.forget_old(seconds=TURN_SECONDS, stop=stopping)
        files.forget_old(seconds=TURN_SECONDS, stop=stopping)
        seeds.forget_old()

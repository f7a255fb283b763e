"""The moments of a job at which something happens to its worker: it dies, sleeps, or finds the database locked."""

import os
import signal
from functools import partial

from django.db import connection

from contacts.api.client import Client
from contacts.services import writing
from contacts.services.jobs import following, judging, reading, runs, sending, waves

#: Filled by a worker of this process that slept once.
slept: list[bool] = []


def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def then_die(function):
    def both(*args, **kwargs):
        function(*args, **kwargs)
        die()

    return both


def asleep(function):
    """Stopped before the first call of this function, for as long as it takes; then as if nothing had happened."""

    def late(*args, **kwargs):
        _sleep_once()
        return function(*args, **kwargs)

    return late


def asleep_after(function):
    """The same, with what the first call returned in its hands."""

    def late(*args, **kwargs):
        answer = function(*args, **kwargs)
        _sleep_once()
        return answer

    return late


def _sleep_once():
    if not slept:
        slept.append(True)
        os.kill(os.getpid(), signal.SIGSTOP)


def locked_out(function):
    """Somebody else has the database from here on, for as long as this process lives."""

    def late(*args, **kwargs):
        held.append(_taken())
        return function(*args, **kwargs)

    held = []
    return late


def _taken():
    """Another connection that lets nobody write."""
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        if other.vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        else:
            cursor.execute("LOCK TABLE contacts_job, contacts_write IN SHARE ROW EXCLUSIVE MODE")
    return other


def at(place, name, when=lambda function: die):
    """Die where this function is called, or do what ``when`` makes of it."""
    setattr(place, name, when(getattr(place, name)))


POINTS = {
    "before the claim": partial(at, runs, "claim"),
    "after the claim": partial(at, runs, "claim", then_die),
    "after a page of the look": partial(at, reading, "keep", then_die),
    "after the look for new opt-outs": partial(at, reading, "newer", then_die),
    "inside the intents": partial(at, sending, "set_each", then_die),
    "between the intents and the call": partial(at, sending, "post"),
    "between the call and its id": partial(at, Client, "start_activity", then_die),
    "after the id": partial(at, sending, "post", then_die),
    "while it is followed": partial(at, following, "_note"),
    "when its end was written down": partial(at, following, "_end", then_die),
    "in the reading again": partial(at, waves, "_read_again", then_die),
    "inside the judging": partial(at, judging, "end_all", then_die),
    "after the judging": partial(at, judging, "judge", then_die),
    "between the claim of one and their change": partial(at, writing, "carry_out"),
    "between the intent of one and the call": partial(at, writing, "_send"),
    "between the call for one and its verdict": partial(at, writing, "_send", then_die),
    "after the verdict of one": partial(at, writing, "conclude", then_die),
    "before the job rests": partial(at, runs, "come_to_rest"),
    "after the job rests": partial(at, runs, "come_to_rest", then_die),
}
STALLS = {
    "before a page is kept": partial(at, reading, "keep", asleep),
    "before the intents": partial(at, sending, "_written_down", asleep),
    "between the intents and the call": partial(at, sending, "post", asleep),
    "as the call leaves": partial(at, Client, "start_activity", asleep),
    "with the answer in hand": partial(at, Client, "start_activity", asleep_after),
    "before its end is written down": partial(at, following, "_end", asleep),
    "before the judging": partial(at, judging, "judge", asleep),
    "before somebody's change": partial(at, writing, "carry_out", asleep),
    "before the intent for one": partial(at, writing, "_intend", asleep),
    "between the intent for one and the call": partial(at, writing, "_send", asleep),
    "with the answer for one in hand": partial(at, writing, "_send", asleep_after),
    "before the job rests": partial(at, runs, "come_to_rest", asleep),
}
LOCKS = {
    "the intents": partial(at, sending, "_written_down", locked_out),
    "the id of the call": partial(at, Client, "start_activity", locked_out),
    "the verdicts": partial(at, judging, "judge", locked_out),
    "the intent for one": partial(at, writing, "_intend", locked_out),
    "the verdict of one": partial(at, writing, "conclude", locked_out),
}

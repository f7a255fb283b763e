"""4 calls a second and 10,000 a day per API key (CC reference, section 6; section 20, questions 17 and 18)."""

from datetime import timedelta

import pytest

from emulator.clock import Clock
from emulator.database import Database
from emulator.errors import ApiError
from emulator.limits import Limits
from emulator.switches import Switches
from tests.emulation import running_emulator

KEY = "a-key"


@pytest.fixture
def clock():
    clock = Clock()
    clock.freeze()
    return clock


def limits(clock, **options):
    switches = Switches()
    switches.set("limits_by_clock", True)
    return Limits(Database(), clock, switches, **options), switches


def refused(counter, key=KEY):
    try:
        counter.check(key)
    except ApiError as exc:
        return exc.body["error_key"]
    return ""


def test_the_fifth_call_within_any_second_is_throttled(clock):
    counter, _ = limits(clock)
    assert [refused(counter) for _ in range(5)] == ["", "", "", "", "throttled"]
    clock.advance(timedelta(seconds=0.9))
    assert refused(counter) == "throttled"
    clock.advance(timedelta(seconds=0.1))
    assert refused(counter) == ""


def test_the_limits_are_counted_by_key(clock):
    counter, _ = limits(clock, per_second=1)

    assert [refused(counter, key) for key in ("a", "b", "a")] == ["", "", "throttled"]


def test_the_day_is_spent_until_midnight_utc(clock):
    counter, _ = limits(clock, per_second=0, per_day=3)

    assert [refused(counter) for _ in range(4)] == ["", "", "", "quota_exceeded"]
    clock.advance(timedelta(days=1))
    assert refused(counter) == ""
    assert counter.used_today(KEY) == 1


@pytest.mark.parametrize(("switch", "used"), [(True, 6), (False, 4)])
def test_whether_refused_calls_count_against_the_day_is_a_switch(clock, switch, used):
    counter, switches = limits(clock)
    switches.set("refused_calls_count", switch)

    for _ in range(6):
        refused(counter)

    assert counter.used_today(KEY) == used


def stop_the_clock(cc):
    """However long the calls of a test take, they are made in the same second of the same day."""
    cc.control("switches", limits_by_clock=True)
    cc.control("clock", freeze=True)


def test_a_429_has_the_object_form_and_by_default_no_header_that_helps():
    with running_emulator(limits=True) as cc:
        stop_the_clock(cc)
        answers = [cc.get("/contacts") for _ in range(6)]

        last = answers[-1]
        assert [each.status_code for each in answers[:4]] == [200] * 4
        assert (last.status_code, last.json()) == (
            429,
            {"error_key": "throttled", "error_message": "Too Many Requests"},
        )
        assert not [name for name in last.headers if "retry" in name.lower() or "ratelimit" in name.lower()]


def test_the_quota_has_its_own_key_and_by_switch_a_header():
    with running_emulator(calls_per_day=2, calls_per_second=0) as cc:
        stop_the_clock(cc)
        cc.control("switches", retry_after_header=True)
        answers = [cc.get("/contacts") for _ in range(3)]

    assert answers[2].json() == {"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}
    assert answers[2].headers["Retry-After"] == "1"


def test_calls_that_are_nobodys_or_lead_nowhere_are_not_counted():
    with running_emulator(limits=True) as cc:
        cc.get("/nothing")
        cc.bearer = "wrong"
        cc.get("/contacts")

        assert cc.look()["used_today"] == 0


def test_the_quota_survives_in_the_data_file(tmp_path):
    path = str(tmp_path / "cc.db")
    with running_emulator(data=path, limits=True) as cc:
        stop_the_clock(cc)
        cc.get("/contacts")

    with running_emulator(data=path, limits=True, empty=True) as again:
        assert again.look()["used_today"] == 1

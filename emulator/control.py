"""The control door, /_control: looking behind the service and switching faults on. For tests and the demo only."""

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

from emulator import mischief, story
from emulator.errors import JSON, ApiError
from emulator.faults import Fault

if TYPE_CHECKING:
    from emulator.server import Emulator


_LONGEST = 86_400


class BadOrder(ValueError):
    """An order the control door does not understand; the text says why."""


def control_door(emulator: "Emulator", request: Request) -> Response:
    """Answer one request to /_control. 400 with ``{"problem": ...}`` for an order that makes no sense."""
    name = request.path.removeprefix("/_control").strip("/")
    deed = DEEDS.get((request.method, name))
    if deed is None:
        return _json({"problem": "There is no such order.", "orders": sorted(" ".join(each) for each in DEEDS)}, 404)
    emulator.state.activities.settle()
    try:
        order = json.loads(request.get_data() or b"{}") if request.method == "POST" else request.args.to_dict()
        return _json(deed(emulator, order))
    except KeyError as exc:
        return _json({"problem": f"{exc.args[0]} is missing"}, 400)
    except (ValueError, TypeError, AttributeError, LookupError, re.error, sqlite3.IntegrityError) as exc:
        return _json({"problem": str(exc)}, 400)
    except ApiError as exc:
        return _json({"problem": str(exc)}, exc.status)


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")


def _summary(emulator: "Emulator", _order: JSON) -> JSON:
    state = emulator.state
    key = emulator.oauth.application.client_id
    return {
        "now": state.clock.now().isoformat(),
        "frozen": state.clock.frozen,
        "switches": state.switches.as_dict(),
        "limits": {"per_second": emulator.limits.per_second, "per_day": emulator.limits.per_day},
        "used_today": emulator.limits.used_today(key),
        "accounts": {each: state.digest_of(each) for each in state.accounts.ids()},
        "faults": emulator.faults.as_dicts(),
    }


def _log(emulator: "Emulator", order: JSON) -> JSON:
    after, limit = int(order.get("after", 0)), int(order.get("limit", 10_000))
    return {"requests": emulator.log.entries(after=after, limit=limit)}


def _clear_log(emulator: "Emulator", _order: JSON) -> JSON:
    emulator.log.clear()
    return {}


def _alarms(emulator: "Emulator", _order: JSON) -> JSON:
    return {"alarms": emulator.log.alarms()}


def _contact(emulator: "Emulator", order: JSON) -> JSON:
    """By ``id`` or ``email``; ``account`` may be left out when there is one account only."""
    account_id = _account(emulator, order)
    if "email" in order:
        held = emulator.state.contacts.rows.find_address(account_id, order["email"])
        if held is None:
            raise LookupError("no such contact")
        return held.contact
    return emulator.state.contacts.get(account_id, order["id"])


def _change_contact(emulator: "Emulator", order: JSON) -> JSON:
    emulator.state.contacts.change(_account(emulator, order), order["id"], order["values"])
    return _contact(emulator, {"id": order["id"], "account": _account(emulator, order)})


def _unsubscribe(emulator: "Emulator", order: JSON) -> JSON:
    source, reason = order.get("source", "Contact"), order.get("reason", "")
    emulator.state.contacts.unsubscribe(_account(emulator, order), order["id"], source=source, reason=reason)
    return {}


def _delete_contact(emulator: "Emulator", order: JSON) -> JSON:
    emulator.state.contacts.delete(_account(emulator, order), order["id"])
    return {}


def _delete_list(emulator: "Emulator", order: JSON) -> JSON:
    emulator.state.lists.delete(_account(emulator, order), order["id"])
    return {}


def _confirm(emulator: "Emulator", order: JSON) -> JSON:
    emulator.state.sign_up.confirm(_account(emulator, order), order["id"])
    return {}


def _sign_up(emulator: "Emulator", order: JSON) -> JSON:
    """Another program fills in the sign-up form: ``form`` is its body; who is deleted comes back by it."""
    contact_id, is_new = emulator.state.sign_up.sign_up(_account(emulator, order), order["form"])
    return {"contact_id": contact_id, "is_new": is_new}


def _load(emulator: "Emulator", order: JSON) -> JSON:
    emulator.state.load(**order)
    return {}


def _activities(emulator: "Emulator", order: JSON) -> JSON:
    """Every activity of an account with its ``kind``, ``wish`` and ``fate``, oldest first."""
    return {"activities": emulator.state.activities.behind(_account(emulator, order))}


def _activity_time(emulator: "Emulator", order: JSON) -> JSON:
    """``seconds``: how long activities started from now on take."""
    emulator.state.activities.seconds = _seconds(order["seconds"])
    return {"seconds": emulator.state.activities.seconds}


def _seconds(value: object) -> float:
    seconds = float(str(value))
    if not 0 <= seconds <= _LONGEST:
        raise BadOrder(f"seconds is from 0 to {_LONGEST}")
    return seconds


def _faults(emulator: "Emulator", _order: JSON) -> JSON:
    return {"faults": emulator.faults.as_dicts(), "kinds": mischief.KINDS}


def _add_fault(emulator: "Emulator", order: JSON) -> JSON:
    if order.get("kind") not in mischief.KINDS:
        raise BadOrder(f"kind is one of {', '.join(mischief.KINDS)}")
    if order.get("when", "after") not in ("before", "after"):
        raise BadOrder("when is before or after")
    if order["kind"] in mischief.FATES:
        _check_fate(order)
    known = {"kind", "method", "path", "times", "skip", "when"}
    options = {name: value for name, value in order.items() if name not in known}
    fault = Fault(**{name: value for name, value in order.items() if name in known}, options=options)
    fault.matches("", "")
    emulator.faults.add(fault)
    return {}


def _check_fate(order: JSON) -> None:
    """It is kept with the activity and read when that runs, so it is refused now or never."""
    _seconds(order.get("seconds", 0))
    if not isinstance(order.get("most", 0), int) or order.get("most", 0) < 0:
        raise BadOrder("most is a whole number of contacts")
    if not isinstance(order.get("errors", []), list):
        raise BadOrder("errors is a list of lines")


def _clear_faults(emulator: "Emulator", _order: JSON) -> JSON:
    emulator.faults.clear()
    return {}


def _release(emulator: "Emulator", _order: JSON) -> JSON:
    return {"applied": emulator.held.release()}


def _switch(emulator: "Emulator", order: JSON) -> JSON:
    for name, value in order.items():
        emulator.state.switches.set(name, value)
    return emulator.state.switches.as_dict()


def _clock(emulator: "Emulator", order: JSON) -> JSON:
    """Any of ``reset``, ``set`` (a time with its zone), ``advance`` (seconds), ``freeze``, ``thaw``, in this order."""
    clock = emulator.state.clock
    if order.get("reset"):
        clock.reset()
    if "set" in order:
        moment = datetime.fromisoformat(order["set"])
        if moment.tzinfo is None:
            raise BadOrder("set needs a time with its zone")
        clock.set(moment)
    if "advance" in order:
        clock.advance(timedelta(seconds=float(order["advance"])))
    if order.get("freeze"):
        clock.freeze()
    if order.get("thaw"):
        clock.thaw()
    return {"now": clock.now().isoformat(), "frozen": clock.frozen}


def _limits(emulator: "Emulator", order: JSON) -> JSON:
    """``per_second``, ``per_day``, ``latency_ms``, ``spend`` (calls added to today), ``forget`` (count from nought)."""
    limits = emulator.limits
    limits.per_second = int(order.get("per_second", limits.per_second))
    limits.per_day = int(order.get("per_day", limits.per_day))
    emulator.latency = float(order.get("latency_ms", emulator.latency * 1000)) / 1000
    if order.get("forget"):
        limits.forget()
    if "spend" in order:
        limits.spend(emulator.oauth.application.client_id, int(order["spend"]))
    return {"per_second": limits.per_second, "per_day": limits.per_day, "latency_ms": emulator.latency * 1000}


def _tokens(emulator: "Emulator", order: JSON) -> JSON:
    """``expire`` the access tokens of an account, or ``disconnect`` it: its refresh tokens die too."""
    account_id = _account(emulator, order)
    if order.get("disconnect"):
        emulator.oauth.grants.disconnect(account_id)
    else:
        emulator.oauth.grants.expire_access(account_id)
    return {}


def _application(emulator: "Emulator", order: JSON) -> JSON:
    """``rotating``, ``expires_in`` (seconds), ``pkce_with_secret``, ``limit_token_calls``: any of them."""
    emulator.oauth.application.adjust(order)
    return emulator.oauth.application.settings()


def _story(emulator: "Emulator", order: JSON) -> JSON:
    """Tell one ``chapter``; the time at which it leaves off."""
    for user in story.USERS:
        emulator.oauth.add_user(user)
    return {"chapter": order["chapter"], "now": story.play(emulator.state, order["chapter"]).isoformat()}


def _fifty_lists(emulator: "Emulator", _order: JSON) -> JSON:
    """Make lists until there are 50 and put Conor on every one."""
    story.fill_lists(emulator.state)
    return {}


def _account(emulator: "Emulator", order: JSON) -> str:
    known = emulator.state.accounts.ids()
    if order.get("account"):
        return str(order["account"])
    if len(known) != 1:
        raise BadOrder(f"account is needed, one of {', '.join(known)}")
    return known[0]


DEEDS: dict[tuple[str, str], Callable[["Emulator", JSON], JSON]] = {
    ("GET", ""): _summary,
    ("GET", "log"): _log,
    ("DELETE", "log"): _clear_log,
    ("GET", "alarms"): _alarms,
    ("GET", "contact"): _contact,
    ("POST", "contact/change"): _change_contact,
    ("POST", "contact/unsubscribe"): _unsubscribe,
    ("POST", "contact/delete"): _delete_contact,
    ("POST", "contact/confirm"): _confirm,
    ("POST", "contact/sign-up"): _sign_up,
    ("POST", "list/delete"): _delete_list,
    ("POST", "load"): _load,
    ("GET", "activities"): _activities,
    ("POST", "activities"): _activity_time,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "release"): _release,
    ("POST", "switches"): _switch,
    ("POST", "clock"): _clock,
    ("POST", "limits"): _limits,
    ("POST", "tokens"): _tokens,
    ("POST", "application"): _application,
    ("POST", "story"): _story,
    ("POST", "story/fifty-lists"): _fifty_lists,
}

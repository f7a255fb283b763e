"""/activities and /contact_exports (CC reference, section 15)."""

from collections.abc import Callable

from emulator import alarms
from emulator.endpoints.call import Call, Reply, collection
from emulator.endpoints.params import Params
from emulator.errors import JSON
from emulator.state.activities import STATES
from emulator.state.checks import checked_id
from emulator.state.import_orders import read_file, read_json


def starting(kind: str) -> Callable[[Call], Reply]:
    """What answers POST /activities/<kind>: 201 and the activity, which takes effect later."""

    def start(call: Call) -> Reply:
        with call.state.db.transaction():
            wish = call.state.bulk.read(call.account_id, kind, call.json())
            if kind == "add_list_memberships":
                _check_consent(call, wish)
            activity = call.state.queue(call.account_id, kind, wish, fate=call.fate)
            call.log.applied(call.number)
        return Reply(201, activity)

    return start


def import_json(call: Call) -> Reply:
    """POST /activities/contacts_json_import."""
    return _import(call, "contacts_json_import", read_json(call.json(), call.body))


def import_file(call: Call) -> Reply:
    """POST /activities/contacts_file_import: a form with a file (section 4)."""
    return _import(call, "contacts_file_import", read_file(call.content_type, call.body))


def _import(call: Call, kind: str, order: JSON) -> Reply:
    with call.state.db.transaction():
        wish = call.state.imports.keep(call.account_id, order)
        for contact in call.state.imports.opted_out(call.account_id, wish):
            _raise_alarms(call, contact, wish["list_ids"])
        activity = call.state.queue(call.account_id, kind, wish, fate=call.fate)
        call.log.applied(call.number)
    return Reply(201, activity)


def accepted(call: Call, kind: str, wish: JSON) -> JSON:
    """The activity that a DELETE of a list or a tag starts, without the counters that only later looks have."""
    activity = call.state.queue(call.account_id, kind, wish, fate=call.fate)
    call.log.applied(call.number)
    return {name: value for name, value in activity.items() if name != "status"}


def search(call: Call) -> Reply:
    """GET /activities: the last ten days."""
    params = Params(call.query)
    state, limit, number = params.choice("state", STATES), params.limit(), params.page()
    params.done()
    found, more = call.state.activities.page(call.account_id, state=state, limit=limit, number=number)
    return collection("activities", found, link=params.link(call.path, number + 1) if more else None)


def read(call: Call) -> Reply:
    """GET /activities/{activity_id}."""
    activity_id = checked_id("activity_id", call.ids["activity_id"])
    return Reply(200, call.state.activities.get(call.account_id, activity_id))


def download(call: Call) -> Reply:
    """GET /contact_exports/{file_export_id}: the file, once its activity is completed."""
    export_id = checked_id("file_export_id", call.ids["file_export_id"])
    text = call.state.activities.export(call.account_id, export_id)
    return Reply(200, text.encode("utf-8", "replace"), {"Content-Type": "text/csv;charset=UTF-8"})


def _check_consent(call: Call, wish: JSON) -> None:
    """What was asked is judged now: who opts out before the activity runs, nobody who asked could have known."""
    for contact in call.state.bulk.opted_out(call.account_id, wish, at=call.state.clock.now()):
        _raise_alarms(call, contact, wish["list_ids"])


def _raise_alarms(call: Call, contact: JSON, list_ids: list[str]) -> None:
    for kind, details in alarms.of_addition(contact, list_ids):
        contact_id = contact["contact_id"]
        call.log.alarm(call.number, kind, account_id=call.account_id, contact_id=contact_id, details=details)

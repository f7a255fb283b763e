"""/contact_custom_fields (CC reference, section 14)."""

from emulator.endpoints.call import Call, Reply, collection
from emulator.endpoints.params import Params
from emulator.state.checks import checked_id


def search(call: Call) -> Reply:
    """GET /contact_custom_fields, at most 100 a page."""
    params = Params(call.query)
    limit, number = params.limit(highest=100), params.page()
    params.done()
    found, more = call.state.fields.page(call.account_id, limit=limit, number=number)
    return collection("custom_fields", found, link=params.link(call.path, number + 1) if more else None)


def create(call: Call) -> Reply:
    with call.state.db.transaction():
        made = call.state.fields.create(call.account_id, call.json())
        call.log.applied(call.number)
    return Reply(201, made)


def read(call: Call) -> Reply:
    return Reply(200, call.state.fields.get(call.account_id, _id(call)))


def replace(call: Call) -> Reply:
    with call.state.db.transaction():
        changed = call.state.fields.replace(call.account_id, _id(call), call.json())
        call.log.applied(call.number)
    return Reply(200, changed)


def delete(call: Call) -> Reply:
    """204, and every contact's value of the field is gone."""
    with call.state.db.transaction():
        call.state.fields.delete(call.account_id, _id(call))
        call.log.applied(call.number)
    return Reply(204)


def _id(call: Call) -> str:
    return checked_id("custom_field_id", call.ids["custom_field_id"])

"""/activities, as far as deleting lists and tags needs it (CC reference, section 15)."""

from emulator.endpoints.call import Call, Reply, collection
from emulator.endpoints.params import Params
from emulator.state.activities import STATES
from emulator.state.checks import checked_id


def search(call: Call) -> Reply:
    """GET /activities: the last ten days."""
    params = Params(call.query)
    state, limit, number = params.choice("state", STATES), params.limit(), params.page()
    params.done()
    found, more = call.state.activities.page(call.account_id, state=state, limit=limit, number=number)
    return collection("activities", found, link=params.link(call.path, number + 1) if more else None)


def read(call: Call) -> Reply:
    activity_id = checked_id("activity_id", call.ids["activity_id"])
    return Reply(200, call.state.activities.get(call.account_id, activity_id))

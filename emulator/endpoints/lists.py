"""/contact_lists (CC reference, section 13)."""

from emulator.endpoints.activities import accepted
from emulator.endpoints.call import Call, Reply, collection
from emulator.endpoints.params import Params
from emulator.state.checks import checked_id
from emulator.state.lists import COUNTS


def search(call: Call) -> Reply:
    """GET /contact_lists. The schema allows a limit of 1,000, the text 500: the schema is followed."""
    params = Params(call.query)
    statuses = params.words("status", ("all", "active", "deleted"))
    counting = params.choice("include_membership_count", COUNTS)
    channel = params.choice("channel_type", ("email", "sms"))
    with_count, name = params.flag("include_count"), params.one("name")
    params.flag("include_sms_membership_count")
    limit, number = params.limit(highest=1000), params.page()
    params.done()
    if channel == "sms":
        return collection("lists", [], count=("lists_count", 0) if with_count else None)
    lists = call.state.lists
    found, more = lists.page(
        call.account_id, statuses=statuses, name=name, counting=counting, limit=limit, number=number
    )
    count = ("lists_count", lists.count(call.account_id, statuses=statuses, name=name)) if with_count else None
    return collection("lists", found, count=count, link=params.link(call.path, number + 1) if more else None)


def create(call: Call) -> Reply:
    with call.state.db.transaction():
        made = call.state.lists.create(call.account_id, call.json())
        call.log.applied(call.number)
    return Reply(201, made)


def read(call: Call) -> Reply:
    """A deleted list is still shown, with its ``deleted_at``."""
    params = Params(call.query)
    counting = params.choice("include_membership_count", COUNTS)
    params.done()
    return Reply(200, call.state.lists.get(call.account_id, _id(call), counting=counting))


def replace(call: Call) -> Reply:
    with call.state.db.transaction():
        changed = call.state.lists.replace(call.account_id, _id(call), call.json())
        call.log.applied(call.number)
    return Reply(200, changed)


def delete(call: Call) -> Reply:
    """202, an activity and its ``Location``: the list goes a moment later."""
    list_id = _id(call)
    with call.state.db.transaction():
        call.state.lists.check_deletable(call.account_id, list_id)
        activity = accepted(call, "list_delete", {"list_ids": [list_id]})
    return Reply(202, activity, {"Location": activity["_links"]["self"]["href"]})


def xrefs(call: Call) -> Reply:
    """GET /contact_lists/list_id_xrefs."""
    params = Params(call.query)
    numbers = params.numbers("sequence_ids", 500)
    params.done()
    return Reply(200, {"xrefs": call.state.lists.xrefs(call.account_id, numbers)})


def _id(call: Call) -> str:
    return checked_id("list_id", call.ids["list_id"])

"""/contact_tags (CC reference, section 14)."""

from emulator.endpoints.activities import accepted
from emulator.endpoints.call import Call, Reply, collection
from emulator.endpoints.params import Params
from emulator.errors import invalid, not_valid
from emulator.state.checks import checked_id, is_id


def search(call: Call) -> Reply:
    """GET /contact_tags. The cursor's ``next`` is a tag's id (section 7)."""
    params = Params(call.query)
    counting, limit, start = params.flag("include_count"), params.limit(), params.one("next") or ""
    params.done()
    if start and not is_id(start):
        raise invalid(not_valid("cursor"))
    found, following = call.state.tags.page(call.account_id, start=start, counting=counting, limit=limit)
    return collection("tags", found, link=params.link(call.path, following) if following else None)


def create(call: Call) -> Reply:
    with call.state.db.transaction():
        made = call.state.tags.create(call.account_id, call.json())
        call.log.applied(call.number)
    return Reply(201, made)


def read(call: Call) -> Reply:
    params = Params(call.query)
    counting = params.flag("include_count")
    params.done()
    return Reply(200, call.state.tags.get(call.account_id, _id(call), counting=counting))


def replace(call: Call) -> Reply:
    with call.state.db.transaction():
        changed = call.state.tags.replace(call.account_id, _id(call), call.json())
        call.log.applied(call.number)
    return Reply(200, changed)


def delete(call: Call) -> Reply:
    """202 and an activity: the tag goes a moment later."""
    tag_id = _id(call)
    with call.state.db.transaction():
        call.state.tags.get(call.account_id, tag_id)
        activity = accepted(call, "tag_delete", {"tag_ids": [tag_id]})
    return Reply(202, activity)


def _id(call: Call) -> str:
    return checked_id("tag_id", call.ids["tag_id"])

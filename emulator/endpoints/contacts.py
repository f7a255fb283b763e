"""/contacts and what hangs on it (CC reference, sections 9 to 12)."""

from emulator import alarms
from emulator.endpoints.call import Call, Reply, collection
from emulator.endpoints.params import Params
from emulator.errors import JSON, invalid, not_valid
from emulator.state.checks import checked_id
from emulator.state.query import SMS_STATUSES, STATUSES, ContactQuery
from emulator.state.shapes import SUBRESOURCES

_TIMES = ("updated_after", "updated_before", "created_after", "created_before", "optout_after", "optout_before")


def search(call: Call) -> Reply:
    """GET /contacts (section 9). 202 with ``status`` while a segment is computed."""
    params = Params(call.query)
    if "segment_id" in call.query:
        return _segment(call, params)
    times = {name: params.moment(name) for name in _TIMES}
    query = ContactQuery(
        account_id=call.account_id,
        statuses=params.words("status", STATUSES),
        email=params.one("email"),
        lists=params.ids("lists", 25),
        tags=params.ids("tags", 50),
        sms_statuses=params.words("sms_status", SMS_STATUSES),
        times={name: stamp for name, stamp in times.items() if stamp is not None},
    )
    return _page(call, params, query)


def create(call: Call) -> Reply:
    """POST /contacts (section 10)."""
    with call.state.db.transaction():
        contact = call.state.contacts.create(call.account_id, call.json())
        call.log.applied(call.number)
    return Reply(201, _after_write(call, contact))


def read(call: Call) -> Reply:
    """GET /contacts/{contact_id}, deleted ones too (section 11)."""
    contact_id = _id(call)
    params = Params(call.query)
    include = params.words("include", SUBRESOURCES)
    params.done()
    return Reply(200, _trimmed(call.state.contacts.get(call.account_id, contact_id), include))


def replace(call: Call) -> Reply:
    """PUT /contacts/{contact_id} (section 11)."""
    contact_id = _id(call)
    body = call.json()
    with call.state.db.transaction():
        before = call.state.contacts.get(call.account_id, contact_id)
        after = call.state.contacts.replace(call.account_id, contact_id, body)
        for kind, details in alarms.of_put(before, body, after):
            call.log.alarm(call.number, kind, account_id=call.account_id, contact_id=contact_id, details=details)
        call.log.applied(call.number)
    return Reply(200, _after_write(call, after))


def delete(call: Call) -> Reply:
    """DELETE /contacts/{contact_id} (section 11)."""
    with call.state.db.transaction():
        call.state.contacts.delete(call.account_id, _id(call))
        call.log.applied(call.number)
    return Reply(204)


def resubscribe(call: Call) -> Reply:
    """PUT /contacts/resubscribe/{contact_id}: the one confirmation mail (section 12)."""
    with call.state.db.transaction():
        contact = call.state.sign_up.send_mail(call.account_id, _id(call), call.json())
        call.log.applied(call.number)
    return Reply(200, _after_write(call, contact))


def sign_up(call: Call) -> Reply:
    """POST /contacts/sign_up_form: exactly two keys in the answer (section 12)."""
    body = call.json()
    with call.state.db.transaction():
        held = call.state.sign_up.find(call.account_id, body)
        contact_id, new = call.state.sign_up.sign_up(call.account_id, body)
        for kind, details in alarms.of_sign_up(held.contact if held else None):
            call.log.alarm(call.number, kind, account_id=call.account_id, contact_id=contact_id, details=details)
        call.log.applied(call.number)
    return Reply(201 if new else 200, {"contact_id": contact_id, "action": "created" if new else "updated"})


def counts(call: Call) -> Reply:
    """GET /contacts/counts (section 12)."""
    params = Params(call.query)
    include = params.choice("include", ("new_subscriber",))
    params.done()
    return Reply(200, call.state.contacts.counts(call.account_id, new_subscriber=include is not None))


def xrefs(call: Call) -> Reply:
    """GET /contacts/contact_id_xrefs (section 12)."""
    params = Params(call.query)
    numbers = params.numbers("sequence_ids", 500)
    params.done()
    return Reply(200, {"xrefs": call.state.contacts.xrefs(call.account_id, numbers)})


def _page(call: Call, params: Params, query: ContactQuery) -> Reply:
    include = params.words("include", SUBRESOURCES)
    counting = params.flag("include_count")
    limit, number = params.limit(), params.page()
    params.done()
    found, more = call.state.contacts.page(query, limit=limit, number=number)
    count = ("contacts_count", call.state.contacts.count(query)) if counting else None
    link = params.link(call.path, number + 1) if more else None
    return collection("contacts", [_trimmed(each, include) for each in found], count=count, link=link)


def _segment(call: Call, params: Params) -> Reply:
    """Only together with ``limit`` (section 9)."""
    segment_id = params.number("segment_id", lowest=1, highest=2**31 - 1, default=1)
    params.done()
    if extra := set(call.query) - {"segment_id", "limit", "cursor"}:
        raise invalid(*(not_valid(name) for name in sorted(extra)))
    members = call.state.segments.members(call.account_id, segment_id)
    if members is None:
        return Reply(202, {"contacts": [], "_links": {}, "status": "processing"})
    return _page(call, params, ContactQuery(account_id=call.account_id, contact_ids=members))


def _id(call: Call) -> str:
    return checked_id("contact_id", call.ids["contact_id"])


def _after_write(call: Call, contact: JSON) -> JSON:
    """Which subresources a write shows is not documented; the one recorded 201 shows no empty ones (section 8)."""
    mode = call.state.switches.write_answer
    if mode == "whole":
        return contact
    return {name: value for name, value in contact.items() if name not in SUBRESOURCES or (value and mode == "filled")}


def _trimmed(contact: JSON, include: list[str]) -> JSON:
    """Subresources only where asked for, and then also when they are empty (section 4)."""
    hidden = set(SUBRESOURCES) - set(include)
    shown = {name: value for name, value in contact.items() if name not in hidden}
    return shown | {name: [] for name in include if name not in shown}

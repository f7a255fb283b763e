"""The API's paths: method, path, scope, privilege and what answers (CC reference, sections 3.12 and 9 to 16)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from werkzeug.routing import Map, Rule

from emulator.endpoints import account, activities, contacts, fields, lists, tags
from emulator.endpoints.call import Call, Reply
from emulator.state.orders import KINDS

__all__ = ["ROUTES", "Call", "Reply", "Route", "url_map"]


@dataclass(frozen=True)
class Route:
    """Who may call what. An empty scope or privilege asks for a valid token only."""

    method: str
    path: str
    scope: str
    privilege: str
    answer: Callable[[Call], Reply]

    @property
    def queues(self) -> bool:
        """Whether it starts an activity."""
        kind = self.path.split("/")[1]
        return (self.method, kind) in (("POST", "activities"), ("DELETE", "contact_lists"), ("DELETE", "contact_tags"))


_LISTS_READ, _LISTS_WRITE = "contacts:lists:read", "contacts:lists:write"
_READ, _WRITE = "contacts:read", "contacts:write"
_DATA = "contact_data"

ROUTES = (
    Route("GET", "/contacts", _DATA, _READ, contacts.search),
    Route("POST", "/contacts", _DATA, _WRITE, contacts.create),
    Route("GET", "/contacts/counts", _DATA, _READ, contacts.counts),
    Route("GET", "/contacts/contact_id_xrefs", _DATA, _READ, contacts.xrefs),
    Route("POST", "/contacts/sign_up_form", _DATA, _WRITE, contacts.sign_up),
    Route("PUT", "/contacts/resubscribe/<contact_id>", _DATA, _WRITE, contacts.resubscribe),
    Route("GET", "/contacts/<contact_id>", _DATA, _READ, contacts.read),
    Route("PUT", "/contacts/<contact_id>", _DATA, _WRITE, contacts.replace),
    Route("DELETE", "/contacts/<contact_id>", _DATA, _WRITE, contacts.delete),
    Route("GET", "/contact_lists", _DATA, _LISTS_READ, lists.search),
    Route("POST", "/contact_lists", _DATA, _LISTS_WRITE, lists.create),
    Route("GET", "/contact_lists/list_id_xrefs", _DATA, _LISTS_READ, lists.xrefs),
    Route("GET", "/contact_lists/<list_id>", _DATA, _LISTS_READ, lists.read),
    Route("PUT", "/contact_lists/<list_id>", _DATA, _LISTS_WRITE, lists.replace),
    Route("DELETE", "/contact_lists/<list_id>", _DATA, _LISTS_WRITE, lists.delete),
    Route("GET", "/contact_tags", _DATA, _READ, tags.search),
    Route("POST", "/contact_tags", _DATA, _WRITE, tags.create),
    Route("GET", "/contact_tags/<tag_id>", _DATA, _READ, tags.read),
    Route("PUT", "/contact_tags/<tag_id>", _DATA, _WRITE, tags.replace),
    Route("DELETE", "/contact_tags/<tag_id>", _DATA, _WRITE, tags.delete),
    Route("GET", "/contact_custom_fields", _DATA, _READ, fields.search),
    Route("POST", "/contact_custom_fields", _DATA, _WRITE, fields.create),
    Route("GET", "/contact_custom_fields/<custom_field_id>", _DATA, _READ, fields.read),
    Route("PUT", "/contact_custom_fields/<custom_field_id>", _DATA, _WRITE, fields.replace),
    Route("DELETE", "/contact_custom_fields/<custom_field_id>", _DATA, _WRITE, fields.delete),
    Route("GET", "/account/summary", "account_read", "account:read", account.summary),
    Route("GET", "/account/user/privileges", "", "", account.privileges),
    *(Route("POST", f"/activities/{kind}", _DATA, _WRITE, activities.starting(kind)) for kind in KINDS),
    Route("POST", "/activities/contacts_json_import", _DATA, _WRITE, activities.import_json),
    Route("POST", "/activities/contacts_file_import", _DATA, _WRITE, activities.import_file),
    Route("GET", "/activities", _DATA, _WRITE, activities.search),
    Route("GET", "/activities/<activity_id>", _DATA, _WRITE, activities.read),
    Route("GET", "/contact_exports/<file_export_id>", _DATA, _WRITE, activities.download),
)


@cache
def url_map() -> Map:
    """The table as Werkzeug reads it: no redirects, and no HEAD beside GET."""
    rules = []
    for route in ROUTES:
        rule = Rule(f"/v3{route.path}", endpoint=route, methods=[route.method])
        rule.methods = {route.method}
        rules.append(rule)
    return Map(rules, merge_slashes=False)

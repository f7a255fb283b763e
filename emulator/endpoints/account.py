"""/account (CC reference, section 16)."""

from emulator.endpoints.call import Call, Reply
from emulator.endpoints.params import Params
from emulator.people import PRIVILEGE_IDS


def summary(call: Call) -> Reply:
    """GET /account/summary, with physical_address and company_logo when asked for."""
    params = Params(call.query)
    extra = params.words("extra_fields", ("physical_address", "company_logo"))
    params.done()
    return Reply(200, call.state.accounts.summary(call.account_id, extra=tuple(extra)))


def privileges(call: Call) -> Reply:
    """GET /account/user/privileges: no scope needed."""
    found = sorted((PRIVILEGE_IDS[name], name) for name in call.privileges)
    return Reply(200, [{"privilege_id": number, "privilege_name": name} for number, name in found])

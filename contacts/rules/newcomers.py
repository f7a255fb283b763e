"""Somebody whom Constant Contact does not have yet, or who signs up themselves: what is said, and when nothing is.

Created by us, a person is ``implicit``: the account says so, nobody else did. Only the sign-up form makes anybody
``explicit`` (CC reference, section 12), and it makes no exception for who opted out. So it is for a sign-up that
happened, and never for somebody deleted or opted out, whatever evidence is typed: a note cannot be checked here, and
such a person needs no claim of ours. They have the account's own form, and Constant Contact's one resubscribe mail
(CC reference, section 18; faults D13; design section 6).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from contacts.rules.consent import Basis
from contacts.rules.editing import may_not_add
from contacts.rules.standing import Standing
from contacts.rules.state import State
from contacts.rules.verdict import judge
from contacts.rules.words import day

JSON = dict[str, Any]

#: What may be typed about a person, with the longest text (CC reference, section 8).
DETAILS = {"first_name": 50, "last_name": 50, "company_name": 50, "job_title": 50}
#: The sign-up form takes a shorter address than a contact has (CC reference, section 12).
SIGN_UP_ADDRESS = 50
#: Nobody who was never there can have been deleted by mistake.
CREATE_BASES = (Basis.ASKED_DIRECTLY, Basis.OTHER)

NO_EVIDENCE = "Say who asked for this, and add a ticket or a note: both are kept as evidence. Nothing was sent."
HIDDEN = (
    "This address already belongs to a contact that is hidden in Constant Contact. You do not need to add it; you can "
    "reactivate it. Nothing was changed."
)
ACTIVE = "This address is in the account already, and active. Nothing was changed. Change its lists instead."
NO_PERMISSION = (
    "This address is in the account already, without permission to email it. Nothing was changed. They can give it by "
    "signing up."
)


def create_body(address: str, details: Mapping[str, str], lists: Sequence[str]) -> JSON:
    """The body of POST /contacts (CC reference, section 10): what was typed, and never more than ``implicit``."""
    return {
        "email_address": {"address": address, "permission_to_send": "implicit"},
        **{name: details[name] for name in DETAILS if details.get(name)},
        **({"list_memberships": list(lists)} if lists else {}),
        "create_source": "Account",
    }


def sign_up_form(address: str, details: Mapping[str, str], lists: Sequence[str]) -> JSON:
    """The body of the sign-up form (CC reference, section 12): only what is sent changes, lists are added."""
    told = {name: details[name] for name in DETAILS if details.get(name)}
    return {"email_address": address, **told, "list_memberships": list(lists)}


def signed_up(remote: JSON, address: str, details: Mapping[str, str], lists: Sequence[str]) -> JSON:
    """The whole contact as it should be after the form; ``remote`` is the read before it, {} for somebody new."""
    email = remote.get("email_address") or {"address": address}
    had = [str(each) for each in remote.get("list_memberships") or ()]
    return {
        **remote,
        "email_address": {**email, "permission_to_send": "explicit"},
        **{name: details[name] for name in DETAILS if details.get(name)},
        "list_memberships": list(dict.fromkeys([*had, *lists])),
    }


def taken(standing: Standing) -> str:
    """Why an address that somebody has already is not created: who that is, and what to do instead."""
    verdict = judge(standing)
    if verdict.may_reactivate:
        return HIDDEN
    if verdict.state in (State.ACTIVE, State.ON_NO_LIST):
        return ACTIVE
    if verdict.state == State.NO_PERMISSION:
        return NO_PERMISSION
    return f"This address belongs to a contact already ({verdict.label}). Nothing was changed. {verdict.refusal}"


def may_not_sign_up(standing: Standing) -> str:
    """Why a sign-up is not passed on for a contact that is there; empty when it may be."""
    verdict = judge(standing)
    if verdict.may_reactivate:
        return (
            "This person is deleted. The sign-up form would bring them back as if they had agreed anew, so nothing was "
            "sent. Reactivate them: their permission stays what it was."
        )
    if standing.deleted or verdict.state in (State.NOT_UNDERSTOOD, State.NO_ADDRESS):
        return f"{verdict.refusal} Nothing was sent."
    if may_not_add(standing) or standing.once_opted_out:
        return (
            "There is an opt-out, or a confirmation that was never given, on record for this person. Only their own "
            "act changes that: the form on your website, or Constant Contact's one resubscribe email. Nothing was sent."
        )
    return ""


def remembered(opted_out_on: date) -> str:
    """Why an address that Constant Contact does not know any more is still not added by us."""
    return (
        f"Constant Contact has no record of this address any more, but we saw on {day(opted_out_on)} that its owner "
        "had not agreed to be emailed. Only they can come back, with the sign-up form. Nothing was sent."
    )

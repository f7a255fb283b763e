"""The recorded answers: the same bytes as the emulator's, and nothing that was not recorded."""

import requests

from bench.sources import Source, record, recorded
from bench.still import FIRST, cursor_in
from tests.emulation import running_emulator


def walked(base, bearer):
    """The bytes of every page of contacts."""
    session, params, found = requests.Session(), dict(FIRST["/v3/contacts"]), []
    session.headers["Authorization"] = f"Bearer {bearer}"
    while params:
        answer = session.get(f"{base}/v3/contacts", params=params, timeout=10)
        answer.raise_for_status()
        found.append(answer.content)
        cursor = cursor_in(answer.json())
        params = {"cursor": cursor} if cursor else {}
    return found


def person(number):
    return {
        "account": "a07e1l8cdif9dl",
        "contact_id": f"00000000-0000-11ee-8000-{number:012d}",
        "email_address": {"address": f"p{number}@example.org", "permission_to_send": "implicit"},
        "list_memberships": [],
        **{name: [] for name in ("custom_fields", "phone_numbers", "street_addresses", "taggings", "notes")},
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def test_a_walk_through_the_recorded_answers_gets_the_same_bytes_and_other_questions_none(tmp_path):
    with running_emulator() as emulation:
        emulation.control("load", contacts=[person(number) for number in range(501)])
        source = Source(emulation.base, emulation.account_id, emulation.bearer)
        assert record(source, tmp_path) > 0
        there = walked(emulation.base, emulation.bearer)
    assert len(there) == 2
    with recorded(tmp_path, like=source) as still:
        assert walked(still.base, "") == there
        unknown = requests.get(
            f"{still.base}/v3/contacts", params={"updated_after": "2026-01-01T00:00:00Z"}, timeout=10
        )
        assert unknown.status_code == 501

"""Constant Contact's clock, without an account."""

from datetime import datetime

from contacts.api.wire import Limits, checked_base, exchange, new_session

PATIENCE = Limits(connect=5.0, read=10.0, total=15.0, size=2**20)


def server_time(base_url: str, *, allow_loopback: bool = False) -> datetime | None:
    """The ``Date`` of an answer to a question without a token (UTC), whatever else is in it; None when it has none.

    That answer is 401 (CC reference, section 4). Raises APIError when there is no answer, ValueError for an address
    that nothing may be asked at.
    """
    base = checked_base(base_url, allow_loopback=allow_loopback)
    with new_session(base) as session:
        return exchange(session, "GET", f"{base}/account/summary", limits=PATIENCE).server_time

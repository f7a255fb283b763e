"""What lies outside of this machine: Constant Contact's clock, and the mail server."""

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.core.mail import mailers
from django.utils import timezone

from contacts.api.clock import server_time
from contacts.api.errors import APIError
from contacts.services.doctor.finding import Finding, broken, ok, warning

#: Seconds. The overlap of two syncs is ten minutes, and a token is renewed a minute before its end.
LATE, TOO_LATE = 30, 300
PRINTED: Final = "console"


def of_clock() -> Iterator[Finding]:
    """One question without a token, for which no account and no budget is charged: the date of the answer counts."""
    try:
        theirs = server_time(settings.CC_API_BASE, allow_loopback=settings.ALLOW_LOOPBACK)
    except (APIError, ValueError) as problem:
        yield broken(
            "Constant Contact",
            f"It cannot be reached at CC_API_BASE ({type(problem).__name__}): look at the network, or use --offline.",
        )
        return
    if theirs is None:
        yield warning("clock", "Constant Contact's answer has no date, so the clocks cannot be compared.")
        return
    apart = abs((timezone.now() - theirs).total_seconds())
    words = f"It is {apart:.0f} seconds apart from Constant Contact's"
    if apart < LATE:
        yield ok("clock", f"{words}.")
    else:
        told = f"{words}: let the machine keep its time (NTP)."
        yield broken("clock", told) if apart > TOO_LATE else warning("clock", told)


def of_mail(*, connect: bool) -> Iterator[Finding]:
    """Whether letters go anywhere; with ``connect`` the server is called, and nothing is sent."""
    if PRINTED in str(settings.MAILERS["default"]["BACKEND"]):
        yield warning("mail", "Letters are printed on the worker's terminal only: set CCADMIN_EMAIL_HOST.")
        return
    if not connect:
        yield ok("mail", "A mailer is set; --mail calls it.")
        return
    try:
        mailers.default.open()
        mailers.default.close()
    except OSError as problem:
        yield broken("mail", f"The mail server cannot be reached or refuses us ({type(problem).__name__}).")
    else:
        yield ok("mail", "The mail server answers and lets us in.")

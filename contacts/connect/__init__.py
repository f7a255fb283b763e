"""From a linked account to a client: token, renewal, call budget, request log. The only place that sees a token."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Event
from typing import Final

from django.conf import settings

from contacts.api import oauth_token
from contacts.api.client import Call, Client
from contacts.api.errors import LinkExpired
from contacts.api.oauth_token import TokenAnswer
from contacts.connect import budget, renewal
from contacts.connect.credential import CannotOpen, Credential
from contacts.connect.lanes import Lane
from contacts.connect.logbook import LogBook, write_down
from contacts.connect.renewal import NotLinked, Renewing
from contacts.models import LinkedAccount, User

__all__ = [
    "CannotOpen",
    "Lane",
    "LogBook",
    "NotLinked",
    "Renewing",
    "connect",
    "keep",
    "lane",
    "need_link",
    "redeem",
    "trial",
]

PATIENCE: Final = {True: 10.0, False: 60.0}


def connect(
    account: LinkedAccount,
    *,
    person: bool = True,
    by: User | None = None,
    job: int | None = None,
    check: Callable[[], None] = lambda: None,
) -> Client:
    """A client for the account's calls, each counted, logged and waited for.

    ``person`` is whether somebody waits for the answer: background work leaves a share of the budget to people.
    ``by`` and ``job`` are what the request log names. ``check`` runs after the wait for the budget, right before each
    call leaves, and may raise to stop it. Raises NotLinked or LinkExpired at once when there is no working link; the
    client raises QuotaSpent, Throttled, Renewing, CannotOpen or GrantRefused besides its own errors. It may not be
    used inside a transaction.
    """
    need_link(account)
    line = _Line(account, person=person, by=by, job=job)
    return _client(line.token, renew=line.renew, log=line.log, person=person, check=check)


def need_link(account: LinkedAccount) -> None:
    """Raises NotLinked or LinkExpired when the account's link does not work, as far as this row knows."""
    if account.state == LinkedAccount.State.UNLINKED:
        raise NotLinked
    if account.state == LinkedAccount.State.BROKEN:
        raise LinkExpired


def lane(account: LinkedAccount, *, log: LogBook, done: "SimpleQueue[Lane]", over: Event) -> Lane:
    """A lane for the account's calls, for work in the background that does something else meanwhile."""
    line = _Line(account, person=False, by=None, job=None)

    def write(call: Call) -> None:
        if call.error:
            line.log(call)
        else:
            log.add(call, account=account)

    return Lane(line.token, log=write, done=done, over=over)


def redeem(code: str, *, redirect_uri: str, code_verifier: str | None) -> TokenAnswer:
    """The tokens for the code that came back from Constant Contact. Raises as ``oauth_token.redeem``."""
    budget.wait_for_token_call()
    return oauth_token.redeem(renewal.app(), code, redirect_uri=redirect_uri, code_verifier=code_verifier)


def trial(answer: TokenAnswer, *, by: User) -> Client:
    """A client for looking who is behind new tokens, before there is an account to keep them in."""
    return _client(lambda: answer.access, log=lambda call: write_down(call, account=None, by=by, job=None), person=True)


def keep(account: LinkedAccount, answer: TokenAnswer) -> None:
    """Make these tokens the account's, whatever it had before."""
    renewal.keep(account, Credential.of(answer))


def _client(
    token: Callable[[], str],
    *,
    log: Callable[[Call], None],
    person: bool,
    renew: Callable[[str], str] | None = None,
    check: Callable[[], None] = lambda: None,
) -> Client:
    def gate() -> None:
        budget.wait_for_call(person=person)
        check()

    return Client(
        token,
        base_url=settings.CC_API_BASE,
        gate=gate,
        log=log,
        renew=renew,
        allow_loopback=settings.ALLOW_LOOPBACK,
    )


class _Line:
    """What one client needs to know of its account."""

    def __init__(self, account: LinkedAccount, *, person: bool, by: User | None, job: int | None) -> None:
        self._account = account
        self._job = job
        self._patience = PATIENCE[person]
        self._by = by
        self._renewed = False

    def token(self) -> str:
        """Read anew for each call, so that unlinking takes effect at once."""
        return renewal.access_token(self._account.pk, patience=self._patience)

    def renew(self, rejected: str) -> str:
        self._renewed = True
        return renewal.access_token(self._account.pk, rejected=rejected, patience=self._patience)

    def log(self, call: Call) -> None:
        write_down(call, account=self._account, by=self._by, job=self._job)
        if call.error == "LinkExpired" and self._renewed:
            # A token of a minute ago is refused as well: only a person can mend that.
            renewal.mark_broken(LinkedAccount.objects.get(pk=self._account.pk), LinkExpired(status=call.status))

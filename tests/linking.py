"""What a test needs to act on a linked account: settings that point at an emulator, and a row with real tokens."""

from contacts import connect
from contacts.api.oauth_token import TokenAnswer
from contacts.connect.credential import Credential, seal
from contacts.models import LinkedAccount
from tests.emulation import ACCOUNT, LOGIN, Emulation
from tests.rows import make_account

SCOPES = ("contact_data", "account_read", "offline_access")


def point_at(settings, emulation: Emulation) -> None:
    """Let the app take the emulator for Constant Contact, without our own budget slowing the test."""
    for name, value in environment(emulation).items():
        setattr(settings, name, value)
    settings.ALLOW_LOOPBACK = True
    settings.CC_CALLS_PER_SECOND = 1000


def environment(emulation: Emulation) -> dict[str, str]:
    return {
        "CC_CLIENT_ID": emulation.client_id,
        "CC_CLIENT_SECRET": emulation.client_secret,
        "CC_API_BASE": emulation.api_base,
        "CC_AUTHORIZE_URL": emulation.authorize_url,
        "CC_TOKEN_URL": emulation.token_url,
    }


def tokens(emulation: Emulation, *, login: str = LOGIN, account_id: str = ACCOUNT) -> TokenAnswer:
    """Tokens as the browser's walk would give them."""
    given = emulation.app.oauth.issue(account_id, login, SCOPES)
    return TokenAnswer(given["access_token"], given["refresh_token"], given["expires_in"], given["scope"])


def link(emulation: Emulation, **fields) -> LinkedAccount:
    """A linked account whose tokens the emulator knows."""
    account = make_account(**{"encoded_account_id": emulation.account_id, **fields})
    connect.keep(account, tokens(emulation))
    account.refresh_from_db()
    return account


def put_credential(account: LinkedAccount, *, access: str, refresh: str, expires_at: float = 0) -> None:
    """Seal these tokens into the row; by default the access token has run out long ago."""
    LinkedAccount.objects.filter(pk=account.pk).update(
        credential=seal(Credential(access, refresh, expires_at), account)
    )
    account.refresh_from_db()

"""What the authorization host remembers: users, sessions, codes and both kinds of tokens (CC reference, 3.4-3.10).

Times are seconds since 1970 on the emulator's own clock, so a test or a story can let a token grow old.
"""

import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from emulator.clock import Clock
from emulator.database import Database
from emulator.oauth.keys import SigningKey
from emulator.people import Role, User

CODE_LIFE = 300
REFRESH_LIFE = 180 * 86400
ISSUER = "https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8"
AUDIENCE = "https://api.cc.email/v3"

SCHEMA = """
CREATE TABLE IF NOT EXISTS oauth_user (
    login TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,
    account_id TEXT NOT NULL, account_name TEXT NOT NULL, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_session (session_id TEXT PRIMARY KEY, login TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_code (
    code TEXT PRIMARY KEY, login TEXT NOT NULL, client_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL, scopes TEXT NOT NULL, issued_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_grant (
    grant_id INTEGER PRIMARY KEY, login TEXT NOT NULL REFERENCES oauth_user (login),
    client_id TEXT NOT NULL, scopes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_refresh (
    token TEXT PRIMARY KEY, grant_id INTEGER NOT NULL REFERENCES oauth_grant (grant_id), used_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS oauth_access (
    digest BLOB PRIMARY KEY, grant_id INTEGER NOT NULL REFERENCES oauth_grant (grant_id), expires_at REAL NOT NULL);
"""


class Unusable(Exception):
    """A code or refresh token that is unknown, used, too old or somebody else's. The text is the error_description."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """What an authorization code stands for. ``challenge`` is empty when PKCE was not used."""

    login: str
    client_id: str
    redirect_uri: str
    challenge: str
    scopes: str


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One user's consent to one application: who is behind an access token, and what it may do."""

    grant_id: int
    user: User
    client_id: str
    scopes: tuple[str, ...]

    @property
    def account_id(self) -> str:
        """The account's encoded_account_id."""
        return self.user.account_id

    @property
    def privileges(self) -> frozenset[str]:
        """Names of the privileges of the user who authorized."""
        return frozenset(self.user.privileges)


class Grants:
    """The tables behind the authorization host. Every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._key = SigningKey(database)
        database.create(SCHEMA)

    def jwks(self) -> dict[str, object]:
        """The public key of the access tokens."""
        return self._key.jwks()

    def add_user(self, user: User) -> None:
        """Let ``user`` sign in; a user with the same login is replaced."""
        self._database.execute(
            "INSERT INTO oauth_user VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (login) DO UPDATE SET name = excluded.name,"
            " role = excluded.role, account_id = excluded.account_id, account_name = excluded.account_name,"
            " number = excluded.number",
            (user.login, user.name, user.role, user.account_id, user.account_name, user.number),
        )

    def users(self) -> list[User]:
        """Everybody who can sign in, account by account, in the order they were added."""
        return [_user(row) for row in self._database.rows("SELECT * FROM oauth_user ORDER BY account_name, rowid")]

    def user(self, login: str) -> User | None:
        """The user with this login."""
        row = self._database.row("SELECT * FROM oauth_user WHERE login = ?", (login,))
        return _user(row) if row else None

    def open_session(self, login: str) -> str:
        """Remember a browser; the value of its cookie."""
        session_id = secrets.token_urlsafe(24)
        self._database.execute("INSERT INTO oauth_session VALUES (?, ?)", (session_id, login))
        return session_id

    def session_user(self, session_id: str) -> User | None:
        """Who signed in with this browser."""
        row = self._database.row("SELECT login FROM oauth_session WHERE session_id = ?", (session_id,))
        return self.user(row["login"]) if row else None

    def has_consented(self, login: str, *, client_id: str, scopes: str) -> bool:
        """Whether this user already gave this application all of these scopes."""
        rows = self._database.rows(
            "SELECT scopes FROM oauth_grant WHERE login = ? AND client_id = ?", (login, client_id)
        )
        return any(set(scopes.split()) <= set(row["scopes"].split()) for row in rows)

    def new_code(self, code: Code) -> str:
        """A fresh authorization code."""
        value = secrets.token_urlsafe(32)
        self._database.execute(
            "INSERT INTO oauth_code VALUES (?, ?, ?, ?, ?, ?, ?)",
            (value, code.login, code.client_id, code.redirect_uri, code.challenge, code.scopes, self._now()),
        )
        return value

    def take_code(self, value: str) -> Code:
        """What the code stands for. It is used up by this, also when the caller then refuses it. Raises Unusable."""
        with self._database.transaction() as cursor:
            row = cursor.execute("DELETE FROM oauth_code WHERE code = ? RETURNING *", (value,)).fetchone()
        if row is None or self._now() - row["issued_at"] > CODE_LIFE:
            raise Unusable("The authorization code is invalid or has expired.")
        return Code(
            login=row["login"],
            client_id=row["client_id"],
            redirect_uri=row["redirect_uri"],
            challenge=row["challenge"],
            scopes=row["scopes"],
        )

    def open_grant(self, login: str, *, client_id: str, scopes: Iterable[str]) -> Grant:
        """Write down that this user lets this application in."""
        ordered = " ".join(dict.fromkeys(scopes))
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO oauth_grant (login, client_id, scopes) VALUES (?, ?, ?)", (login, client_id, ordered)
            )
            return self._grant(cursor.lastrowid or 0)

    def new_refresh_token(self, grant: Grant) -> str:
        """A further refresh token of at most 50 characters (CC reference, 3.8)."""
        token = secrets.token_urlsafe(32)
        self._database.execute("INSERT INTO oauth_refresh VALUES (?, ?, ?)", (token, grant.grant_id, self._now()))
        return token

    def use_refresh_token(self, token: str, *, client_id: str, rotating: bool) -> tuple[Grant, str]:
        """The grant behind ``token`` and the token to use next time. A rotating one is dead after this.

        Raises Unusable when it is unknown, another application's, or was not used for 180 days.
        """
        with self._database.transaction() as cursor:
            row = cursor.execute("SELECT * FROM oauth_refresh WHERE token = ?", (token,)).fetchone()
            if row is None or self._now() - row["used_at"] > REFRESH_LIFE:
                raise Unusable("unknown, invalid, or expired refresh token")
            grant = self._grant(row["grant_id"])
            if grant.client_id != client_id:
                raise Unusable("unknown, invalid, or expired refresh token")
            cursor.execute("UPDATE oauth_refresh SET used_at = ? WHERE token = ?", (self._now(), token))
            if rotating:
                cursor.execute("DELETE FROM oauth_refresh WHERE token = ?", (token,))
                token = self.new_refresh_token(grant)
        return grant, token

    def new_access_token(self, grant: Grant, *, life: int) -> str:
        """A signed JWT for ``life`` seconds with the claims of CC reference, 3.10.

        ``ver``, ``jti``, ``uid`` and ``auth_time`` are what Okta usually adds; nobody has confirmed them here.
        """
        now = int(self._now())
        claims = {"ver": 1, "jti": f"AT.{secrets.token_urlsafe(48)}", "iss": ISSUER, "aud": AUDIENCE}
        claims |= {"iat": now, "exp": now + life, "cid": grant.client_id, "uid": f"00u{grant.user.number:017d}"}
        claims |= {"scp": list(grant.scopes), "auth_time": now, "sub": grant.user.login}
        token = self._key.sign(claims | {"platform_user_id": str(grant.user.number)})
        self._database.execute(
            "INSERT INTO oauth_access VALUES (?, ?, ?)", (_digest(token), grant.grant_id, now + life)
        )
        return token

    def identify(self, access_token: str) -> Grant | None:
        """Who is behind an access token; None when it is unknown, expired or revoked."""
        row = self._database.row(
            "SELECT grant_id FROM oauth_access WHERE digest = ? AND expires_at > ?",
            (_digest(access_token), self._now()),
        )
        return self._grant(row["grant_id"]) if row else None

    def revoke(self, token: str) -> None:
        """Kill an access token, or a refresh token with the access tokens of its grant. Unknown tokens are no error."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "DELETE FROM oauth_access WHERE digest = ?"
                " OR grant_id IN (SELECT grant_id FROM oauth_refresh WHERE token = ?)",
                (_digest(token), token),
            )
            cursor.execute("DELETE FROM oauth_refresh WHERE token = ?", (token,))

    def expire_access(self, account_id: str) -> None:
        """Kill the access tokens of an account. Refreshing still works."""
        self._forget("oauth_access", account_id)

    def disconnect(self, account_id: str) -> None:
        """Kill every token and consent of an account, as when its owner removes the application."""
        with self._database.transaction():
            self._forget("oauth_access", account_id)
            self._forget("oauth_refresh", account_id)
            self._forget("oauth_grant", account_id)

    def _forget(self, table: str, account_id: str) -> None:
        self._database.execute(
            f"DELETE FROM {table} WHERE grant_id IN"  # noqa: S608 (one of three names written above)
            " (SELECT grant_id FROM oauth_grant JOIN oauth_user USING (login) WHERE account_id = ?)",
            (account_id,),
        )

    def _grant(self, grant_id: int) -> Grant:
        row = self._database.row(
            "SELECT * FROM oauth_grant JOIN oauth_user USING (login) WHERE grant_id = ?", (grant_id,)
        )
        if row is None:
            raise LookupError(f"grant {grant_id}")
        return Grant(
            grant_id=grant_id, user=_user(row), client_id=row["client_id"], scopes=tuple(row["scopes"].split())
        )

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _user(row: sqlite3.Row) -> User:
    return User(
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        account_id=row["account_id"],
        account_name=row["account_name"],
        number=row["number"],
    )


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()

"""Read settings from the environment, each with one clear sentence when it is wrong."""

import base64
import os
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The variable, or ``default``; without a default a missing one is an error."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set {name}. The README lists every variable that a real installation needs.")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """True for 1, true, yes, on; false for 0, false, no, off or nothing."""
    value = os.environ.get(name, "1" if default else "").strip().lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is either 1 or 0, not {value!r}.")
    return value in TRUE


def number(name: str, default: int) -> int:
    """A whole number of zero or more."""
    value = os.environ.get(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is a whole number, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A comma list, without blanks and empty parts."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def one_of(name: str, choices: Iterable[str]) -> str:
    """One of these words; the first one when the variable is not set."""
    allowed = list(choices)
    value = os.environ.get(name, allowed[0]).strip().lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is one of {', '.join(allowed)}, not {value!r}.")
    return value


#: A shorter secret could be found by trying.
SECRET_LENGTH = 20


def secret(name: str) -> str:
    """A secret of 20 characters or more, "" when the variable is not set. The value is never told."""
    value = os.environ.get(name, "").strip()
    if value and len(value) < SECRET_LENGTH:
        raise ImproperlyConfigured(f"{name} is a secret of {SECRET_LENGTH} characters or more.")
    return value


def key(name: str) -> bytes:
    """32 bytes, given in hex or base64; nothing when the variable is not set. The value is never told."""
    value = os.environ.get(name, "").strip()
    if not value:
        return b""
    for read in (bytes.fromhex, _base64):
        try:
            found = read(value)
        except ValueError:
            continue
        if len(found) == 32:
            return found
    raise ImproperlyConfigured(f"{name} is 32 random bytes, in hex or base64.")


def public_keys(name: str) -> list[str]:
    """A comma list of public keys of 32 bytes, each in hex."""
    found = [value.lower() for value in words(name)]
    for value in found:
        if not re.fullmatch("[0-9a-f]{64}", value):
            raise ImproperlyConfigured(f"{name} is a list of public keys, each of 64 hex digits, not {value!r}.")
    return found


def _base64(value: str) -> bytes:
    return base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True)


# So long a thread waits for a connection out of the pool before it gives up.
POOL_SECONDS = 10
# A worker needs one to work, one to say that it lives, one to read ahead, and one to spare.
SMALLEST_POOL = 4


def database(url: str, *, pool: int = 0, max_age: int = 60, behind_bouncer: bool = False) -> dict[str, object]:
    """Django's settings for ``sqlite:///path`` or ``postgres://user:password@host:port/name``.

    A PostgreSQL host that begins with an encoded slash (``%2Ftmp``) is the folder of a socket. With ``pool`` the
    threads of a process share at most so many connections, else each thread keeps its own for ``max_age`` seconds.
    ``behind_bouncer``: a pooler before PostgreSQL that gives a connection for one transaction. SQLite knows none of it.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(parts.path[1:] if parts.path.startswith("//") else parts.path.removeprefix("/"))
    if pool and pool < SMALLEST_POOL:
        raise ImproperlyConfigured(f"CCADMIN_DB_POOL is 0, or at least {SMALLEST_POOL}: so many a worker may need.")
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_HEALTH_CHECKS": True,
            # A connection that goes back to a pool must not be kept by its thread as well.
            "CONN_MAX_AGE": 0 if pool else max_age,
            # A cursor of the server lives in one session, and behind such a pooler the next statement has another.
            "DISABLE_SERVER_SIDE_CURSORS": behind_bouncer,
            "OPTIONS": _postgres_options(pool=pool, behind_bouncer=behind_bouncer),
        }
    raise ImproperlyConfigured("DATABASE_URL starts with sqlite:/// or postgres://.")


def _postgres_options(*, pool: int, behind_bouncer: bool) -> dict[str, object]:
    """The pool if there is one; and no compiling of queries, which took a second before some of 5 ms (2026-11-21)."""
    options: dict[str, object] = {"pool": {"min_size": 1, "max_size": pool, "timeout": POOL_SECONDS}} if pool else {}
    # Such a pooler refuses what a connection asks for at its start: the role is told once instead (DEPLOY.md).
    return options if behind_bouncer else {**options, "options": "-c jit=off"}


def queue(value: str) -> dict[str, object]:
    """Django's engine for tasks: ``database``, ``redis://host:port/number``, or the dotted path of another one."""
    if value.startswith(("redis://", "rediss://", "unix://")):
        if not find_spec("redis"):
            raise ImproperlyConfigured("CCADMIN_QUEUE names a Redis. Install requirements/redis.txt for it.")
        return {"BACKEND": "ccadmin.redis_queue.RedisBackend", "OPTIONS": {"url": value}}
    return {"BACKEND": "django_tasks_db.DatabaseBackend" if value == "database" else value}


#: How a mail server is spoken to, with its usual port and Django's option.
MAIL_SECURITY = {"starttls": (587, {"use_tls": True}), "tls": (465, {"use_ssl": True}), "none": (25, {})}
# A server that does not answer keeps the worker no longer than this.
MAIL_SECONDS = 10


def mailer() -> dict[str, object]:
    """Django's default mailer: the server ``CCADMIN_EMAIL_HOST``, else ``CCADMIN_MAILER``, else the terminal."""
    host = text("CCADMIN_EMAIL_HOST", "")
    if not host:
        return {"BACKEND": text("CCADMIN_MAILER", "django.core.mail.backends.console.EmailBackend")}
    security = text("CCADMIN_EMAIL_SECURITY", "starttls").lower()
    if security not in MAIL_SECURITY:
        raise ImproperlyConfigured(f"CCADMIN_EMAIL_SECURITY is starttls, tls or none, not {security!r}.")
    port, options = MAIL_SECURITY[security]
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": host,
            "port": number("CCADMIN_EMAIL_PORT", port),
            "username": text("CCADMIN_EMAIL_USER", ""),
            "password": text("CCADMIN_EMAIL_PASSWORD", ""),
            "timeout": MAIL_SECONDS,
            **options,
        },
    }


def _sqlite(path: str) -> dict[str, object]:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # IMMEDIATE takes the write lock at the start, so a transaction never fails half-way with "locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Without recursive_triggers an INSERT OR REPLACE walks past the append-only triggers of the audit.
            # FULL makes an intent durable before the PUT that it announces.
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA recursive_triggers=ON;"
                "PRAGMA secure_delete=ON;PRAGMA cache_size=-32000;"
            ),
        },
    }

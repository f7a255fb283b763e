"""What the environment says: secrets, the address of the site, keys that open what they sealed."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import checks

from contacts.api.wire import is_loopback
from contacts.audit import signing
from contacts.connect import CannotOpen
from contacts.connect.credential import opened, sealed, unseal
from contacts.connect.marks import marker_of
from contacts.models import AuditCheckpoint, LinkedAccount
from contacts.services.doctor.finding import Finding, broken, ok, warning

ROOM: Final = 1024**3
FILES: Final = ("ccadmin.css", "ccadmin.js", "vendor/tabler/tabler.min.css", "vendor/tabler-icons/sprite.svg")


def of_settings() -> Iterator[Finding]:
    """The address of the site, what only a demo may have, and everything that ``check --deploy`` says."""
    if settings.DEBUG:
        yield broken("settings", "CCADMIN_DEBUG is on, so error pages show the innards of the site: unset it.")
    if not settings.SECURE_SITE and not is_loopback(settings.BASE_URL):
        yield broken("address", "CCADMIN_BASE_URL is not https, so passwords travel in the clear: put TLS before it.")
    elif settings.SECURE_SITE and not settings.BEHIND_PROXY:
        yield warning(
            "address",
            "CCADMIN_BASE_URL is https but CCADMIN_BEHIND_PROXY is not set: behind a proxy every page would lead to "
            "itself for ever, so set it to 1 there.",
        )
    elif settings.BEHIND_PROXY and not settings.SECURE_SITE:
        yield warning("address", "CCADMIN_BEHIND_PROXY is set for a site without https: unset one or mend the other.")
    else:
        yield ok("address", f"{settings.BASE_URL}, answered for {len(settings.ALLOWED_HOSTS)} host(s).")
    if "*" in settings.ALLOWED_HOSTS:
        yield broken("address", "CCADMIN_EXTRA_HOSTS allows every host: name those that lead here.")
    if not (settings.CC_CLIENT_ID and settings.CC_CLIENT_SECRET):
        yield broken("settings", "CC_CLIENT_ID or CC_CLIENT_SECRET is missing, so no account can be linked: set both.")
    yield from _deployment()


def _deployment() -> Iterator[Finding]:
    """Django's list and ours. Of a site on this machine alone nobody asks for TLS; about mail there is a finding."""
    found = checks.run_checks(include_deployment_checks=True)
    about_tls = () if settings.SECURE_SITE else ("security.W004", "security.W008", "security.W012", "security.W016")
    told = [each for each in found if not each.is_silenced() and each.id not in (*about_tls, "mail.E001")]
    for each in told:
        words = f"{each.id}: {each.msg.split('. ')[0].rstrip('.')}."
        yield broken("settings", words) if each.level >= checks.ERROR else warning("settings", words)
    if not told:
        yield ok("settings", "Django's checks for a deployment find nothing.")


def of_keys() -> Iterator[Finding]:
    """Whether what was sealed opens again, and who signs the history."""
    try:
        opened(sealed({"trial": True}))
    except CannotOpen:
        yield broken("keys", "CCADMIN_ENCRYPTION_KEYS holds no key that works: set one as the README says.")
        return
    shut = [str(each.pk) for each in LinkedAccount.objects.exclude(credential="") if not _opens(unseal, each)]
    shut_marks = [str(each.pk) for each in LinkedAccount.objects.exclude(erasure_key="") if not _opens(marker_of, each)]
    for about, accounts in (("connection", shut), ("marks of the erased", shut_marks)):
        if accounts:
            yield broken(
                "keys",
                f"The {about} of account {', '.join(accounts)} cannot be opened: bring back the key it was sealed with "
                "(CCADMIN_ENCRYPTION_KEYS), behind the one in use.",
            )
    if not shut and not shut_marks:
        yield ok("keys", f"{len(settings.ENCRYPTION_KEYS)} key(s); everything sealed opens.")
    yield from _of_signing()


def _opens(read: object, account: LinkedAccount) -> bool:
    try:
        read(account)  # type: ignore[operator]
    except CannotOpen:
        return False
    return True


def _of_signing() -> Iterator[Finding]:
    last = AuditCheckpoint.objects.order_by("-pk").values_list("public_key", flat=True).first()
    if last and last not in signing.trusted_keys():
        yield broken(
            "audit key",
            "The last checkpoint was signed with a key that is not trusted: bring CCADMIN_AUDIT_KEY back, or name its "
            "public key in CCADMIN_AUDIT_OLD_KEYS.",
        )
    elif not signing.has_own_key():
        yield warning(
            "audit key", "Checkpoints are signed with a key made from CCADMIN_SECRET_KEY: set CCADMIN_AUDIT_KEY."
        )
    else:
        yield ok("audit key", f"The public key is {signing.public_key()}.")


def of_files() -> Iterator[Finding]:
    """Static files and the room on the disk of ``var/``."""
    missing = [name for name in FILES if finders.find(name) is None]
    if missing:
        yield broken("files", f"Static files are missing ({', '.join(missing)}): install the release again.")
    else:
        yield ok("files", "The static files are there.")
    yield room(Path(settings.VAR_DIR), needed=ROOM)


def room(place: Path, *, needed: int) -> Finding:
    """Whether so many bytes are free there."""
    free = shutil.disk_usage(place).free
    words = f"{free // 1024**2:,} MB are free at {place}"
    if free < needed // 10:
        return broken("disk", f"{words}: make room now, or nothing can be stored soon.")
    return warning("disk", f"{words}: make room.") if free < needed else ok("disk", f"{words}.")

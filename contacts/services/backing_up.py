"""A backup that can be trusted: the database as it stood at one moment, what lies outside of it, and what it needs.

A folder of its own for each, named by its moment: the database, the folder of checkpoints and erasures, and
``manifest.json`` with a digest of every file and how far each chain of the history reaches. The encryption keys are
not in it, only their fingerprints: they belong somewhere else.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from contacts.audit import signing
from contacts.models import AuditChain
from contacts.services import database_copies

JSON = dict[str, Any]
FORMAT: Final = "ccadmin-backup-v1"
MANIFEST: Final = "manifest.json"
OUTSIDE: Final = "checkpoints"
_NAMED: Final = "ccadmin-%Y%m%dT%H%M%SZ"
_OURS: Final = re.compile(r"ccadmin-\d{8}T\d{6}Z")
#: No backup takes so long: what is unfinished for longer belongs to one that was killed.
_LOST: Final = timedelta(days=1)


class Unusable(Exception):
    """This backup was not made, or may not be restored; the text says why."""


@dataclass(frozen=True)
class Backup:
    """One that is whole: where it is, and what its manifest says."""

    place: Path
    manifest: JSON

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.stat().st_size for each in _files(self.place))


def make(folder: Path, *, keep: int = 0) -> Backup:
    """Copy everything into a new folder inside ``folder``, look the copy over, and remove all but the last ``keep``.

    The site and the workers may go on meanwhile. Nothing that is there already is touched before the new one is
    whole. ``keep`` 0 removes none. Raises Unusable.
    """
    began = timezone.now()
    place = _free_place(folder, began)
    unfinished = place.with_suffix(".part")
    if settings.CHECKPOINT_DIR and folder.resolve().is_relative_to(Path(settings.CHECKPOINT_DIR).resolve()):
        raise Unusable(f"No backup was made. {folder} is inside CCADMIN_CHECKPOINT_DIR, which every backup holds.")
    try:
        unfinished.mkdir(mode=0o700, parents=True)
    except OSError as problem:
        # Also where another one began in this very second: what lies there is not ours to remove.
        raise Unusable(f"No backup was made. {problem}") from None
    try:
        manifest = _fill(unfinished, began)
        _write(unfinished / MANIFEST, manifest)
        unfinished.rename(place)
    except (OSError, database_copies.NoCopy) as problem:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise Unusable(f"No backup was made. {problem}") from None
    made = check(place)
    # However the clock was set meanwhile, the one just made is not among those that are removed.
    others = [each for each in _whole(folder) if each != place]
    for old in others[: max(len(others) + 1 - keep, 0)] if keep > 0 else ():
        shutil.rmtree(old)
    for unfinished in _lost(folder):
        shutil.rmtree(unfinished, ignore_errors=True)
    return made


def _free_place(folder: Path, began: datetime) -> Path:
    """Named after the moment; after a later second when one that began in this one is whole already."""
    place = folder / began.astimezone(UTC).strftime(_NAMED)
    return _free_place(folder, began + timedelta(seconds=1)) if place.exists() else place


def check(place: Path) -> Backup:
    """A backup whose every file is as it was made, and whose database opens and is sound. Raises Unusable."""
    try:
        manifest = json.loads((place / MANIFEST).read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise Unusable(f"{place} is a backup of another kind: {manifest['format']}.")
        for name, digest in manifest["files"].items():
            if _digest(place / name) != digest:
                raise Unusable(f"{name} in {place} is not as it was made.")
        database_copies.look_over(place / manifest["database"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Unusable(f"{place} is no whole backup: {problem}.") from None
    except database_copies.NoCopy as problem:
        raise Unusable(f"The database in {place} cannot be used. {problem}") from None
    return Backup(place, manifest)


def missing_keys(backup: Backup) -> list[str]:
    """Fingerprints of the encryption keys that were in use and are not set here."""
    here = _fingerprints()
    return [each for each in backup.manifest["encryption_keys"] if each not in here]


def _fill(place: Path, began: datetime) -> JSON:
    # The chains reach at least so far in the copy; what is outside is read last, so that it reaches further.
    chains = {each.name: each.sequence for each in AuditChain.objects.order_by("name")}
    database = database_copies.copy_into(place)
    if settings.CHECKPOINT_DIR and Path(settings.CHECKPOINT_DIR).is_dir():
        shutil.copytree(settings.CHECKPOINT_DIR, place / OUTSIDE)
    return {
        "format": FORMAT,
        "began_at": began.isoformat(),
        "ended_at": timezone.now().isoformat(),
        "engine": connection.vendor,
        "database": database.name,
        "migrations": sorted(
            name for app, name in MigrationRecorder(connection).applied_migrations() if app == "contacts"
        ),
        "chains_at_least": chains,
        "encryption_keys": _fingerprints(),
        "audit_key": signing.public_key(),
        "files": {str(each.relative_to(place)): _digest(each) for each in _files(place)},
    }


def _fingerprints() -> list[str]:
    return [hashlib.sha256(each.encode()).hexdigest()[:16] for each in settings.ENCRYPTION_KEYS]


def _write(path: Path, manifest: JSON) -> None:
    """The manifest is last, and on the disk with everything before it: a folder that has one is whole."""
    for each in _files(path.parent):
        each.chmod(0o600)
        with each.open("rb") as file:
            os.fsync(file.fileno())
    with path.open("x", encoding="utf-8") as file:
        json.dump(manifest, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o600)


def _files(place: Path) -> Iterator[Path]:
    return (each for each in sorted(place.rglob("*")) if each.is_file())


def _whole(folder: Path) -> list[Path]:
    """The backups there, the oldest first; nothing else in that folder is ever ours to remove."""
    found = (each.parent for each in folder.glob(f"ccadmin-*Z/{MANIFEST}"))
    return sorted(each for each in found if _OURS.fullmatch(each.name) and not each.is_symlink())


def _lost(folder: Path) -> list[Path]:
    """What backups left behind that were killed on the way."""
    long_ago = (timezone.now() - _LOST).timestamp()
    found = (each for each in folder.glob("ccadmin-*Z.part") if _OURS.fullmatch(each.stem) and not each.is_symlink())
    return [each for each in found if each.stat().st_mtime < long_ago]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

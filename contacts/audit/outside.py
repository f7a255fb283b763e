"""Copies of the checkpoints outside the database: a folder with one file for each chain, one line for each of them.

Lines are only ever added. Whoever can write to the database and to this folder can take both back, so the folder
belongs on a machine or a medium that the site cannot empty.
"""

import fcntl
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from contacts.audit.chain import canonical
from contacts.audit.checkpoints import Signed

# About three times the longest line that is ever written; what is longer is no checkpoint.
LONGEST_LINE = 1_000


@dataclass(frozen=True)
class Copies:
    """What the folder holds of one chain. ``problem`` is a sentence about a line that is none, or ""."""

    checkpoints: list[Signed] = field(default_factory=list)
    problem: str = ""


def folder() -> Path | None:
    """Where the files are; None when no folder is set."""
    return Path(settings.CHECKPOINT_DIR) if settings.CHECKPOINT_DIR else None


def line_of(signed: Signed) -> bytes:
    """The line of a file, or of the standard input of a command, with its end."""
    return canonical(signed.text) + b"\n"


def append(signed: Signed) -> None:
    """Add the line to its chain's file unless it is there; it is on the disk afterwards. Raises OSError.

    Several processes may do so at once. A line that was cut off, by a full disk, stays as it is: the next one begins
    on a line of its own.
    """
    place = folder()
    if place is None:
        return
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(place / _name(signed.chain), "a+b", opener=_only_ours) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = file.read().splitlines(keepends=True)
        line = line_of(signed)
        if line not in lines:
            whole = not lines or lines[-1].endswith(b"\n")
            file.write(line if whole else b"\n" + line)
            file.flush()
        os.fsync(file.fileno())
    _sync_folder(place)


def copies(chain: str) -> Copies:
    """What the folder holds of the chain with this name; nothing without a folder or without a file."""
    place = folder()
    if place is None:
        return Copies()
    try:
        return read((place / _name(chain)).read_bytes(), chain=chain)
    except FileNotFoundError:
        return Copies()
    except OSError as problem:
        return Copies(problem=f"The copies outside the database cannot be read: {problem.strerror}.")


def read(content: bytes, *, chain: str) -> Copies:
    """The checkpoints of one chain from lines that somebody kept, of this chain or of several."""
    found, problem = [], ""
    lines = content.split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        try:
            if len(line) > LONGEST_LINE:
                raise ValueError("This is not a checkpoint.")
            signed = Signed.read(json.loads(line))
        except ValueError:
            # One that was cut off was written again, whole, right after it.
            if not lines[number].startswith(line):
                problem = problem or f"Line {number:,} of the copies outside the database is not a checkpoint."
        else:
            found += [signed] if signed.chain == chain else []
    return Copies(found, problem)


def chains() -> list[str]:
    """The names of the chains that have a file."""
    place = folder()
    return sorted(each.stem for each in place.glob("*.jsonl")) if place else []


def _name(chain: str) -> str:
    name = f"{chain}.jsonl"
    if Path(name).name != name:
        raise OSError(None, "the name of this chain is not the name of a file")
    return name


def _only_ours(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(place: Path) -> None:
    """A new file is there after a power cut only once its folder is."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

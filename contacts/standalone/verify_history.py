#!/usr/bin/env python3
"""Check an exported history of ccadmin, on any machine with python3 (3.8 or newer) and nothing else.

    python3 verify_history.py FILE [--public-key HEX] [--checkpoint FILE]

FILE is an export as JSON lines. It ends with 0 when everything that was asked for is proved, with 1 when not.
What the lines mean stands in the file's own first line, in words. Ed25519 is written after RFC 8032, section 5.1.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, Tuple

JSON = Dict[str, Any]
FORMAT = "ccadmin-history-v1"
HEAD = ("chain", "account", "public_key", "made_at", "role")
KINDS = ("head", "entry", "between", "checkpoint", "seen", "seal")
START = bytes(32)


class Fault(Exception):
    """What does not fit, as a sentence."""


# Ed25519 (RFC 8032, section 5.1): points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x * y = T/Z.
Point = Tuple[int, int, int, int]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a: Point, b: Point) -> Point:
    """The sum of two points (section 5.1.4)."""
    first, second = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    third, fourth = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = second - first, fourth - third, fourth + third, second + first
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """The point added to itself so many times."""
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def point_of(raw: bytes) -> Point | None:
    """The point that 32 bytes stand for; None when they stand for none (section 5.1.3)."""
    value = int.from_bytes(raw, "little")
    sign, y = value >> 255, value & (2**255 - 1)
    if y >= P:
        return None
    above, below = (y * y - 1) % P, (D * y * y + 1) % P
    x = above * pow(below, 3, P) * pow(above * pow(below, 7, P), (P - 5) // 8, P) % P
    if below * x * x % P == P - above and above:
        x = x * ROOT % P
    if below * x * x % P != above or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the key's Ed25519 signature of the message (section 5.1.7)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, r, s = point_of(public_key), signature[:32], int.from_bytes(signature[32:], "little")
    if key is None or BASE is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % ORDER
    x, y, z, _ = add(times(s, BASE), times(k, (P - key[0], key[1], 1, P - key[3])))
    x, y = x * pow(z, P - 2, P) % P, y * pow(z, P - 2, P) % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == r


def canonical(value: JSON) -> bytes:
    """Sorted keys, no blanks, UTF-8: the text that signatures are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def parsed(text: bytes | str) -> JSON:
    """The JSON object that a line or a clear part is."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Fault("It is no JSON object.")
    return found


def bytes_of(line: JSON, name: str) -> bytes:
    """Bytes that the line gives in hex, in small letters without blanks: there is one way only to write them."""
    value = str(line.get(name))
    if not re.fullmatch("([0-9a-f]{2})*", value):
        raise Fault(f"“{name}” is missing or not in hex.")
    return bytes.fromhex(value)


def exactly(line: JSON, name: str) -> bytes:
    """The bytes that were hashed: a text, or base64 of what no text can carry."""
    value = line.get(name)
    try:
        if isinstance(value, dict):
            return base64.b64decode(value["base64"], validate=True)
        return str(value).encode("utf-8", "surrogatepass")
    except (KeyError, TypeError, ValueError):
        raise Fault(f"“{name}” is not in base64.") from None


class History:
    """A file, read from its first line to its last; ``take`` raises a fault at the first line that does not fit."""

    def __init__(self, known: dict[tuple[str, str], bytes]) -> None:
        self.known = known
        self.head: JSON = {}
        self.seal: JSON = {}
        self.running = b""
        self.number = self.first = self.last = 0
        self.entries = self.passed = self.seen = self.compared = 0
        self.details = {"whole": 0, "erased": 0, "withheld": 0, "none": 0}
        self.stretches: list[JSON] = []

    def take(self, line: JSON) -> None:
        """One line, in its place."""
        kind = line.get("type")
        if kind not in KINDS:
            raise Fault("It is of no kind that this program knows.")
        if (kind == "head") == bool(self.head) or self.seal:
            raise Fault("The first line says what the file is, the last one seals it, and no other does.")
        if kind in ("seen", "seal") and self.running:
            raise Fault("A stretch of entries does not end with a checkpoint.")
        getattr(self, f"_{kind}")(line)

    def _head(self, line: JSON) -> None:
        if line.get("format") != FORMAT or [name for name in HEAD if not isinstance(line.get(name), str)]:
            raise Fault(f"This is not a history in the format {FORMAT}.")
        self.head = line

    def _entry(self, line: JSON) -> None:
        raw, previous = exactly(line, "clear"), bytes_of(line, "previous")
        clear = parsed(raw)
        number = clear.get("sequence")
        if clear.get("chain") != self.head["chain"] or type(number) is not int or number <= self.number:
            raise Fault("The entry is not in its place.")
        if len(previous) != 32 or (number == 1 and previous != START):
            raise Fault(f"Entry {number} follows something that is no entry.")
        if self.running and (number, previous) != (self.number + 1, self.running):
            raise Fault(f"Entry {number} does not follow the one before it.")
        self.running, self.number = previous, number - 1
        self._step(hashlib.sha256(raw).digest())
        if self.running != bytes_of(line, "hash"):
            raise Fault(f"Entry {number} was changed after it was written.")
        self.entries, self.first, self.last = self.entries + 1, self.first or number, number
        self.details[self._told(line, clear.get("payload"))] += 1

    def _told(self, line: JSON, committed: Any) -> str:
        details = line.get("details")
        if isinstance(details, dict):
            made = hmac.new(bytes_of(details, "salt"), exactly(details, "text"), hashlib.sha256).hexdigest()
            if made != committed:
                raise Fault(f"The details of entry {self.number} are not the ones that were recorded.")
            return "whole"
        if details not in (("erased", "withheld") if committed else ("none",)):
            raise Fault(f"Entry {self.number} does not say what became of its details.")
        return str(details)

    def _between(self, line: JSON) -> None:
        digests = bytes_of(line, "digests")
        if not self.running or line.get("first") != self.number + 1 or not digests or len(digests) % 32:
            raise Fault("The digests of what lies between are not in their place.")
        for at in range(0, len(digests), 32):
            self._step(digests[at : at + 32])
        self.passed += len(digests) // 32

    def _step(self, digest: bytes) -> None:
        self.running = hashlib.sha256(b"ccadmin-audit-v1" + self.running + digest).digest()
        self.number += 1
        known = self.known.get((self.head["chain"], str(self.number)))
        self.compared += known is not None
        if known not in (None, self.running):
            raise Fault(f"Entry {self.number} is not the one that the checkpoint kept elsewhere names.")

    def _checkpoint(self, line: JSON) -> None:
        place = (self.head["chain"], self.number, self.running)
        if not self.running or (line.get("chain"), line.get("sequence"), bytes_of(line, "hash")) != place:
            raise Fault("The checkpoint is not of this place in the chain.")
        self._need_signature(line, prefix=b"ccadmin-checkpoint-v1")
        self.running = b""
        self.stretches.append(line)

    def _seen(self, line: JSON) -> None:
        self.seen += 1

    def _seal(self, line: JSON) -> None:
        self._need_signature(line, prefix=b"ccadmin-export-v1")
        self.seal = line

    def _need_signature(self, line: JSON, *, prefix: bytes) -> None:
        unsigned = {name: value for name, value in line.items() if name not in ("signature", "type")}
        key, signature = bytes_of(self.head, "public_key"), bytes_of(line, "signature")
        if bytes_of(line, "public_key") != key or not signed_by(key, prefix + canonical(unsigned), signature):
            raise Fault("The signature is not the one of the key that the first line names.")


def read(lines: Iterable[bytes], known: dict[tuple[str, str], bytes]) -> History:
    """The whole file, checked; a fault names the line where something does not fit."""
    history, digest, number = History(known), hashlib.sha256(), 0
    try:
        for number, raw in enumerate(lines, 1):
            line = parsed(raw)
            history.take(line)
            if line is not history.seal:
                digest.update(raw)
            elif (line.get("sha256"), line.get("lines")) != (digest.hexdigest(), number - 1):
                raise Fault("The lines above are not the ones that were sealed: one was edited, added or taken out.")
            elif raw != canonical(line) + b"\n":
                raise Fault("The seal is not written as it was made.")
    except Fault as fault:
        raise Fault(f"Line {number}: {fault}") from None
    if not history.seal:
        raise Fault("The file is cut off: its last line should be a seal.")
    return history


def kept(path: str | None) -> dict[tuple[str, str], bytes]:
    """The hashes of checkpoints that were kept elsewhere, one JSON object a line; by chain and number."""
    lines = Path(path).read_bytes().splitlines() if path is not None else []
    found = [parsed(line) for line in lines if line.strip()]
    return {(str(each.get("chain")), str(each.get("sequence"))): bytes_of(each, "hash") for each in found}


def sentences(history: History, *, key: str | None) -> Iterator[str]:
    """What the file proves, and what nobody should take from it."""
    head, details, ends = history.head, history.details, history.stretches
    yield f"History of {head['account']}, made at {head['made_at']} for the role {head['role']}."
    yield f"Proved: the file is as it was made, every byte of it, and signed with the key {head['public_key']}."
    if ends:
        yield (
            f"Proved: what it shows of the chain {head['chain']} is there unedited. Entries: {history.entries}, from "
            f"{history.first} to {history.last}. The chain was signed at {ends[-1]['sequence']} on {ends[-1]['at']}."
        )
    if details["whole"]:
        yield f"Proved: the personal details in it are the ones that were recorded. Entries: {details['whole']}."
    if history.compared:
        yield f"Proved: the chain agrees with the checkpoints kept elsewhere. Compared: {history.compared}."
    if details["erased"]:
        yield f"Not shown: personal details that were erased. Entries: {details['erased']}."
    if details["withheld"]:
        yield f"Not shown: personal details, for want of the right to see them. Entries: {details['withheld']}."
    if history.passed or len(ends) > 1 or history.first > 1:
        yield f"Not shown: what other entries say, so not whether one fits the view too. As digests: {history.passed}."
    if history.seen:
        yield f"Not in the chain: what was seen to change. Only the seal vouches for it. Lines: {history.seen}."
    if key is None:
        yield "Not proved: whose key it is. Compare it with the one you were given, or give it with --public-key."


def main() -> int:
    """Say what is proved and what is not; 0 when everything that was asked for is, else 1."""
    parser = argparse.ArgumentParser(description="Check an exported history of ccadmin.")
    parser.add_argument("file", metavar="FILE", help="the export, as JSON lines")
    parser.add_argument("--public-key", metavar="HEX", help="the key that must have signed it")
    parser.add_argument("--checkpoint", metavar="FILE", help="checkpoints that were kept elsewhere")
    asked = parser.parse_args()
    try:
        known = kept(asked.checkpoint)
        with Path(asked.file).open("rb") as file:
            history = read(file, known)
        if asked.public_key is not None and asked.public_key.strip().lower() != history.head["public_key"]:
            raise Fault(f"It is signed with another key than yours: {history.head['public_key']}")
        if asked.checkpoint is not None and not history.compared:
            raise Fault("None of the checkpoints kept elsewhere is of an entry that this file follows.")
    except (Fault, OSError) as problem:
        said, code = [f"NOT PROVED. {problem}"], 1
    else:
        said, code = [*sentences(history, key=asked.public_key)], 0
    # Whoever made up a file shall not write to the reader's screen as they like.
    shown = ["".join(each if each.isprintable() else "?" for each in line) for line in said]
    sys.stdout.buffer.write("".join(f"{line}\n" for line in shown).encode())
    return code


if __name__ == "__main__":
    raise SystemExit(main())

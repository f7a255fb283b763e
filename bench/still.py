"""Answers out of files: ``python -m bench.still FOLDER`` prints its port and serves what ``bench.sources`` recorded.

Whoever loads the pages reads the same bytes at the same pace, and no time of the emulator's is in any figure.
"""

import hashlib
import sys
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

EVERYTHING = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
#: The questions of a full walk, each with what its first page is asked by.
FIRST = {
    "/v3/account/summary": {},
    "/v3/contact_lists": {"status": "all", "limit": "500", "include_count": "true", "include_membership_count": "all"},
    "/v3/contact_tags": {"limit": "500"},
    "/v3/contact_custom_fields": {"limit": "100"},
    "/v3/contacts": {"status": "all", "limit": "500", "include": EVERYTHING, "include_count": "true"},
    "/v3/activities": {"limit": "500"},
}


def file_of(folder: Path, path: str, cursor: str) -> Path:
    """Where the answer to this question lies."""
    return folder / hashlib.sha256(f"{path} {cursor}".encode()).hexdigest()


def cursor_in(body: Any) -> str:
    """The cursor of the next page; "" on the last."""
    following = (body.get("_links") or {}).get("next") or {}
    return parse_qs(urlsplit(following.get("href", "")).query).get("cursor", [""])[0]


class Answer(BaseHTTPRequestHandler):
    """501 for a question that is not among the recorded ones: a run that asks it must not pass for a measured one."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        cursor = asked.pop("cursor", "")
        known = bool(cursor) or asked.items() <= FIRST.get(parts.path, {}).items()
        file = file_of(self.folder, parts.path, cursor)
        if known and file.exists():
            self._send("200 OK", file.read_bytes())
        else:
            self._send("501 Not Recorded", b"[]")

    def _send(self, status: str, body: bytes) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json;charset=UTF-8\r\n"
        head += f"Date: {formatdate(usegmt=True)}\r\nContent-Length: {len(body)}\r\n\r\n"
        # In one piece: a second one would wait for the other side to acknowledge the first.
        self.wfile.write(head.encode() + body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: standard error is for how the run gets on."""


def main(folder: str) -> None:
    handler = type("Answer", (Answer,), {"folder": Path(folder)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])

"""Fetch the browser files that others wrote, at pinned versions, checked by their hashes, into ``static/vendor/``.

    python tools/vendor.py            fetch, check against tools/vendor.lock.json, write
    python tools/vendor.py --check    only compare what is in static/vendor/ with the lock

The result is committed, so nobody needs npm to run ccadmin. For a new version, change it in the lock and empty its
"integrity": the next fetch fills it in, and the diff shows it. For another icon, add its name to the lock. npm decides
where packages come from.
"""

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "vendor.lock.json"
TARGET = ROOT / "static" / "vendor"
SVG = "{http://www.w3.org/2000/svg}"


class Mismatch(Exception):
    """What arrived, or what is on disk, is not what the lock says."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Fetch or check the vendored browser files.")
    parser.add_argument("--check", action="store_true", help="compare the files on disk with the lock; no network")
    options = parser.parse_args()
    lock = json.loads(LOCK.read_text())
    try:
        if not options.check:
            fetch(lock)
        check(lock)
    except (Mismatch, subprocess.CalledProcessError) as exc:
        print(exc, file=sys.stderr)
        return 1
    print(f"{len(lock['files'])} files match {LOCK.relative_to(ROOT)}.")
    return 0


def fetch(lock: dict[str, Any]) -> None:
    """Write every file under ``static/vendor/`` anew and record its hash in ``lock`` and in the lock file."""
    with tempfile.TemporaryDirectory() as folder:
        unpacked = {name: unpack(name, entry, Path(folder)) for name, entry in lock["packages"].items()}
    core, icons, chart = (unpacked[name] for name in ("@tabler/core", "@tabler/icons", "chart.js"))
    files = {
        "tabler/tabler.min.css": without_source_map(core["dist/css/tabler.min.css"]),
        "tabler-icons/sprite.svg": sprite(icons, **lock["icons"]),
        "tabler-icons/LICENSE": icons["LICENSE"],
        "chartjs/chart.umd.min.js": without_source_map(chart["dist/chart.umd.min.js"]),
        "chartjs/LICENSE.md": chart["LICENSE.md"],
    }
    for name, content in files.items():
        (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / name).write_bytes(content)
    lock["files"] = {name: digest(content, "sha256") for name, content in files.items()}
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")


def unpack(name: str, entry: dict[str, str], folder: Path) -> dict[str, bytes]:
    """The files of one npm package by path, after its integrity has been compared; an empty one is recorded."""
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{name}@{entry['version']}"]
    tarball = folder / subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    found = digest(tarball.read_bytes(), "sha512")
    if entry["integrity"] not in {"", found}:
        raise Mismatch(f"{name} {entry['version']} came as {found}, not as {entry['integrity']}. Nothing was written.")
    entry["integrity"] = found
    with tarfile.open(tarball) as archive:
        opened = ((member.name, archive.extractfile(member)) for member in archive)
        return {path.removeprefix("package/"): file.read() for path, file in opened if file}


def check(lock: dict[str, Any]) -> None:
    """Compare ``static/vendor/`` with the lock, both ways."""
    present = {path.relative_to(TARGET).as_posix() for path in TARGET.rglob("*") if path.is_file()} - {"README.md"}
    if present != lock["files"].keys():
        raise Mismatch(f"Files and lock differ: {', '.join(sorted(present ^ lock['files'].keys()))}.")
    changed = [name for name, known in lock["files"].items() if digest((TARGET / name).read_bytes(), "sha256") != known]
    if changed:
        raise Mismatch(f"Changed since they were fetched: {', '.join(changed)}.")


def digest(content: bytes, algorithm: str) -> str:
    """The hash in the form npm and browsers write it: ``sha512-<base64>``."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def without_source_map(content: bytes) -> bytes:
    """The file without its pointer to a map that is not here, on which hashed static names would fail."""
    return re.sub(rb"\n?(/\*|//)# sourceMappingURL=[^*\n]*(\*/)?\s*$", b"\n", content)


def sprite(icons: dict[str, bytes], *, outline: list[str], filled: list[str]) -> bytes:
    """One SVG with a symbol per icon; a filled one is named ``<icon>-filled``."""
    root = ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg")
    for name in outline:
        add_symbol(root, name, icons[f"icons/outline/{name}.svg"])
    for name in filled:
        add_symbol(root, f"{name}-filled", icons[f"icons/filled/{name}.svg"], fill="currentColor", stroke="none")
    return ElementTree.tostring(root) + b"\n"


def add_symbol(root: ElementTree.Element, name: str, source: bytes, **paint: str) -> None:
    symbol = ElementTree.SubElement(root, "symbol", {"id": name, "viewBox": "0 0 24 24", **paint})
    for shape in ElementTree.fromstring(source):
        if shape.get("d") == "M0 0h24v24H0z":
            continue
        shape.tag = shape.tag.removeprefix(SVG)
        shape.tail = None
        symbol.append(shape)


if __name__ == "__main__":
    sys.exit(main())

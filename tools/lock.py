"""Resolve pyproject.toml into requirements/*.txt again: ``python -m tools.lock [--upgrade]``, in short ``make lock``.

Pins that still fit stay as they are; only ``--upgrade`` moves them.
"""

import sys
import tomllib
from pathlib import Path

from tools.bootstrap import Checkout, Stop, alone, attempt, give_up, private_uv, say, uv_environment

OPTIONS = ("--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header")
RUN = ("-c", "requirements/run.txt")
DEV = ("-c", "requirements/dev.txt")
EXTRAS = ("--extra", "postgres", "--extra", "redis")
OVERRIDE = ("--override", ".tools/override.txt")

# Each file, the oldest Python it serves, and what goes into it. Production is resolved first and holds the rest to
# its versions, so the tests run on what production runs on.
FILES = {
    "run": ("3.12", "pyproject.toml"),
    "postgres": ("3.12", "pyproject.toml", "--extra", "postgres", *RUN),
    "redis": ("3.12", "pyproject.toml", "--extra", "postgres", "--extra", "redis", *RUN),
    "dev": ("3.12", "pyproject.toml", *EXTRAS, "--group", "dev", *RUN, *OVERRIDE),
    "bench": ("3.12", "pyproject.toml", *EXTRAS, "--group", "dev", "--group", "bench", *DEV, *OVERRIDE),
    "build": ("3.12", "requirements/build.in", "--no-annotate"),
    "uv": ("3.8", "requirements/uv.in", "--no-annotate"),
}  # fmt: skip


def lock(here: Checkout, *, upgrade: bool) -> None:
    """Write every lock file again; raises Stop with the reason where one cannot be resolved."""
    uv, env = private_uv(here), uv_environment(here)
    # uv reads [tool.uv] only together with the configuration of whoever runs it, and that is switched off.
    project = tomllib.loads((here.root / "pyproject.toml").read_text("utf-8"))
    (here.tools / "override.txt").write_text("\n".join(project["tool"]["uv"]["override-dependencies"]), "utf-8")
    for name, (python, *source) in FILES.items():
        target = f"requirements/{name}.txt"
        say(f"Resolving {target}.")
        command = [uv, "pip", "compile", *OPTIONS, "--python-version", python, "-o", target, *source]
        ok, output = attempt(here, [*command, *(["--upgrade"] if upgrade else [])], env)
        if not ok:
            give_up(here, f"{target} could not be resolved", output)


def main(arguments: list[str]) -> int:
    here = Checkout(Path(__file__).resolve().parent.parent)
    try:
        with alone(here):
            lock(here, upgrade="--upgrade" in arguments)
    except Stop as problem:
        say(f"Stopped. {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

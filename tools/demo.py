"""The demo: an imitation of Constant Contact, the site, its worker, and a year of invented data. ``make demo``.

Everything lives in a folder of its own under var/, made anew each time, with keys made for this run. Nothing of the
settings in the environment reaches it, so it can never touch a real account. CCADMIN_DEMO_PORT chooses the site's
port (8000), CCADMIN_DEMO_CC_PORT that of the imitation (8765); 0 takes any free one. Ctrl-C ends all of it.
"""

import os
import secrets
import shutil
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import requests
from cryptography.fernet import Fernet

from emulator.assembly import CLIENT_ID
from emulator.story.ground import COOKERY
from tools.demo_children import Children, Died, ToldToEnd
from tools.demo_door import Door, local_session
from tools.demo_people import ORLA, PEOPLE
from tools.demo_walk import Lost, Visitor
from tools.run import ROOT

HOST = "127.0.0.1"
WORDS = ("anchor", "barley", "cinnamon", "damson", "fennel", "harbour", "kettle", "lantern", "nutmeg", "sourdough")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# At Constant Contact these two own the accounts.
OWNERS = ("orla@cookery.example.org", "ruth@theatre.example.net")


class CannotStart(Exception):
    """The demo cannot start; the text says why and what to do."""


@dataclass(frozen=True)
class Demo:
    """One run: where it listens, where it keeps its data, and its secrets."""

    site_port: int
    cc_port: int
    password: str
    client_secret: str

    @property
    def site(self) -> str:
        return f"http://{HOST}:{self.site_port}"

    @property
    def cc(self) -> str:
        return f"http://{HOST}:{self.cc_port}"

    @property
    def folder(self) -> Path:
        """Each port has its own, relative to the checkout, so two demos at once do not meet."""
        return Path("var", f"demo-{self.site_port}")

    def environment(self) -> dict[str, str]:
        """Ours without any setting of ccadmin's, and then the demo's settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CCADMIN_", "CC_"))}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "ccadmin.settings",
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": f"sqlite:///{self.folder}/ccadmin.sqlite3",
            "CCADMIN_CHECKPOINT_DIR": f"{self.folder}/checkpoints",
            "CCADMIN_DEMO": "1",
            "CCADMIN_ALLOW_LOOPBACK": "1",
            "CCADMIN_BASE_URL": self.site,
            "CCADMIN_EXTRA_HOSTS": "localhost",
            "CCADMIN_SECRET_KEY": secrets.token_urlsafe(50),
            "CCADMIN_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "CC_CLIENT_ID": CLIENT_ID,
            "CC_CLIENT_SECRET": self.client_secret,
            "CC_API_BASE": f"{self.cc}/v3",
            "CC_AUTHORIZE_URL": f"{self.cc}/oauth2/default/v1/authorize",
            "CC_TOKEN_URL": f"{self.cc}/oauth2/default/v1/token",
        }


def main() -> int:
    """0 when somebody ended the demo, 1 when it could not go on."""
    began = time.monotonic()
    try:
        demo = from_environment()
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    shutil.rmtree(ROOT / demo.folder, ignore_errors=True)
    children = Children(make_folder(ROOT / demo.folder))
    for number in SIGNALS:
        signal.signal(number, children.tell_to_end)
    try:
        set_up(demo, children)
        print(welcome(demo, seconds=time.monotonic() - began), flush=True)
        children.wait_until(lambda: False)
    except ToldToEnd:
        print("\nThe demo has ended. Nothing of it runs any more.", flush=True)
        return 0
    except (Died, Lost, requests.RequestException) as problem:
        print(f"The demo stopped. {problem}", file=sys.stderr, flush=True)
        return 1
    finally:
        children.end()
    return 0


def from_environment() -> Demo:
    """Raises CannotStart when a port is no number, or taken."""
    site, cc = free_port("CCADMIN_DEMO_PORT", 8000), free_port("CCADMIN_DEMO_CC_PORT", 8765)
    if site == cc:
        raise CannotStart("CCADMIN_DEMO_PORT and CCADMIN_DEMO_CC_PORT are the same; each needs its own.")
    password = f"{secrets.choice(WORDS)}-{secrets.choice(WORDS)}-{secrets.randbelow(9000) + 1000}"
    return Demo(site, cc, password, secrets.token_urlsafe(32))


def free_port(variable: str, usual: int) -> int:
    """The port that the variable names; for 0, one that is free right now. Raises CannotStart."""
    wanted = os.environ.get(variable, "") or str(usual)
    if not wanted.isdecimal() or int(wanted) > 65535:
        raise CannotStart(f"{variable} is a port, 0 to 65535, not {wanted!r}.")
    try:
        return listen_once(int(wanted))
    except OSError as problem:
        reason = os.strerror(problem.errno or 0).lower()
        raise CannotStart(
            f"The demo cannot listen on port {wanted} ({reason}); perhaps it runs already. End what uses the port, or "
            f"choose another:\n    {variable}={listen_once(0)} make demo"
        ) from problem


def listen_once(port: int) -> int:
    """The port when it can be listened on, a free one for 0. Raises OSError."""
    with socket.create_server((HOST, port)) as listener:
        return int(listener.getsockname()[1])


def make_folder(folder: Path) -> Path:
    """The demo's folder, for its owner only, and in it the one for logs; that one is returned."""
    folder.mkdir(mode=0o700, parents=True)
    logs = folder / "log"
    logs.mkdir()
    return logs


def set_up(demo: Demo, children: Children) -> None:
    """Start everything and play the story. Raises Died, ToldToEnd, Lost or requests.RequestException."""
    environment = demo.environment()
    print("Starting an imitation of Constant Contact, the site and its worker.", flush=True)
    children.start("emulator", emulator(demo), environment)
    children.run("database", ["-m", "tools.demo_story", "begin"], environment | {"DEMO_PASSWORD": demo.password})
    children.start("site", site(demo), environment)
    children.wait_until(lambda: answers(f"{demo.cc}/_control") and answers(f"{demo.site}/healthz"))
    door = Door(f"{demo.cc}/_control")
    # Tokens outlast the story's year; afterwards they live a day again.
    door.tell("application", expires_in=400 * 86_400)
    orla = Visitor(demo.site, email=ORLA.email, password=demo.password)
    for owner in OWNERS:
        orla.link(owner)
    print("Both accounts are linked. Playing the year, so that there is something to remember.", flush=True)
    quick = {"CC_CALLS_PER_SECOND": "1000", "DEMO_CONTROL": f"{demo.cc}/_control"}
    children.run("story", ["-m", "tools.demo_story", "tell"], environment | quick)
    children.start("worker", ["manage.py", "worker"], environment)


def emulator(demo: Demo) -> list[str]:
    limits = ["--calls-per-second", "0", "--calls-per-day", "0", "--put-mode", "strict", "--activity-seconds", "3"]
    back = f"{demo.site}/accounts/constantcontact/callback/"
    secret = ["--client-secret", demo.client_secret, "--redirect-uri", back]
    return ["-m", "emulator", "--host", HOST, "--port", str(demo.cc_port), "--control", "--story", *secret, *limits]


def site(demo: Demo) -> list[str]:
    listen = ["--bind", f"{HOST}:{demo.site_port}", "--worker-class", "gthread", "--threads", "8"]
    return ["-m", "gunicorn", "ccadmin.wsgi", "--no-control-socket", *listen]


def answers(address: str) -> bool:
    """Whether somebody answers there with 200."""
    with local_session() as session:
        try:
            return session.get(address, timeout=5).ok
        except requests.RequestException:
            return False


def welcome(demo: Demo, *, seconds: float) -> str:
    """What a newcomer needs to know."""
    people = "\n".join(f"    {each.email:<28}{each.name}, {each.role}" for each in PEOPLE)
    return f"""
Ready after {seconds:.0f} s. Open {demo.site}/

Sign in as any of these, all with the password {demo.password}
{people}

Try first, as Anna: press /, paste an address, Enter.
    maeve.doyle@example.net      deleted with 3,011 others; one click brings her back
    brian.kelly@example.org      opted out before that: only he can come back
    aoife.byrne@example.org      deleted again and again, and put back each time by another program
    conor.hartigan@example.com   on every list there is
    niamh.redmond@example.org    never confirmed her sign-up
Or paste what a sign-up form says to Maeve:
    {refusal(demo)}

Then, as Marek: Home, Look into it, and plan to bring all of them back. It is more people than one person may decide
on, so Marek tries five and asks; Dermot, in another browser or a private window, sees it on Home and approves it.

Everyone here is invented. Constant Contact is imitated at {demo.cc}, data and logs are in {demo.folder}.
Ctrl-C ends all of it.
"""


def refusal(demo: Demo) -> str:
    """The 409 that Constant Contact gives to whoever adds Maeve again."""
    maeve = Door(f"{demo.cc}/_control").ask("contact", account=COOKERY, email="maeve.doyle@example.net")
    return f"409 Conflict: Email already exists for contact {maeve['contact_id']}"


if __name__ == "__main__":
    sys.exit(main())

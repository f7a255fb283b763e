"""Several workers at the same post: every mail is sent once, on either database."""

import json
from pathlib import Path

from tests.emulation import running_emulator
from tests.installation import Installation
from tests.test_connect_processes import run_together

MAKE = """
from contacts import alerts
from contacts.models import Access, Alert, LinkedAccount, User
account = LinkedAccount.objects.create(slug="harbour", encoded_account_id="a07", name="Harbour")
for number in range(6):
    user = User.objects.create_user(f"boss{number}@example.org")
    Access.objects.create(user=user, account=account, role="manager")
for kind in (Alert.Kind.SPIKE, Alert.Kind.BUDGET):
    for key in range(4):
        alerts.notice(account, kind, key=str(key), spike=1)
"""

POST = """
import threading
from django.conf import settings
from django.utils import timezone
place = {"file_path": sys.argv[3]}
settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": place}}
from contacts.services import digest, letters
letters.make_out()
digest.make_out(timezone.now())
letters.send_due(stop=threading.Event(), seconds=60)
"""

WORK = """
import io
from django.conf import settings
from django.core.management import call_command
from contacts.models import LinkedAccount
place = {"file_path": sys.argv[1]}
settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": place}}
LinkedAccount.objects.update(state="unlinked")
for _ in range(2):
    call_command("worker", once=True, stdout=io.StringIO())
"""

LOOK = """
from contacts.models import Letter
from contacts.services import letters
letters_sent = Letter.objects.exclude(sent_at=None).exclude(attempts__gt=1).count()
print(json.dumps([Letter.objects.count(), letters_sent, letters.waiting()]))
"""


def test_six_workers_at_once_send_every_mail_once(tmp_path):
    line, post = tmp_path / "line", tmp_path / "post"
    line.mkdir()
    with running_emulator() as emulation:
        installation = Installation(emulation)
        try:
            installation.run(MAKE)
            run_together(installation, POST.replace("sys.argv[3]", json.dumps(str(post))), 6, line)
            counted = installation.run(LOOK)
        finally:
            installation.remove()
    # An account linked just now has had no week yet.
    assert counted == [48, 48, False]
    lines = [line for path in Path(post).iterdir() for line in path.read_text().splitlines()]
    told = sorted(line for line in lines if line.startswith("To: "))
    # Workers who share a person's letters send them in two mails, but no alert twice.
    assert set(told) == {f"To: boss{number}@example.org" for number in range(6)}
    assert sum("Look into it: http" in line for line in lines) == 24


def test_a_worker_s_turn_tells_what_was_noticed_and_the_next_one_nothing(tmp_path):
    with running_emulator() as emulation:
        installation = Installation(emulation)
        try:
            installation.run(MAKE)
            installation.run(WORK, str(tmp_path))
            counted = installation.run(LOOK)
        finally:
            installation.remove()
    assert counted == [48, 48, False]
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    # Four alerts of one kind are one mail.
    assert text.count("To: boss") == 12
    assert text.count("Subject: Harbour: Many deleted at once (4)") == 6

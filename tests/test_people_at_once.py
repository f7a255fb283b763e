"""Admins who act in the same moment, each in a process of their own: an account is never left without one."""

import pytest

from tests.emulation import running_emulator
from tests.installation import Installation
from tests.test_connect_processes import run_together

SETTLE = """
from contacts.models import Access, LinkedAccount, User
account = LinkedAccount.objects.create(slug="harbour", encoded_account_id="a07", name="Harbour")
for number in range(4):
    user = User.objects.create_user(f"admin{number}@example.org", "correct horse", last_login="2036-01-01T00:00:00Z")
    Access.objects.create(user=user, account=account, role="admin")
"""
LEFT = """
from contacts import audit
from contacts.models import Access, AuditChain, AuditEntry
chain = AuditChain.objects.get()
print(json.dumps([Access.objects.current().filter(role="admin").count(), AuditEntry.objects.count(),
                  audit.verify(chain) is None]))
"""
ACT = """
from contacts.models import Access, User
from contacts.rules.refusal import Refused
from contacts.rules.roles import Role
from contacts.services import people
mine = len([each for each in start_line.iterdir() if int(each.name) < os.getpid()])
users = list(User.objects.order_by("pk"))
roles = Access.objects.select_related("user", "account")
by = users[mine]
try:
    {act}
    print("done")
except (Refused, Access.DoesNotExist):
    print("refused")
"""
ACTS = {
    "remove": "people.remove(roles.get(user=users[(mine + 1) % 4]), by=by)",
    "shut out": "people.deactivate(roles.get(user=users[(mine + 1) % 4]), by=by)",
    "step down": "people.change(roles.get(user=by), role=Role.VIEWER, expires_at=None, by=by)",
}


@pytest.mark.parametrize("act", ACTS)
def test_four_admins_at_once_leave_one_at_least(act, tmp_path):
    with running_emulator() as emulation:
        installation = Installation(emulation)
        try:
            installation.run(SETTLE)
            said = run_together(installation, ACT.format(act=ACTS[act]), 4, tmp_path)
            left, entries, whole = installation.run(LEFT)
        finally:
            installation.remove()
    done = sum("done" in each for each in said)
    assert left == 4 - done >= 1
    assert (entries, whole) == (done, True)
    assert act != "step down" or left == 1

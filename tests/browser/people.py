"""Who may sign in to the site under test, and who is in the account that it shows."""

from contacts.rules.roles import Role

PASSWORD = "correct horse"
ANNA, VERA, ADA = "anna@example.org", "vera@example.org", "ada@example.org"
MAREK, DERMOT = "marek@example.org", "dermot@example.org"
WHO = {ANNA: Role.AGENT, VERA: Role.VIEWER, MAREK: Role.MARKETER, DERMOT: Role.MANAGER, ADA: Role.ADMIN}

# Deleted, and nothing against bringing them back. Each test that changes somebody has one of its own.
MAEVE = "maeve.doyle@example.net"
ROSA = "rosa.quinn@example.net"
PIA = "pia.lang@example.com"
LENA = "lena.voss@example.com"
UNA = "una.brandt@example.com"
# Brought back before the browser came, so that the history has something to show.
IDA = "ida.holm@example.org"
DELETED = (MAEVE, ROSA, PIA, LENA, UNA, IDA)
# Deleted in the same quarter of an hour: enough to be a spike.
CROWD = tuple(f"gone{number:02d}@example.org" for number in range(25))
# Opted out in September, deleted with the others.
BRIAN = "brian.kelly@example.org"

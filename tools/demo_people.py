"""Who may sign in to the demo: one for each role of the product guide (section 5.9)."""

from dataclasses import dataclass

from contacts.rules.consent import Basis
from contacts.rules.roles import Role


@dataclass(frozen=True)
class Person:
    """Somebody at Harbour Street Cookery, and perhaps at Quay Side Theatre too.

    ``usual_basis`` is the consent basis they chose last, which the page remembers; most have never chosen one.
    """

    name: str
    role: Role
    theatre: bool = False
    usual_basis: str = ""

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@cookery.example.org"


PEOPLE = (
    Person("Anna Ng", Role.AGENT, theatre=True, usual_basis=Basis.ASKED_DIRECTLY),
    Person("Marek Nowak", Role.MARKETER),
    Person("Dermot Lacey", Role.MANAGER, theatre=True),
    Person("Orla Fagan", Role.ADMIN, theatre=True),
    Person("Vera Lund", Role.VIEWER),
)
# She runs this installation, links both accounts, and so becomes their admin.
ORLA = next(each for each in PEOPLE if each.role == Role.ADMIN)
# He deletes somebody who is put back by another program at once.
MAREK = next(each for each in PEOPLE if each.role == Role.MARKETER)

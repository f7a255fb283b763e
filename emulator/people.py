"""Users of the imitated Constant Contact accounts, and what each role may do (CC reference, section 3.12)."""

from dataclasses import dataclass
from enum import StrEnum

READING = ("contacts:read", "contacts:lists:read", "account:read", "ui:campaign:metrics")
WRITING = ("contacts:write", "contacts:lists:write", "account:update")
CAMPAIGNS = ("campaign:create", "campaign:read", "campaign:update")

# Only the number of campaign:create has ever been seen (CC reference, section 16); the others are invented.
PRIVILEGE_IDS = {
    "campaign:create": 30,
    "campaign:read": 31,
    "campaign:update": 32,
    "contacts:read": 40,
    "contacts:write": 41,
    "contacts:lists:read": 42,
    "contacts:lists:write": 43,
    "account:read": 50,
    "account:update": 51,
    "ui:campaign:metrics": 60,
}


class Role(StrEnum):
    """The three roles of a Constant Contact user. Only the first two reach contacts."""

    OWNER = "Account Owner"
    MANAGER = "Account Manager"
    CREATOR = "Campaign Creator"


PRIVILEGES: dict[Role, tuple[str, ...]] = {
    Role.OWNER: CAMPAIGNS + READING + WRITING,
    Role.MANAGER: CAMPAIGNS + READING + WRITING,
    Role.CREATOR: (*CAMPAIGNS, "contacts:lists:read", "account:read"),
}


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who can sign in to one account at Constant Contact."""

    login: str
    name: str
    role: Role
    account_id: str
    account_name: str
    number: int

    @property
    def privileges(self) -> tuple[str, ...]:
        """Names of the privileges that come with the role."""
        return PRIVILEGES[self.role]

"""The two invented accounts of the demo: their users, lists, tags and custom fields (product guide, section 5.10)."""

from datetime import UTC, datetime, timedelta
from random import Random

from emulator.errors import JSON
from emulator.making import Maker
from emulator.people import Role, User

COOKERY = "a07e6hsc2026"
THEATRE = "a07e6qst2026"
OPENED = datetime(2019, 2, 4, 9, tzinfo=UTC)

ACCOUNTS: list[JSON] = [
    {
        "encoded_account_id": COOKERY,
        "organization_name": "Harbour Street Cookery",
        "first_name": "Orla",
        "last_name": "Fagan",
        "contact_email": "hello@example.org",
        "contact_phone": "020 910 0001",
        "organization_phone": "020 910 0002",
        "country_code": "ie",
        "state_code": "",
        "time_zone_id": "Europe/Dublin",
        "website": "https://cookery.example.org",
        "physical_address": {"address_line1": "12 Harbour Street", "city": "Dún Laoghaire", "country_code": "IE"},
        "confirmed_opt_in": True,
    },
    {
        "encoded_account_id": THEATRE,
        "organization_name": "Quay Side Theatre",
        "first_name": "Ruth",
        "last_name": "Adler",
        "contact_email": "boxoffice@example.net",
        "contact_phone": "020 910 0003",
        "organization_phone": "020 910 0003",
        "country_code": "ie",
        "state_code": "",
        "time_zone_id": "Europe/Dublin",
        "website": "https://theatre.example.net",
        "physical_address": {"address_line1": "1 Quay Side", "city": "Kinsale", "country_code": "IE"},
    },
]


def _user(login: str, name: str, role: Role, *, account: JSON, number: int) -> User:
    names = {"account_id": account["encoded_account_id"], "account_name": account["organization_name"]}
    return User(login=login, name=name, role=role, number=number, **names)


USERS = (
    _user("orla@cookery.example.org", "Orla Fagan", Role.OWNER, account=ACCOUNTS[0], number=100101),
    _user("dermot@cookery.example.org", "Dermot Lacey", Role.MANAGER, account=ACCOUNTS[0], number=100102),
    _user("cian@cookery.example.org", "Cian Walsh", Role.CREATOR, account=ACCOUNTS[0], number=100103),
    _user("ruth@theatre.example.net", "Ruth Adler", Role.OWNER, account=ACCOUNTS[1], number=100201),
)

# Twelve lists live at the end of the story. Summer 2024 is the thirteenth: somebody tidies it away on 18 November,
# after its former members were deleted with the others.
DEAD_LIST = "Summer 2024"
LISTS = {
    "Newsletter": "Once a month, everybody",
    "Course alerts": "New dates, on the day they open",
    "Wholesale": "Cafés and shops",
    "Gala 2026": "Invitees",
    "Gift vouchers": "Bought or got one",
    "Supper club": "Last Friday of the month",
    "Kids in the kitchen": "Parents",
    "Corporate days": "Companies that asked",
    "Market stall": "Signed up on paper",
    "Press and friends": "",
    "Volunteers": "",
    "Christmas hampers": "Ordered in 2024 or 2025",
    DEAD_LIST: "Summer school",
}
TAGS = ("cookery-club", "vegetarian", "coeliac", "regular", "press", "wholesale-2025")
FIELDS = {"Diet": "string", "Favourite course": "string", "First visit": "date", "Voucher balance": "currency"}


class Ground:
    """What is in the accounts before anybody comes: ids by name, and everything as ``State.load`` takes it."""

    def __init__(self, *, shift: timedelta) -> None:
        self._maker = Maker(Random("Harbour Street Cookery, lists"), shift=shift)  # noqa: S311 (invented data)
        self.lists = [self._list(name, text) for name, text in LISTS.items()]
        self.tags = [self._named("tag_id", name) | {"tag_source": "Contact"} for name in TAGS]
        self.fields = [self._field(label, kind) for label, kind in FIELDS.items()]
        self.list_ids = {each["name"]: each["list_id"] for each in self.lists}
        self.tag_ids = {each["name"]: each["tag_id"] for each in self.tags}
        self.field_ids = {each["label"]: each["custom_field_id"] for each in self.fields}
        self.theatre_lists = [self._list("Season news", "What is on") | {"account": THEATRE}]

    def _list(self, name: str, description: str) -> JSON:
        described = {"description": description} if description else {}
        return self._named("list_id", name) | described | {"favorite": name == "Newsletter"}

    def _field(self, label: str, kind: str) -> JSON:
        named = self._named("custom_field_id", label.lower().replace(" ", "_"))
        return named | {"label": label, "type": kind, "version": 1}

    def _named(self, key: str, name: str) -> JSON:
        times = {"created_at": self._maker.stamp(OPENED), "updated_at": self._maker.stamp(OPENED)}
        return {"account": COOKERY, key: self._maker.new_id(OPENED), "name": name} | times

"""The people the demo names, each a lesson (product guide, section 5.10)."""

from datetime import UTC, datetime

from emulator.story.cast import Cast, Event, Person, opt_out
from emulator.story.ground import DEAD_LIST


def characters(made: Cast) -> None:
    """Everybody with a name of their own. They come first, so that their addresses are theirs."""
    _maeve(made)
    _brian(made)
    _returning(made)
    _conor(made)
    _niamh(made)
    _barry(made)
    _roche(made)


def _maeve(made: Cast) -> None:
    """Deleted, and nothing against bringing her back."""
    maeve = made.add(
        "swept",
        datetime(2023, 3, 3, 10, 12, tzinfo=UTC),
        made.join(datetime(2026, 1, 12, 16, 40, tzinfo=UTC), ("Newsletter", "Course alerts")),
        made.sweep(),
        lists=("Newsletter",),
        permission="implicit",
        address="maeve.doyle@example.net",
        first_name="Maeve",
        last_name="Doyle",
        job_title="Baker",
        company_name="Doyle & Daughters",
        birthday_month=4,
        birthday_day=17,
    )
    _furnish(made, maeve)


def _brian(made: Cast) -> None:
    """Opted out himself, deleted later: only he can come back."""
    made.add(
        "swept opted out",
        datetime(2022, 5, 9, 12, 30, tzinfo=UTC),
        opt_out(datetime(2026, 9, 2, 19, 24, tzinfo=UTC), reason="Too many emails"),
        made.sweep(),
        lists=("Newsletter", "Course alerts"),
        address="brian.kelly@example.org",
        first_name="Brian",
        last_name="Kelly",
    )


def _conor(made: Cast) -> None:
    """On every list there is."""
    made.add(
        "active",
        datetime(2020, 9, 1, 11, tzinfo=UTC),
        lists=[name for name in made.ground.list_ids if name != DEAD_LIST],
        permission="explicit",
        address="conor.hartigan@example.com",
        first_name="Conor",
        last_name="Hartigan",
    )


def _niamh(made: Cast) -> None:
    """Signed up 41 days before the story's Saturday and never confirmed."""
    made.add(
        "awaiting",
        datetime(2026, 10, 11, 18, 22, tzinfo=UTC),
        lists=("Newsletter",),
        permission="pending_confirmation",
        source="Contact",
        address="niamh.redmond@example.org",
        first_name="Niamh",
        last_name="Redmond",
    )


def _barry(made: Cast) -> None:
    """Active, and taken off his last list."""
    made.add(
        "active",
        datetime(2021, 6, 14, 10, tzinfo=UTC),
        made.join(datetime(2026, 11, 2, 15, 5, tzinfo=UTC), ()),
        lists=("Market stall",),
        address="b.keane@example.com",
        first_name="Barry",
        last_name="Keane",
    )


def _roche(made: Cast) -> None:
    """Opts out the day after the deletion."""
    made.add(
        "unsubscribed",
        datetime(2022, 11, 8, 9, tzinfo=UTC),
        opt_out(datetime(2026, 11, 18, 22, 1, tzinfo=UTC)),
        lists=("Newsletter",),
        address="c.roche@example.com",
        last_name="Roche",
    )


def _furnish(made: Cast, person: Person) -> None:
    """Everything a contact can have, so that a preview can show that nothing is lost."""
    came, contact = person.came, person.contact
    contact["custom_fields"] = made.field_values(
        {"Diet": "vegetarian", "Favourite course": "Sourdough", "First visit": "2023-03-02"}
    )
    contact["phone_numbers"] = [made.maker.phone(came)]
    contact["street_addresses"] = [made.maker.street_address(came)]
    contact["taggings"] = [made.ground.tag_ids["cookery-club"]]
    contact["notes"] = [made.maker.note(came, "Teaches the Saturday sourdough class with us.")]


def _returning(made: Cast) -> None:
    """Aoife and two more: taken off by hand, put back by the till when it next synced. Aoife twice."""
    lists = ("Newsletter", "Course alerts", "Supper club")
    for address, first, last, turns in (
        ("aoife.byrne@example.org", "Aoife", "Byrne", ((6, 12, 7, 30), (10, 28, 11, 12))),
        ("ultan.geraghty@example.org", "Ultan", "Geraghty", ((10, 20, 11, 10),)),
        ("sile.tuohy@example.net", "Síle", "Tuohy", ((10, 22, 11, 14),)),
    ):
        events = []
        for gone_month, gone_day, back_month, back_day in turns:
            events.append(Event(datetime(2026, gone_month, gone_day, 10, 5, tzinfo=UTC), "delete"))
            form = {"email_address": address, "list_memberships": made.list_ids(lists)}
            events.append(Event(datetime(2026, back_month, back_day, 3, 12, tzinfo=UTC), "sign_up", form))
        came = datetime(2021, 4, 20, 17, tzinfo=UTC)
        made.add("came back", came, *events, lists=lists, address=address, first_name=first, last_name=last)

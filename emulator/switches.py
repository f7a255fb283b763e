"""What nobody knows about the real service, as switches (CC reference, section 20).

Each default is the one that section suggests; each alternative is another way the real service might behave. A
client that is right under every setting is right whatever the truth is. Open questions that are not marked there
have one fixed behaviour, named where it happens.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any


def _switch(default: str | bool, *choices: str, question: str) -> Any:
    return field(default=default, metadata={"choices": choices or ("true", "false"), "question": question})


@dataclass
class Switches:
    """The settings in force. ``set`` checks names and values; unknown ones raise ValueError with the choices."""

    put_mode: str = _switch(
        "documented", "documented", "strict", question="Subresources left out of a PUT: kept (documented) or nulled"
    )
    revive_without_lists: bool = _switch(True, question="1: a PUT on a deleted contact without lists revives it")
    optout_put: str = _switch(
        "ignored",
        "ignored",
        "accepted",
        "refused",
        question="3: a PUT that opts in a contact who opted out: 200 but still unsubscribed, accepted, or 400",
    )
    lists_on_unsubscribed: str = _switch(
        "ignored", "ignored", "kept", question="4: lists that a PUT adds to an unsubscribed contact"
    )
    delete_moves_updated_at: bool = _switch(True, question="12: deleting and restoring move updated_at")
    delete_drops_tags: bool = _switch(False, question="Deleting a contact takes its tags away")
    bulk_opted_out: str = _switch(
        "ignored",
        "ignored",
        "revived",
        "added",
        question="5: unsubscribed contacts in add_list_memberships: left as they are; brought back when they were"
        " deleted, but on no list; brought back and put on the lists. They stay unsubscribed",
    )
    activity_error_lines: str = _switch(
        "named",
        "named",
        "counted",
        "none",
        question="activity_errors: a line per contact with its id, a line per reason with a number, nothing",
    )
    bulk_moves_updated_at: bool = _switch(True, question="An activity that changes lists or tags moves updated_at")
    import_revives: bool = _switch(True, question="23: an import brings a deleted contact back")
    import_blanks: str = _switch(
        "ignored", "ignored", "erase", question="An empty value in an import: ignored, or it erases what was there"
    )
    import_duplicates: str = _switch(
        "last", "last", "first", question="Rows of one address in one import: each after the other, or only the first"
    )
    import_opted_out: str = _switch(
        "updated",
        "updated",
        "untouched",
        question="23: an import of somebody who opted out, who stays so and is put on no list: brought back when"
        " deleted and changed in what is sent, or left as it is",
    )
    import_unknown_choice: str = _switch(
        "refused",
        "refused",
        "dropped",
        question="A text in an import that is no choice of its custom field: its row is an error, or goes in without",
    )
    unknown_choice: str = _switch(
        "kept",
        "kept",
        "refused",
        question="Ids in a POST or PUT that are no choice of their custom field: kept, or 400",
    )
    import_person_count: str = _switch(
        "rows", "rows", "imported", question="person_count of an import: its rows without the header, or who went in"
    )
    import_moves_updated_at: bool = _switch(True, question="An import that changes a contact moves updated_at")
    retry_after_header: bool = _switch(False, question="17: 429 carries Retry-After: 1")
    refused_calls_count: bool = _switch(True, question="18: refused calls count against the day")
    conflict_text: str = _switch(
        "with_id",
        "with_id",
        "validation_with_id",
        "not_unique",
        question="24: the text of a 409: with the contact's id, the older text with it, or the oldest without",
    )
    write_answer: str = _switch(
        "filled",
        "filled",
        "whole",
        "core",
        question="Subresources in the answers of POST and PUT: those that are not empty (as recorded), all, or none",
    )
    limits_by_clock: bool = _switch(
        False, question="The limit per second follows the emulator's clock (for tests with a frozen clock)"
    )

    def set(self, name: str, value: str | bool) -> None:
        """Set one switch from its text ("true", "strict") or value. Raises ValueError."""
        known = {each.name: each for each in fields(self)}
        if name not in known:
            raise ValueError(f"There is no switch {name!r}. Known: {', '.join(sorted(known))}.")
        text = str(value).lower()
        choices = known[name].metadata["choices"]
        if text not in choices:
            raise ValueError(f"{name} is one of {', '.join(choices)}, not {value!r}.")
        setattr(self, name, text == "true" if known[name].type is bool else text)

    def as_dict(self) -> dict[str, str | bool]:
        return asdict(self)

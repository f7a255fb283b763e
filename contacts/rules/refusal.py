"""What is said when a change is not made: one sentence for a person, and a type for whoever catches it."""


class Refused(Exception):
    """A change that is not sent. ``advice`` says what happened, what is still true and what to do.

    It may quote Constant Contact, so what no page and no database can hold is taken out of it.
    """

    def __init__(self, advice: str) -> None:
        super().__init__(advice)
        self.advice = advice.replace("\x00", "").encode("utf-8", "replace").decode()


class CannotKeep(Refused):
    """Something the contact has cannot be sent back as it is, so sending the rest might clear or alter it."""


class WouldLose(Refused):
    """The body leaves out something the contact has."""


class WouldChange(Refused):
    """The body says something that was neither read nor asked for."""


class WouldWiden(Refused):
    """The body would mail a person who did not agree to it, or claims another permission than was read."""

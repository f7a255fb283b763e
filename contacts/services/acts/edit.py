"""Lists and tags given or taken; nobody is brought back by it, and nobody who opted out is added to a list."""

from contacts.models import Write
from contacts.rules.editing import Thing, Way, edited, held, refusal
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.services.acts.act import JSON, Living, Put, refuse_drift, standing_of, whole_body


class Edit(Put):
    """One PUT that changes the lists or the tags alone, by the ids the write wishes for."""

    def __init__(self, thing: Thing, way: Way, *, right: Right) -> None:
        self.thing, self.way, self.right = thing, way, right
        self.fields: tuple[str, ...] = (str(thing),)

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """The whole PUT body. Refuses what the rules refuse, a drift since the preview, and nothing to do."""
        wish = write.lists if self.thing == Thing.LISTS else write.tags
        body = edit_body(write, remote, wish, self.thing, self.way, living or Living(write.account))
        refuse_drift(write, remote)
        return body


def edit_body(write: Write, remote: JSON, wish: list[str], thing: Thing, way: Way, living: Living) -> JSON:
    """The contact as read, with its lists or tags changed. Raises Refused with the rule that is in the way."""
    edit = edited(held(remote, thing), wish, way)
    alive = living.lists if thing == Thing.LISTS else living.tags
    problem = refusal(standing_of(write, remote), edit, thing, way, alive=alive)
    if problem:
        raise Refused(problem)
    if thing == Thing.LISTS:
        return whole_body(remote, lists=edit.after)
    return whole_body(remote, tags=edit.after)

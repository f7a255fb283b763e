"""Taking a proved change back, only while the contact is exactly what that change made of it (faults W12)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from contacts.models import Write
from contacts.rules.editing import Thing, Way, held
from contacts.rules.refusal import Refused
from contacts.rules.roles import Right
from contacts.rules.undo import may_undo
from contacts.rules.verdict import judge
from contacts.services.acts.act import JSON, Act, Delete, Living, Put, standing_of, whole_body
from contacts.services.acts.edit import edit_body


@dataclass(frozen=True)
class UndoReactivation(Delete):
    """Active back to deleted; somebody created ends like that too, because Constant Contact erases nobody."""

    right: Right

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """Nothing is sent with a DELETE. Refuses when anybody changed the contact since."""
        _before(write, remote)
        return {}


@dataclass(frozen=True)
class UndoEdit(Put):
    """The lists or the tags as they were before, everything else as it was read."""

    right: Right
    thing: Thing

    @property
    def fields(self) -> tuple[str, ...]:
        """What it touches."""
        return (str(self.thing),)

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """The whole PUT body. A list or tag that was deleted meanwhile cannot be given back, so it is refused."""
        wish = list(held(_before(write, remote), self.thing))
        return edit_body(write, remote, wish, self.thing, Way.EXACTLY, living or Living(write.account))


@dataclass(frozen=True)
class UndoDeletion(Put):
    """Deleted back to active, on the lists and with the tags from before that still exist: a reactivation."""

    right: Right
    fields = ("deleted_at", "list_memberships", "taggings")

    def body(self, write: Write, remote: JSON, living: Living | None = None) -> JSON:
        """The whole PUT body, if the verdict allows a reactivation and one of the lists still exists."""
        before = _before(write, remote)
        verdict = judge(standing_of(write, remote))
        if not verdict.may_reactivate:
            raise Refused(verdict.refusal)
        living = living or Living(write.account)
        lists = [each for each in held(before, Thing.LISTS) if each in living.lists]
        if not lists:
            raise Refused(
                "No list that the contact was on still exists, and Constant Contact brings a contact back by adding "
                "it to a list. Nothing was sent. Reactivate it and choose a list."
            )
        kept = held(remote, Thing.TAGS)
        tags = [*kept, *(each for each in held(before, Thing.TAGS) if each in living.tags and each not in kept)]
        return whole_body(remote, lists=lists, tags=tags, revive=True)


def _before(write: Write, remote: JSON) -> JSON:
    """The contact before the change that is undone. Raises Refused when it cannot be taken back cleanly."""
    done = write.undoes
    if done is None or done.state not in Write.PROVED or done.intent is None or done.outcome is None:
        raise Refused("There is no proved change to undo. Nothing was sent.")
    asked, ended = done.intent.told(), done.outcome.told()
    if asked is None or ended is None:
        raise Refused("The details of that change were erased, so it cannot be undone cleanly. Nothing was sent.")
    problem = may_undo(done.kind, ended["after"], remote)
    if problem:
        raise Refused(problem)
    before: JSON = asked["before"]
    return before


UNDOING: dict[str, Callable[[Right], Act]] = {
    Write.Kind.REACTIVATE: UndoReactivation,
    Write.Kind.LISTS: partial(UndoEdit, thing=Thing.LISTS),
    Write.Kind.ADD_LISTS: partial(UndoEdit, thing=Thing.LISTS),
    Write.Kind.REMOVE_LISTS: partial(UndoEdit, thing=Thing.LISTS),
    Write.Kind.ADD_TAGS: partial(UndoEdit, thing=Thing.TAGS),
    Write.Kind.REMOVE_TAGS: partial(UndoEdit, thing=Thing.TAGS),
    Write.Kind.DELETE: UndoDeletion,
    Write.Kind.CREATE: UndoReactivation,
}

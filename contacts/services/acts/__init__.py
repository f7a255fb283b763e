"""What each kind of change asks of the write path: its body, how it is sent, and when it counts as done."""

from contacts.models import Write
from contacts.rules.editing import Thing, Way
from contacts.rules.roles import Right
from contacts.services.acts.act import Act, Living, seen_digest
from contacts.services.acts.deletion import Deletion
from contacts.services.acts.edit import Edit
from contacts.services.acts.newcomer import Creation, SignUp
from contacts.services.acts.reactivation import Reactivation
from contacts.services.acts.resubscription import Resubscription
from contacts.services.acts.undo import UNDOING
from contacts.services.acts.unsubscription import Unsubscription

__all__ = [
    "ACTS",
    "Act",
    "Creation",
    "Deletion",
    "Edit",
    "Living",
    "Reactivation",
    "SignUp",
    "act_of",
    "seen_digest",
]

ACTS: dict[str, Act] = {
    Write.Kind.REACTIVATE: Reactivation(),
    Write.Kind.LISTS: Edit(Thing.LISTS, Way.EXACTLY, right=Right.EDIT_LISTS),
    Write.Kind.ADD_LISTS: Edit(Thing.LISTS, Way.ADD, right=Right.BULK),
    Write.Kind.REMOVE_LISTS: Edit(Thing.LISTS, Way.REMOVE, right=Right.BULK),
    Write.Kind.ADD_TAGS: Edit(Thing.TAGS, Way.ADD, right=Right.BULK),
    Write.Kind.REMOVE_TAGS: Edit(Thing.TAGS, Way.REMOVE, right=Right.BULK),
    Write.Kind.DELETE: Deletion(),
    Write.Kind.CREATE: Creation(),
    Write.Kind.SIGN_UP: SignUp(),
    Write.Kind.RESUBSCRIBE: Resubscription(),
    Write.Kind.UNSUBSCRIBE: Unsubscription(),
}


def act_of(write: Write) -> Act:
    """The act of one change; that of an undo depends on what it undoes, and it needs the same right."""
    if write.kind != Write.Kind.UNDO:
        return ACTS[write.kind]
    undone = write.undoes.kind if write.undoes else Write.Kind.REACTIVATE
    return UNDOING[undone](ACTS[undone].right)

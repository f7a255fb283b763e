"""Whether a row of a file names somebody who is being erased just now, while it is still known what names them."""

from collections.abc import Sequence

from contacts.connect.marks import open_words
from contacts.models import Erasure, LinkedAccount
from contacts.services.traces import Words


def being_erased(account: LinkedAccount) -> list[Words]:
    """What names those whose erasure still knows it. One query. Raises CannotOpen."""
    rows = Erasure.objects.filter(account=account, state=Erasure.State.ERASING).exclude(terms="")
    return [Words.of_sealed(open_words(account, terms)) for terms in rows.values_list("terms", flat=True)]


def names(words: Words, texts: Sequence[str], address_key: str) -> bool:
    """By an address, by the id; by the full name only where no address says that it is somebody else's."""
    return bool((words.sent if address_key else words.typed).search(" ".join(texts)))

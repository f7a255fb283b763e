"""Who joined a list before our eyes, as the database finds them by an index."""

from django.db.models import BooleanField, F, Func


class Joined(Func):
    """Whether a stay began while we looked: nobody who was there when we first looked, nobody a file told us of.

    A database takes an index on a part of a table only for a query with the very same text, so it has no parameters.
    """

    template = "%(expressions)s IN ('seen', 'us')"

    def __init__(self) -> None:
        super().__init__(F("began_how"), output_field=BooleanField())

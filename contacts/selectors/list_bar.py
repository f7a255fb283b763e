"""Who of a list can be mailed and who cannot, as one bar: each piece with its word, its number and its place."""

from dataclasses import dataclass

from contacts.rules.words import count, listed
from contacts.selectors.list_table import Tally
from contacts.selectors.lists import WHYS

#: In percent: a piece of one person among thousands is drawn so wide that it can be seen.
NARROWEST = 1.5


@dataclass(frozen=True)
class Piece:
    """One part of the bar. ``kind`` is empty for those who can be mailed; ``x`` and ``width`` are percent."""

    kind: str
    label: str
    meaning: str
    number: int
    share: float
    x: float
    width: float

    @property
    def look(self) -> str:
        """The name of its pattern and colour."""
        return self.kind.replace("_", "-") or "active"


@dataclass(frozen=True)
class Bar:
    """The pieces from left to right, and the same in a sentence."""

    pieces: list[Piece]
    sentence: str


def bar(tally: Tally) -> Bar:
    """The bar of a list with at least one member; reasons that apply to nobody are left out."""
    named = [("", "Can be mailed", "", tally.members.get("active", 0))]
    named += [(kind, why.label, why.meaning, tally.members.get(kind, 0)) for kind, why in WHYS.items()]
    present = [each for each in named if each[3]]
    wide = [max(100 * number / tally.now, NARROWEST) for *_, number in present]
    pieces, x = [], 0.0
    for (kind, label, meaning, number), raw in zip(present, wide, strict=True):
        width = 100 * raw / sum(wide)
        pieces.append(Piece(kind, label, meaning, number, 100 * number / tally.now, x, width))
        x += width
    return Bar(pieces, _sentence(tally, pieces))


def _sentence(tally: Tally, pieces: list[Piece]) -> str:
    cannot = [f"{piece.number:,} {WHYS[piece.kind].said}" for piece in pieces if piece.kind]
    if not cannot:
        return f"All {tally.now:,} can be mailed." if tally.now > 1 else "The one member can be mailed."
    able = tally.members.get("active", 0)
    return f"Of {count(tally.now, 'member')} {able:,} can be mailed and {tally.cannot:,} cannot: {listed(cannot)}."

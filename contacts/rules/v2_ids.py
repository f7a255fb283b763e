"""Reading V2 ids out of what somebody pastes, and what asking about them costs."""

import re
from dataclasses import dataclass

MOST = 10_000
PER_CALL = 500
#: What was read of a text at most: ten thousand numbers of 18 digits, each with its line's end.
MOST_CHARACTERS = 250_000
_NUMBER = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class Pasted:
    """The numbers in ascending order, each once, and how many words were none."""

    sequence_ids: list[int]
    left_out: int


def parse(text: str) -> Pasted:
    """Numbers between blanks, commas or semicolons, also in quotes, as a column of a spreadsheet gives them."""
    words = [word.strip("\"'\ufeff") for word in re.split(r"[\s,;]+", text)]
    words = [word for word in words if word]
    numbers = [int(word) for word in words if _NUMBER.fullmatch(word)]
    return Pasted(sorted({each for each in numbers if each}), len(words) - len(numbers))


def calls(number: int) -> int:
    """How many calls so many ids take."""
    return -(-number // PER_CALL)

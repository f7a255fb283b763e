"""Old exports as memory: compared first, learned in turns, taken back as a whole.

``begin`` takes a file that ``services.files`` keeps; the worker carries each step on. What was learned stays when the
file's rows are gone; ``forget`` takes it back.
"""

from contacts.services.seeds.asking import answer, begin, discard, erase, forget, forget_old, learn, match, read_again
from contacts.services.seeds.showing import Standing, brought, seed_page
from contacts.services.seeds.walking import carry_on, due

__all__ = [
    "Standing",
    "answer",
    "begin",
    "brought",
    "carry_on",
    "discard",
    "due",
    "erase",
    "forget",
    "forget_old",
    "learn",
    "match",
    "read_again",
    "seed_page",
]

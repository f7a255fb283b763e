"""The one place that judges: why an address is refused or unreachable, and what may be done about it."""

from dataclasses import dataclass
from datetime import date

from contacts.rules.memory import FormerList, Memory
from contacts.rules.sentences import OTHERS_MAY, YOU_MAY, not_here, odd_words, opted_out_on, sentence
from contacts.rules.standing import Standing
from contacts.rules.state import MAILABLE_AGAIN, Act, State, state_of
from contacts.rules.texts import TEXTS, Text
from contacts.rules.words import day

__all__ = ["Act", "FormerList", "Memory", "State", "Verdict", "judge"]

_SUFFIXES = {"explicit": "(express)", "implicit": "(implied)"}


@dataclass(frozen=True)
class Verdict:
    """What one address is told. ``state`` is also the badge; ``refusal`` is empty exactly when ``may_reactivate``.

    ``reply`` still has ``{form_link}`` in it: ``texts.reply_with`` fills it. ``suffix`` belongs to the badge of an
    active contact. ``may`` is the short answer to "may I?".
    """

    state: State
    label: str
    suffix: str
    headline: str
    sentence: str
    may_reactivate: bool
    may: str
    refusal: str
    act: Act
    act_label: str
    reply: str
    why: str


def judge(
    standing: Standing | None,
    *,
    memory: Memory | None = None,
    query: str = "",
    today: date | None = None,
    reader_acts: bool = True,
) -> Verdict:
    """Judge a contact, or the absence of one. Never raises, whatever Constant Contact sent.

    ``standing`` None means that Constant Contact has no such contact, asked with every status. Times in ``memory``
    and dates in ``standing`` are told as they are given: hand them over in the reader's zone. ``reader_acts``
    is whether the reader's role may reactivate at all.
    Source: product guide 2b; CC reference, sections 1 and 18.
    """
    if standing is None:
        return _verdict(State.NOT_HERE, Standing(), not_here(query))
    state = state_of(standing)
    paragraph = sentence(state, standing, memory or Memory(), today=today)
    if not reader_acts:
        paragraph = paragraph.replace(YOU_MAY, OTHERS_MAY)
    return _verdict(state, standing, paragraph, memory or Memory())


def may_reactivate(standing: Standing) -> bool:
    """Whether we may bring this contact back: deleted, agreed once, and no opt-out in the record or in our memory."""
    return (
        state_of(standing) == State.DELETED
        and standing.permission in MAILABLE_AGAIN
        and not standing.opted_out
        and standing.once_opted_out is None
    )


def _verdict(state: State, standing: Standing, paragraph: str, memory: Memory | None = None) -> Verdict:
    text = TEXTS[state]
    allowed = may_reactivate(standing)
    words = _Words(standing, memory or Memory(), text)
    choose = allowed and not any(each.alive for each in words.memory.former)
    return Verdict(
        state=state,
        label=text.label,
        suffix=_SUFFIXES.get(standing.permission, "") if state in (State.ACTIVE, State.ON_NO_LIST) else "",
        headline=text.headline,
        sentence=paragraph,
        may_reactivate=allowed,
        may="needs a choice" if choose else text.may,
        refusal="" if allowed else words.fill(text.refusal),
        act=text.act,
        act_label=text.act_label,
        reply=words.fill(text.reply),
        why=words.fill(text.why),
    )


@dataclass(frozen=True)
class _Words:
    """What the texts of a state leave open, except the sign-up link, which only the account knows."""

    standing: Standing
    memory: Memory
    text: Text

    def fill(self, template: str) -> str:
        when = self.memory.asked_on if self.standing.awaiting else opted_out_on(self.standing)
        filled = template.replace("{date}", f" on {day(when)}" if when else "")
        return filled.replace("{label}", self.text.label).replace("{odd}", odd_words(self.standing))

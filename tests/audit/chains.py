"""Histories as the product writes them: acts with an intent and an end, refusals, jobs, what was seen, erasures."""

import uuid

from contacts import audit
from contacts.audit.erasing import drop_payloads, erase_payloads
from contacts.models import AuditChain, AuditEntry, AuditPayload

Outcome = AuditEntry.Outcome
ENDS = (Outcome.CONFIRMED, Outcome.DIFFERS, Outcome.REJECTED, Outcome.APPLIED, Outcome.NOT_APPLIED, Outcome.DRIFTED)
WORDS = ("plain", "Zoë", "日本語", "😀", "a\tb", '"quoted"', "back\\slash", "\u2028", "", "x" * 300)


def random_history(account, by, chance, *, acts):
    """Append so many acts of random kinds to the account's chain, checkpoints in between, and erase some details."""
    for number in range(acts):
        chance.choice([_act, _act, _refusal, _job, _seen, _note])(account, by, chance)
        if number % 5 == 4:
            audit.checkpoint(chain_of(account))
    sealed = AuditPayload.objects.filter(entry__account=account).order_by("entry__sequence")
    if chance.random() < 0.8:
        some = [each.pk for each in sealed if chance.random() < 0.2]
        target = str(uuid.UUID(int=chance.getrandbits(128)))
        erase_payloads(account, AuditPayload.objects.filter(pk__in=some), by=by, target=target, detail={"request": 1})
    if chance.random() < 0.8:
        kept_long = {each.pk: each.entry.sequence for each in sealed.select_related("entry")[:3]}
        if kept_long:
            drop_payloads(account, kept_long, months=24)
    _act(account, by, chance)
    _refusal(account, by, chance)
    audit.checkpoint(chain_of(account))


def chain_of(account):
    return AuditChain.objects.get(name=audit.chain_name(account))


def _payload(chance):
    return {"address": f"p{chance.randrange(10**6)}@example.org", "note": chance.choice(WORDS)}


def _detail(chance):
    lists = [str(uuid.UUID(int=number)) for number in range(chance.randrange(4))]
    return {"write": chance.randrange(10**6), "lists": lists, "tags": [str(uuid.UUID(int=9))][: chance.randrange(2)]}


def _act(account, by, chance):
    """An intent and how it ended, at once or after a doubt."""
    detail, target = _detail(chance), str(uuid.UUID(int=chance.getrandbits(128)))
    basis = chance.choice(["", "phone"])
    intent = audit.record(
        "add_lists", Outcome.INTENDED, by=by, account=account, payload=_payload(chance), detail=detail, target=target
    )
    ends = [Outcome.UNKNOWN] if chance.random() < 0.3 else []
    for end in [*ends, chance.choice(ENDS)]:
        audit.record(
            "add_lists", end, by=by, account=account, payload=_payload(chance), begins=intent, basis=basis,
            detail=detail, target=target, http_status=chance.choice([None, 200, 400]), fields=["lists"],
        )  # fmt: skip


def _refusal(account, by, chance):
    reason = chance.choice(WORDS)
    audit.record("reactivate", Outcome.REFUSED, by=by, account=account, reason=reason, detail={"evidence": False})


def _job(account, by, chance):
    """People of a job: a bulk activity, their intents, its end, theirs."""
    job, activity = chance.randrange(1, 99), {"activity": chance.randrange(10**6)}
    facts = [audit.Facts(job=job, detail=_detail(chance) | activity) for _ in range(chance.randrange(1, 4))]
    intents = [audit.Draft("add_tags", Outcome.INTENDED, _payload(chance), each) for each in facts]
    entries = audit.record_all(intents, by=by, account=account)
    audit.record("activity", Outcome.INTENDED, by=by, account=account, job=job, detail=activity)
    audit.record("activity", Outcome.DONE, by=by, account=account, job=job, detail=activity)
    ends = [audit.Draft("add_tags", chance.choice(ENDS), None, audit.Facts(begins=each, job=job)) for each in entries]
    audit.record_all(ends, by=by, account=account)


def _seen(account, by, chance):
    sure = chance.choice(["contact", "account", "likely", "unknown"])
    audit.record("seen_lists", Outcome.SEEN, by=None, account=account, sure=sure, detail=_detail(chance))


def _note(account, by, chance):
    audit.record("list_note", Outcome.DONE, by=by, account=account, fields=["note"], payload=_payload(chance))

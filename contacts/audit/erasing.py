"""Taking the personal part of entries away. The entries stay, and so does what their hashes vouch for.

What is taken away is written down in the same transaction, so that ``verify`` can tell it from a loss.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from contacts.audit.chain import JSON
from contacts.audit.recording import chain_name, record
from contacts.models import AuditChain, AuditEntry, AuditPayload, LinkedAccount, User

DONE = AuditEntry.Outcome.DONE


@transaction.atomic
def erase_payloads(
    account: LinkedAccount,
    payloads: QuerySet[AuditPayload],
    *,
    by: User | None,
    target: str,
    detail: JSON,
    payload: JSON | None = None,
) -> AuditEntry:
    """Delete these payloads of the account with their salts, and append the entry ``erase`` that names their entries.

    Its detail gets ``sequences``: ranges of their numbers, [first, last] each, and ``payloads``: how many.
    """
    hold(account)
    found = dict(payloads.filter(entry__account=account).values_list("pk", "entry__sequence"))
    told = {"sequences": ranges(found.values()), "payloads": len(found)}
    entry = record("erase", DONE, by=by, account=account, target=target, detail=detail | told, payload=payload)
    AuditPayload.objects.filter(pk__in=list(found)).delete()
    return entry


@transaction.atomic
def drop_payloads(account: LinkedAccount, payloads: dict[int, int], *, months: int) -> AuditEntry:
    """Delete payloads that were kept long enough, and append the entry ``retention``.

    ``payloads`` are their keys with their entries' numbers; the entry's detail says ``through`` which number and how
    many ``payloads``.
    """
    hold(account)
    detail = {"through": max(payloads.values()), "payloads": len(payloads), "months": months}
    entry = record("retention", DONE, by=None, account=account, detail=detail)
    AuditPayload.objects.filter(pk__in=list(payloads)).delete()
    return entry


def hold(account: LinkedAccount) -> AuditChain:
    """The account's chain, locked until the transaction ends: nobody appends to it meanwhile."""
    name = chain_name(account)
    AuditChain.objects.bulk_create([AuditChain(name=name)], ignore_conflicts=True)
    return AuditChain.objects.select_for_update().get(name=name)


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers as [first, last] of each unbroken row of them."""
    made: list[list[int]] = []
    for number in sorted(numbers):
        if made and made[-1][1] == number - 1:
            made[-1][1] = number
        else:
            made.append([number, number])
    return made

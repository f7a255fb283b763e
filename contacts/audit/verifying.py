"""Walking a chain from its first entry, to see whether every entry is the one that was written."""

import hmac
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Max

from contacts.audit.chain import COLUMNS, START, clear_row, commitment, digest, hash_after
from contacts.audit.checkpoints import Signed
from contacts.audit.explaining import Explanations
from contacts.audit.faults import Fault, Kind
from contacts.audit.intents import oddities
from contacts.audit.recording import is_part, words_of
from contacts.models import AuditChain, AuditCheckpoint, AuditMark

#: So many numbers are checked at once.
PORTION = 1_000
_SEALED = ("payload__salt", "payload__body")
_BEGUN = ("begins__chain_id", "begins__outcome", "begins__sequence")

Row = dict[str, Any]


class Walk:
    """One walk along a chain, in portions, from wherever an earlier one came to.

    ``sequence`` and ``head`` are the last entry that was found whole and its hash, ``good_until`` the last signed
    checkpoint on the way. ``fault`` ends the walk. ``finding`` does not: it is the first beginning and end that do
    not fit, which the chain itself vouches for. ``outside`` are the checkpoints that are kept elsewhere.
    """

    def __init__(
        self,
        chain: AuditChain,
        *,
        sequence: int = 0,
        head: str = START,
        good_until: int | None = None,
        outside: Sequence[Signed] = (),
    ) -> None:
        self.chain, self.sequence, self.head, self.good_until = chain, sequence, head, good_until
        self.fault: Fault | None = None
        self.finding: Fault | None = None
        self._outside = outside
        self._explanations = Explanations(chain)
        # The keys of the rows grow with their numbers; the last one found whole, once it is known.
        self._key = chain.entries.filter(sequence=sequence).aggregate(key=Max("pk"))["key"] or 0

    def step(self) -> bool:
        """Check the next portion. False once there is nothing more to check: ``fault`` says how it ended."""
        # In this order: whatever the first two tell of was committed before the rows are read.
        now = AuditChain.objects.get(pk=self.chain.pk)
        last = self.chain.entries.aggregate(last=Max("sequence"))["last"] or 0
        rows = self._rows() if last > self.sequence or not self.sequence else []
        if rows:
            self._check(rows)
        elif last > self.sequence:
            self._stop(self.sequence + 1, Kind.MISSING, f"Entry {self.sequence + 1:,} is missing.")
        else:
            self._check_end(now)
            return False
        return self.fault is None

    def _rows(self) -> list[Row]:
        rows = self.chain.entries.filter(sequence__lte=self.sequence + PORTION).order_by("sequence", "pk")
        if self.sequence:
            rows = rows.filter(sequence__gt=self.sequence)
        return list(rows.values("id", *COLUMNS, "part", "previous_hash", "hash", *_SEALED, *_BEGUN))

    def _check(self, rows: list[Row]) -> None:
        """Go on to the end of the rows, or to the first fault."""
        first, last = self.sequence, self.sequence + PORTION
        words, signed = self._words(first, last), self._signed(first, last)
        gone = [row["sequence"] for row in rows if row["payload_digest"] and row["payload__body"] is None]
        unexplained = set(self._explanations.unexplained(gone))
        whole = []
        for row in rows:
            number = row["sequence"]
            found = self._problem(row) or _filed_wrongly(row, words[number])
            if not found and number in unexplained:
                found = (Kind.PAYLOAD, f"The details of entry {number:,} are gone, and no later entry says why.")
            if found:
                self._stop(self.sequence + 1, *found)
                break
            self.sequence, self.head, self._key = number, row["hash"], row["id"]
            whole.append(row)
            if problem := next(self._disagreeing(signed[number]), None):
                self._stop(number, Kind.CHECKPOINT, problem)
                break
            self.good_until = number if signed[number] else self.good_until
        if self.finding is None and (odd := next(oddities(self.chain, whole), None)):
            self.finding = Fault(self.chain.name, odd[0], odd[1], Kind.INTENT)

    def _problem(self, row: Row) -> tuple[Kind, str] | None:
        """What is wrong with the entry by itself, and as the one that follows the last."""
        expected = self.sequence + 1
        if row["sequence"] != expected:
            if row["sequence"] > expected:
                return Kind.MISSING, f"Entry {expected:,} is missing."
            return Kind.MISSING, f"There is an entry that was put in before entry {expected:,}."
        if row["previous_hash"] != self.head:
            return Kind.CHANGED, f"Entry {expected:,} does not follow the one before it."
        if row["hash"] != hash_after(self.head, digest(clear_row(self.chain.name, row))):
            return Kind.CHANGED, f"Entry {expected:,} was changed after it was written."
        if row["id"] <= self._key:
            return Kind.MISSING, f"Entry {expected:,} stands at another place than where it was written."
        if row["payload__body"] is not None and not _is_committed(row):
            return Kind.PAYLOAD, f"The details of entry {expected:,} are not the ones that were recorded."
        return None

    def _words(self, first: int, last: int) -> dict[int, set[tuple[int, str]]]:
        """Number to what the entry can be found by; the first portion has everything below it too."""
        marks = AuditMark.objects.filter(entry__chain=self.chain, entry__sequence__gt=first, entry__sequence__lte=last)
        found: dict[int, set[tuple[int, str]]] = defaultdict(set)
        for number, account, word in marks.values_list("entry__sequence", "account_id", "word"):
            found[number].add((account, word))
        return found

    def _signed(self, first: int, last: int) -> dict[int, list[tuple[Signed, bool]]]:
        """Number to its checkpoints, and whether each is the one in the database."""
        rows = AuditCheckpoint.objects.filter(chain=self.chain, sequence__gt=first, sequence__lte=last)
        found: dict[int, list[tuple[Signed, bool]]] = defaultdict(list)
        for row in rows:
            found[row.sequence].append((Signed.of(row, self.chain.name), True))
        for each in self._outside:
            if first < each.sequence <= last:
                found[each.sequence].append((each, False))
        return found

    def _disagreeing(self, signed: list[tuple[Signed, bool]]) -> Iterator[str]:
        """What is wrong with the checkpoints of the entry that was just found whole."""
        number = f"{self.sequence:,}"
        since = f"after {self.good_until:,}" if self.good_until else "from its first entry"
        for each, _ in signed:
            if not each.is_ours:
                yield f"The checkpoint at {number} is not signed by a key that this installation trusts."
            elif each.chain != self.chain.name or each.hash != self.head:
                yield f"The history was written anew, somewhere {since}: the checkpoint at {number} tells of another."
        if signed and not any(inside for _, inside in signed):
            yield f"The checkpoint at {number} was taken out of the database. Its copy outside is there."

    def _check_end(self, now: AuditChain) -> None:
        """The head must be the last entry, and no checkpoint may tell of more."""
        if now.sequence != self.sequence:
            problem = f"The chain ends at entry {self.sequence:,}, but its head says {now.sequence:,}."
            self._stop(min(now.sequence, self.sequence) + 1, Kind.HEAD, problem)
        elif now.head != self.head:
            self._stop(self.sequence, Kind.HEAD, "The head of the chain is not the hash of its last entry.")
        elif beyond := self._beyond():
            number = max(each.sequence for each in beyond)
            problem = f"The history was rolled back from {number:,} to {self.sequence:,}."
            if not all(each.is_ours for each in beyond):
                problem = f"A checkpoint at {number:,} is not signed by a key that this installation trusts."
            self._stop(self.sequence + 1, Kind.ROLLED_BACK, problem)

    def _beyond(self) -> list[Signed]:
        """Checkpoints of entries that are not there; the head is read after them, for it may have moved on."""
        rows = list(AuditCheckpoint.objects.filter(chain=self.chain, sequence__gt=self.sequence))
        now = AuditChain.objects.get(pk=self.chain.pk).sequence
        inside = [Signed.of(row, self.chain.name) for row in rows if row.sequence > now]
        return inside + [each for each in self._outside if each.sequence > self.sequence]

    def _stop(self, sequence: int, kind: Kind, problem: str) -> None:
        self.fault = Fault(self.chain.name, sequence, problem, kind)


def verify(chain: AuditChain, *, outside: Sequence[Signed] = ()) -> Fault | None:
    """Walk one chain from its first entry; None when it is whole and every intent in it has its end.

    Finds an entry that was edited, taken out, put in or swapped, details that are not the ones recorded or are gone
    without a reason, and a head that does not fit. What was cut off together with the head, or written anew with
    fresh hashes, is found by a checkpoint; by one of ``outside`` when those in the database went with it.
    """
    walk = Walk(chain, outside=outside)
    while walk.step():
        pass
    return walk.fault or walk.finding


def _is_committed(row: Row) -> bool:
    try:
        return hmac.compare_digest(row["payload_digest"], commitment(row["payload__salt"], row["payload__body"]))
    except zlib.error:
        return False


def _filed_wrongly(row: Row, found: set[tuple[int, str]]) -> tuple[Kind, str] | None:
    """Whether the entry is found by other words than its clear part says."""
    if row["part"] != is_part(row["action"], row["job"]):
        return Kind.WORDS, f"Entry {row['sequence']:,} is folded otherwise than it says."
    if not found and not row["detail"]:
        return None
    account, detail = row["account_id"], row["detail"]
    said = {(account, word) for word in words_of(detail)} if account is not None else set()
    if row["action"] == "reactivate" and "evidence" not in detail:
        # Before marks were, only the details said it; the migration that made them has read it there.
        found = found - {(account, "evidence:no")}
    if found == said:
        return None
    return Kind.WORDS, f"Entry {row['sequence']:,} is found by other words than it says."

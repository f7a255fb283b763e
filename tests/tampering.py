"""What somebody with the database file could do to the history, each in one function that takes its chance.

Every tampering returns a word about what it did, and raises NothingToDo when there was nothing to do it to.
"""

import hashlib
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, models
from django.db.models import F, Max

from contacts.audit.chain import COLUMNS, canonical, clear_row, hash_after
from contacts.audit.checkpoints import Signed
from contacts.models import AuditChain, AuditCheckpoint, AuditEntry, AuditMark, AuditPayload

TRIGGERS = """SELECT tgname, tgrelid::regclass::text FROM pg_trigger
              WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'contacts_audit%'"""
FAR = 1_000_000


class NothingToDo(Exception):
    """There is no row that this could be done to."""


def without_triggers():
    """Take away what keeps the database from changing the history."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'contacts_audit%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute(TRIGGERS)
            for name, table in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name} ON {table}")


def sql(statement, *params):
    """Run a statement, past every model."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def rehash(chain, since, *, head=True):
    """Give every entry from a number on a fresh hash, as if it had always been so."""
    previous = chain.entries.filter(sequence=since - 1).values_list("hash", flat=True).first() or "0" * 64
    for row in list(chain.entries.filter(sequence__gte=since).order_by("sequence").values("id", *COLUMNS)):
        digest = hashlib.sha256(canonical(clear_row(chain.name, row))).digest()
        fresh = hash_after(previous, digest)
        chain.entries.filter(pk=row["id"]).update(previous_hash=previous, hash=fresh)
        previous = fresh
    if head:
        last = chain.entries.aggregate(last=Max("sequence"))["last"]
        AuditChain.objects.filter(pk=chain.pk).update(sequence=last, head=previous)


def cut(chain, since, *, with_head, with_checkpoints):
    """Take away every entry from a number on."""
    gone = AuditEntry.objects.filter(chain=chain, sequence__gte=since)
    _forget(gone)
    if with_checkpoints:
        AuditCheckpoint.objects.filter(chain=chain, sequence__gte=since).delete()
    if with_head:
        last = chain.entries.order_by("-sequence").first()
        AuditChain.objects.filter(pk=chain.pk).update(sequence=last.sequence, head=last.hash)


def _forget(entries):
    keys = list(entries.values_list("pk", flat=True))
    for rows in (AuditPayload, AuditMark):
        rows.objects.filter(entry__in=keys).delete()
    _raw_delete(AuditEntry, keys)


def _raw_delete(model, keys):
    """Past Django's own protection of what others point to."""
    model.objects.filter(pk__in=keys)._raw_delete(model.objects.db)


def _some(chance, rows):
    rows = list(rows)
    if not rows:
        raise NothingToDo
    return chance.choice(rows)


def _entry(chance):
    return _some(chance, AuditEntry.objects.select_related("chain").order_by("pk"))


def _other(chance, field, value):
    """Another value that the column could hold."""
    if isinstance(field, models.ForeignKey):
        keys = field.related_model.objects.exclude(pk=value).order_by("pk").values_list("pk", flat=True)
        return _some(chance, [*keys, *([None] if field.null and value is not None else [])])
    if isinstance(field, models.JSONField):
        return [*value, "more"] if isinstance(value, list) else value | {"more": chance.randrange(99)}
    if isinstance(field, models.DateTimeField):
        return value + timedelta(microseconds=chance.choice([-1, 1, 60_000_000]))
    if isinstance(field, models.BinaryField):
        place = chance.randrange(len(value))
        return bytes(value[:place]) + bytes([value[place] ^ 1 << chance.randrange(8)]) + bytes(value[place + 1 :])
    if isinstance(field, models.BooleanField):
        return chance.choice([each for each in (True, False, None) if each is not value])
    if isinstance(field, models.IntegerField):
        return (value or 0) + chance.choice([1, 7, 30_000])
    if chance.random() < 0.3 and value:
        return value[:-1]
    return f"{value or ''}0"[-(field.max_length or 99) :] if f"{value}0"[-1:] != value else "1"


def _edit(chance, row, leave):
    fields = [each for each in row._meta.concrete_fields if each.attname not in leave]
    field = chance.choice(fields)
    before = getattr(row, field.attname)
    after = _other(chance, field, before)
    if after == before:
        raise NothingToDo
    type(row).objects.filter(pk=row.pk).update(**{field.attname: after})
    return f"{field.attname} of {type(row).__name__} {row.pk}: {before!r} -> {after!r}"


def edit_an_entry(chance):
    # A key is not part of what was written, only the order of the keys is: see move_a_key.
    return _edit(chance, _entry(chance), {"id"})


def edit_details(chance):
    return _edit(chance, _some(chance, AuditPayload.objects.order_by("pk")), {"id"})


def edit_a_mark(chance):
    return _edit(chance, _some(chance, AuditMark.objects.order_by("pk")), {"id"})


def edit_a_head(chance):
    return _edit(chance, _some(chance, AuditChain.objects.order_by("pk")), {"id"})


def edit_a_checkpoint(chance):
    # When a copy was made is not signed: it is written after the signature.
    return _edit(chance, _some(chance, AuditCheckpoint.objects.order_by("pk")), {"id", "exported_at"})


def move_a_key(chance):
    """Exchange the keys of two entries, so that they stand in each other's place on the pages."""
    one = _entry(chance)
    other = _some(chance, one.chain.entries.exclude(pk=one.pk).order_by("pk"))
    _exchange(AuditEntry, one.pk, other.pk, "id", FAR)
    return f"{one.pk} and {other.pk}"


def delete_an_entry(chance):
    entry = _entry(chance)
    if chance.random() < 0.5:
        _forget(AuditEntry.objects.filter(pk=entry.pk))
    else:
        _raw_delete(AuditEntry, [entry.pk])
    return f"{entry.pk}"


def insert_an_entry(chance):
    """A copy of an entry: at the end, before the first, or in between with all after it moved on."""
    entry, end = _entry(chance), chance.random()
    chain = entry.chain
    if end < 0.3:
        entry.sequence = chain.entries.aggregate(last=Max("sequence"))["last"] + 1
    elif end < 0.5:
        entry.sequence = 0
    else:
        entry.sequence = chance.randrange(1, chain.sequence + 1)
        later = chain.entries.filter(sequence__gte=entry.sequence)
        later.update(sequence=F("sequence") + FAR)
        chain.entries.filter(sequence__gte=FAR).update(sequence=F("sequence") - FAR + 1)
    last = chain.entries.order_by("-sequence").first()
    entry.pk, entry.previous_hash = None, chance.choice([last.hash, f"{chance.getrandbits(256):064x}"])
    if chain.entries.filter(previous_hash=entry.previous_hash).exists():
        raise NothingToDo
    row = {name: getattr(entry, name) for name in COLUMNS}
    entry.hash = hash_after(entry.previous_hash, hashlib.sha256(canonical(clear_row(chain.name, row))).digest())
    AuditEntry.objects.bulk_create([entry])
    return f"at {entry.sequence}"


def swap_entries(chance):
    """Exchange what two entries of a chain say, with or without their hashes."""
    one = _entry(chance)
    other = _some(chance, one.chain.entries.exclude(pk=one.pk).order_by("pk"))
    if chance.random() < 0.5:
        _exchange(AuditEntry, one.pk, other.pk, "sequence", FAR)
        return f"numbers of {one.pk} and {other.pk}"
    columns = [name for name in COLUMNS if name != "sequence"]
    says = [{name: getattr(each, name) for name in columns} for each in (one, other)]
    if says[0] == says[1]:
        raise NothingToDo
    for each, new in zip((other, one), says, strict=True):
        AuditEntry.objects.filter(pk=each.pk).update(**new)
    return f"{one.pk} and {other.pk}"


def swap_details(chance):
    one = _some(chance, AuditPayload.objects.order_by("pk"))
    other = _some(chance, AuditPayload.objects.exclude(pk=one.pk).order_by("pk"))
    _exchange(AuditPayload, one.pk, other.pk, "entry_id", None)
    return f"{one.pk} and {other.pk}"


def delete_details(chance):
    sealed = _some(chance, AuditPayload.objects.order_by("pk"))
    sealed.delete()
    return f"of {sealed.entry_id}"


def delete_details_and_explain_it(chance):
    """Take details away, and make an entry that is there say that they were erased."""
    sealed = _some(chance, AuditPayload.objects.select_related("entry__chain").order_by("pk"))
    number, chain = sealed.entry.sequence, sealed.entry.chain
    later = _some(chance, chain.entries.filter(sequence__gt=number).order_by("pk"))
    sealed.delete()
    says = chance.choice([("erase", {"sequences": [[number, number]]}), ("retention", {"through": number})])
    chain.entries.filter(pk=later.pk).update(action=says[0], detail=says[1], outcome="done")
    return f"of {number} by {later.sequence}"


def add_details(chance):
    free = AuditEntry.objects.filter(payload_digest="", payload=None).order_by("pk")
    model = _some(chance, AuditPayload.objects.order_by("pk"))
    entry = _some(chance, free)
    AuditPayload.objects.create(entry=entry, salt=bytes(model.salt), body=bytes(model.body))
    return f"to {entry.pk}"


def delete_a_mark(chance):
    mark = _some(chance, AuditMark.objects.order_by("pk"))
    mark.delete()
    return mark.word


def add_a_mark(chance):
    entry = _some(chance, AuditEntry.objects.exclude(account=None).order_by("pk"))
    AuditMark.objects.create(entry=entry, account_id=entry.account_id, word=f"list:{chance.getrandbits(64)}")
    return f"to {entry.pk}"


def delete_a_checkpoint(chance):
    row = _some(chance, AuditCheckpoint.objects.exclude(exported_at=None).order_by("pk"))
    row.delete()
    return f"{row.sequence}"


def cut_the_tail(chance):
    chain = _some(chance, AuditChain.objects.order_by("pk"))
    since = chance.randrange(2, chain.sequence + 1)
    cut(chain, since, with_head=False, with_checkpoints=chance.random() < 0.5)
    return f"from {since}"


def cut_the_tail_and_its_head(chance):
    chain, last = _covered(chance)
    since = chance.randrange(2, last + 1)
    cut(chain, since, with_head=True, with_checkpoints=chance.random() < 0.8)
    return f"from {since}"


def write_all_anew(chance):
    """Change an entry, give it and all after it fresh hashes, and treat the checkpoints in one of four ways."""
    chain, last = _covered(chance)
    since = chance.randrange(1, last + 1)
    entry = chain.entries.get(sequence=since)
    chain.entries.filter(pk=entry.pk).update(actor="somebody else", reason="it was like this all the time")
    rehash(chain, since)
    rows = AuditCheckpoint.objects.filter(chain=chain, sequence__gte=since)
    way = chance.choice(["leave", "delete", "forge", "claim"])
    if way == "delete":
        rows.delete()
    for row in rows if way in ("forge", "claim") else ():
        _forge(chain, row, with_own_key=way == "forge")
    return f"from {since}, checkpoints: {way}"


def _covered(chance):
    """A chain and the last number of it that has a copy outside."""
    chain = _some(chance, AuditChain.objects.order_by("pk"))
    outside = AuditCheckpoint.objects.filter(chain=chain).exclude(exported_at=None)
    last = outside.aggregate(last=Max("sequence"))["last"]
    if not last:
        raise NothingToDo
    return chain, last


def _forge(chain, row, *, with_own_key):
    """Sign the checkpoint with a key of one's own, and say so, or claim that the installation's key did it."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    public = key.public_key().public_bytes_raw().hex() if with_own_key else row.public_key
    row.hash = chain.entries.get(sequence=row.sequence).hash
    row.public_key = public
    signature = key.sign(Signed.of(row, chain.name).message).hex()
    AuditCheckpoint.objects.filter(pk=row.pk).update(hash=row.hash, public_key=public, signature=signature)


def _exchange(model, one, other, column, between):
    """Exchange a unique column of two rows by way of a third value."""
    rows = model.objects
    values = [rows.filter(pk=each).values_list(column, flat=True).get() for each in (one, other)]
    if column == "id":
        for old, new in ((one, between), (other, one), (between, other)):
            rows.filter(pk=old).update(id=new)
        return
    if between is None:
        # No other entry is free for the time between: make both anew.
        kept = [rows.get(pk=each) for each in (one, other)]
        rows.filter(pk__in=(one, other)).delete()
        for each, value in zip(kept, reversed(values), strict=True):
            setattr(each, column, value)
        rows.bulk_create(kept)
        return
    rows.filter(pk=one).update(**{column: between})
    rows.filter(pk=other).update(**{column: values[0]})
    rows.filter(pk=one).update(**{column: values[1]})


#: Every kind in turn; there are more columns of an entry than of anything else.
TAMPERINGS = (
    *(edit_an_entry, edit_an_entry, edit_an_entry, edit_an_entry, edit_an_entry, delete_an_entry, insert_an_entry),
    *(edit_details, edit_a_mark, edit_a_head, edit_a_checkpoint, move_a_key, swap_entries, swap_details),
    *(delete_details, delete_details_and_explain_it, add_details, delete_a_mark, add_a_mark, delete_a_checkpoint),
    *(cut_the_tail, cut_the_tail_and_its_head, write_all_anew),
)

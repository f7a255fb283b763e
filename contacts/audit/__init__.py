"""The only writer of history. No entry, no action: every function here raises before anything else may happen.

An entry holds no personal value; address, note, before, sent and after are its payload, kept apart so that a
person can be erased while the chain still verifies. Source: design section 7.
"""

from contacts.audit.chain import FORMAT, digest_of
from contacts.audit.checkpoints import Signed, checkpoint, checkpoint_text
from contacts.audit.erasing import drop_payloads, erase_payloads
from contacts.audit.faults import Fault, Kind
from contacts.audit.recording import SYSTEM, Draft, Facts, chain_name, record, record_all
from contacts.audit.verifying import Walk, verify

__all__ = [
    "FORMAT",
    "SYSTEM",
    "Draft",
    "Facts",
    "Fault",
    "Kind",
    "Signed",
    "Walk",
    "chain_name",
    "checkpoint",
    "checkpoint_text",
    "digest_of",
    "drop_payloads",
    "erase_payloads",
    "record",
    "record_all",
    "verify",
]

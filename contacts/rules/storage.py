"""Why the database did not take part, and the one sentence that a person reads about it (faults S12, S13)."""

from enum import Enum


class Storage(Enum):
    """What is wrong with the database, as a sentence for a page; ``name`` is the word for the log."""

    FULL = "The disk of the database is full. Nothing can be stored until an administrator makes room."
    READ_ONLY = "The database can only be read. Nothing can be stored until an administrator mends that."
    FAULTY = "The database is damaged, or its disk is. Nothing can be stored until an administrator mends that."
    BUSY = "The database is busy and could not store this in time. Try again in a minute."
    AWAY = "The database cannot be reached. An administrator can start it again."

    @property
    def lasts(self) -> bool:
        """Whether trying again cannot help before somebody has mended it, while reading goes on."""
        return self in (Storage.FULL, Storage.READ_ONLY, Storage.FAULTY)


# Primary result codes of SQLite: sqlite.org/rescode.html, read 2026-11-21.
_SQLITE = {
    5: Storage.BUSY,
    6: Storage.BUSY,
    8: Storage.READ_ONLY,
    10: Storage.FAULTY,
    11: Storage.FAULTY,
    13: Storage.FULL,
    14: Storage.AWAY,
    26: Storage.FAULTY,
}
# States of PostgreSQL, or the class they belong to: its manual, appendix A, read 2026-11-21.
_POSTGRES = {
    "08": Storage.AWAY,
    "25006": Storage.READ_ONLY,
    "40001": Storage.BUSY,
    "40P01": Storage.BUSY,
    "53100": Storage.FULL,
    "53300": Storage.BUSY,
    "55P03": Storage.BUSY,
    "57014": Storage.BUSY,
    "57": Storage.AWAY,
    "58": Storage.FAULTY,
}


def why(problem: BaseException | None) -> Storage | None:
    """What an error, or what caused it, says about the database; None when the fault is not the database's."""
    while problem is not None:
        if found := _of_sqlite(problem) or _of_postgres(problem):
            return found
        problem = problem.__cause__
    return None


def _of_sqlite(problem: BaseException) -> Storage | None:
    code = getattr(problem, "sqlite_errorcode", None)
    return _SQLITE.get(code & 0xFF) if isinstance(code, int) else None


def _of_postgres(problem: BaseException) -> Storage | None:
    if not hasattr(problem, "sqlstate"):
        return None
    if problem.sqlstate is None:
        # There was no server to give a state: it refused to be called, or the line was cut.
        return Storage.AWAY if type(problem).__name__ in ("OperationalError", "InterfaceError") else None
    return _POSTGRES.get(problem.sqlstate) or _POSTGRES.get(problem.sqlstate[:2])

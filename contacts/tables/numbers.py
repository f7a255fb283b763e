"""Numbers of a spreadsheet as text: dates as dates, and long numbers, as of a telephone, with all of their digits."""

from datetime import datetime, time
from decimal import Decimal, InvalidOperation

MOST_DIGITS = 40


def shown(text: str, *, date: bool = False, since_1904: bool = False) -> str:
    """The number as people write it; ``date`` is what its format says. What is no number stays as it is."""
    try:
        number = Decimal(text)
        if date:
            return _moment(float(number), since_1904=since_1904) or text
    except (InvalidOperation, ValueError, OverflowError, TypeError):
        return text
    if "e" in text.lower() and number.is_finite() and abs(number.adjusted()) < MOST_DIGITS:
        return format(number, "f")
    return text


def _moment(number: float, *, since_1904: bool) -> str:
    # Here and not above: no page needs openpyxl, and it would take 18 MB of every process.
    from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

    found = from_excel(number, MAC_EPOCH if since_1904 else WINDOWS_EPOCH)
    if isinstance(found, datetime):
        found = found.replace(microsecond=0)
        return found.date().isoformat() if found.time() == time() else found.isoformat(sep=" ")
    return str(found) if found is not None else ""

"""One page of a collection, and the only thing that is taken from its link: the cursor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from contacts.api.errors import ForeignLink, Unreadable

JSON = dict[str, Any]

# The most that a column of either database counts to.
MOST = 2**31 - 1


@dataclass(frozen=True)
class Page:
    """``cursor`` leads to the next page, None on the last. ``count`` is of all matches, if it was asked for.

    ``server_time`` is Constant Contact's clock (the ``Date`` header, UTC). It is None when the header is missing:
    who keeps a watermark must then leave it where it is.
    """

    items: list[JSON]
    cursor: str | None
    count: int | None
    server_time: datetime | None


def read_page(content: Any, *, key: str, id_key: str, base_url: str, server_time: datetime | None) -> Page:
    """Check the shape of a collection's answer.

    Raises Unreadable when ``key`` is missing or an item has no id: a missing list must never pass for an empty
    one. Raises ForeignLink when the next link names another host. Source: CC reference, section 7.
    """
    items = content.get(key) if isinstance(content, dict) else None
    if not isinstance(items, list):
        raise Unreadable(f"no {key}")
    if not all(isinstance(each, dict) and isinstance(each.get(id_key), str) for each in items):
        raise Unreadable(f"an item without {id_key}")
    count = content.get(f"{key}_count")
    is_count = isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MOST
    return Page(items, _cursor(content.get("_links"), base_url), count if is_count else None, server_time)


def _cursor(links: Any, base_url: str) -> str | None:
    """The cursor of ``_links.next.href``. The last page has ``{}``, null or no ``_links`` at all."""
    following = (links or {}).get("next") if isinstance(links, dict | None) else links
    if not following:
        return None
    href = following.get("href") if isinstance(following, dict) else None
    if not isinstance(href, str):
        raise Unreadable("a next link without href")
    if _names_another_host(href, base_url):
        raise ForeignLink("next link")
    return _cursor_in(href)


def _names_another_host(href: str, base_url: str) -> bool:
    base = urlsplit(base_url)
    try:
        # A browser reads a backslash as a slash, so we do too before we look.
        link = urlsplit(href.replace("\\", "/"))
        host = (link.scheme or base.scheme, link.hostname, link.port)
    except ValueError:
        return True
    return bool(link.scheme or link.netloc) and host != (base.scheme, base.hostname, base.port)


def _cursor_in(href: str) -> str:
    for pair in urlsplit(href).query.split("&"):
        name, _, value = pair.partition("=")
        if name == "cursor" and value:
            # Not parse_qs: a cursor is base64, and its plus sign is no blank.
            return _plain(unquote(value))
    raise Unreadable("a next link without cursor")


def _plain(cursor: str) -> str:
    """The cursor itself. One that no database can keep would lead nowhere that a run could return to."""
    if not (cursor.isascii() and cursor.isprintable()):
        raise Unreadable("a cursor that is no text")
    return cursor

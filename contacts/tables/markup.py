"""XML as a stream of what begins, what is said and what ends; nothing of the past is kept."""

from collections.abc import Iterator
from typing import IO, Final, NamedTuple
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.expatreader import create_parser

from contacts.tables.archives import DAMAGED
from contacts.tables.limits import TableRefused

_AT_ONCE: Final = 2**16
#: A tag or a text of which so much came and no end is none of a table's.
_MOST_OF_ONE: Final = 2**20


class Event(NamedTuple):
    """``kind`` is "<" with its attributes, ">" or "" with its text. ``name`` is without its prefix."""

    kind: str
    name: str
    attributes: dict[str, str]


class _Collector(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self.events.append(Event("<", name.rpartition(":")[2], dict(attrs.items())))

    def endElement(self, name: str) -> None:
        self.events.append(Event(">", name.rpartition(":")[2], {}))

    def characters(self, content: str) -> None:
        self.events.append(Event("", content, {}))


def events(part: IO[bytes]) -> Iterator[Event]:
    """What stands in the part, in order. Raises TableRefused when it is no XML, or XML with entities of its own."""
    parser, collector = create_parser(forbid_dtd=True), _Collector()
    parser.setContentHandler(collector)
    silent = 0
    try:
        while portion := part.read(_AT_ONCE):
            parser.feed(portion)
            silent = 0 if collector.events else silent + len(portion)
            if silent > _MOST_OF_ONE:
                raise TableRefused(DAMAGED)
            yield from collector.events
            collector.events.clear()
        parser.close()
        yield from collector.events
    except DefusedXmlException:
        raise TableRefused("it defines entities of its own, as no spreadsheet does. Save it as CSV.") from None
    except (SAXException, UnicodeError, LookupError):
        raise TableRefused(DAMAGED) from None

"""Figures as Prometheus reads them: its text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats, read
2026-11-21).

Written out here instead of taken from its client library: that one counts inside a process, and ours come from the
database, true for all processes together; what would be left of it is the thirty lines below.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_IN_HELP: Final = {ord("\\"): "\\\\", ord("\n"): "\\n"}
_IN_LABEL: Final = _IN_HELP | {ord('"'): '\\"'}

type Labels = Mapping[str, str]


class Kind(StrEnum):
    """A counter only ever grows, a gauge goes up and down."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True)
class Family:
    """One figure with what it means, and its values by their labels. A counter's name ends in ``_total``."""

    name: str
    kind: Kind
    meaning: str
    values: Iterable[tuple[Labels, float]]


def text(families: Iterable[Family]) -> str:
    """All families, one line for each value."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.meaning.translate(_IN_HELP)}"
    yield f"# TYPE {family.name} {family.kind}"
    for labels, value in family.values:
        inside = ",".join(f'{name}="{each.translate(_IN_LABEL)}"' for name, each in labels.items())
        yield f"{family.name}{{{inside}}} {value}" if inside else f"{family.name} {value}"

"""Values in forms that the portal does not document: read where they are clear, and logged once where they are not.

Flags as text, days first, moments in milliseconds were each seen in one public client or page. The log has the field
and the value's shape (`99/99/9999`), never the value.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

_LOG = logging.getLogger("chorus_pro")
_PARIS = "Europe/Paris"
_YES = frozenset({"true", "oui", "o", "vrai", "1", "yes", "y"})
_NO = frozenset({"false", "non", "n", "faux", "0", "no"})
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ,]*(?:à )?(\d{1,2})[:hH](\d{2})(?::(\d{2}))?\S*)?")
_SPACED_ZONE = re.compile(r"\s+(?=(?:[+-]\d{2}:?\d{2}|Z)$)")
_LEAST_SECONDS = 100_000_000
"""Numbers below it are no moment: they would be before 1973 in seconds."""
_MOST_SECONDS = 10_000_000_000
"""Numbers from it on are milliseconds: in seconds they would be after the year 2286."""


def flag(value: object) -> bool | None:
    """The portal's yes or no in any form that is clear; None when it is absent or in no known form."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    return word in _YES if word in _YES or word in _NO else None


def moment(value: object) -> datetime | None:
    """A moment with its zone from any form that is clear; no zone means Paris; None when it is in no known form.

    None rather than an error: a date written in a new way must not cost us the answer to a submission.
    """
    found = value if isinstance(value, datetime) else _read_moment(value)
    if found is None or found.tzinfo is not None:
        return found
    return found.replace(tzinfo=ZoneInfo(_PARIS))


def day(value: object) -> date | None:
    """The day in Paris of any form that ``moment`` reads."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    found = moment(value)
    return found.astimezone(ZoneInfo(_PARIS)).date() if found is not None else None


def _read_moment(value: object) -> datetime | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _since_1970(value)
        if not isinstance(value, str):
            return None
        text = _SPACED_ZONE.sub("", value.strip())
        if (day_first := _DAY_FIRST.fullmatch(text)) is not None:
            day, month, year, hour, minute, second = (int(each or 0) for each in day_first.groups())
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 (Paris, as any time without a zone)
        if text.isdecimal() and len(text) > len("20261130"):
            return _since_1970(int(text))
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None


def _since_1970(number: float) -> datetime | None:
    if not number >= _LEAST_SECONDS:
        return None
    return datetime.fromtimestamp(number / 1000 if number >= _MOST_SECONDS else number, UTC)


def note_unread(name: str, value: object) -> None:
    """Log that a value was not understood: the field and the value's shape."""
    note_once("a value was not understood", name, _shape(value))


def note_unknown(where: str, names: Iterable[str]) -> None:
    """Log the properties of an answer that this client does not read."""
    if known := ",".join(sorted(names)):
        note_once("properties are not read", where, known)


@cache
def note_once(what: str, where: str, facts: str) -> None:
    """Log a fact about the portal's answers, once in each process."""
    _LOG.warning("%s where=%s facts=%s", what, where, facts[:500])


def _shape(value: object) -> str:
    if not isinstance(value, str | int | float):
        return type(value).__name__
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", str(value)))[:40]

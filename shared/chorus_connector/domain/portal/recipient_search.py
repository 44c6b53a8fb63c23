"""A search of Chorus Pro's directory of recipients, by SIRET, name, town and postal code.

The portal compares one text with name, town and postal code together, and how it compares accents or hyphens is not
published (transverses/rechercher/destinataire). So it is asked with one part of the query, and what it finds is
compared with the whole query here. A search only proposes: a person, or a row of a table, decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form

MAX_FOUND = 200
"""Recipients kept of one search: two pages of the portal. It is also the portal's own limit for a search."""

SHORTEST_SIRET, SHORTEST_TEXT = 4, 2
"""Digits of a SIRET, and characters of a name, town or postal code, below which nearly all recipients match."""

_SIRET_DIGITS = 14
_MOST_WORDS = 2
"""Words of a text that the portal is asked with; the second one only while nothing was found."""

_SHORT = {"st": "saint", "ste": "sainte", "cc": "communaute communes", "dept": "departement", "dpt": "departement"}
_NOT_TELLING = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "et", "en", "sur", "sous", "aux", "a", "au"})
_WORD = re.compile(r"\w+")


class RecipientFound(Record):
    """A recipient that a search found: what tells it from others of the same name."""

    siret: str
    name: str = ""
    postal_code: str = ""
    town: str = ""

    @property
    def position(self) -> str:
        """Its place in a list by name; recipients of the same name are in the order of their SIRETs."""
        return f"{matching_form(self.name)}\n{self.siret}"


class RecipientQuery(Record):
    """What is searched: all parts that are not empty must match. ``siret`` has the first digits, or all."""

    siret: str = ""
    name: str = ""
    town: str = ""
    postal_code: str = ""

    @property
    def specific(self) -> bool:
        """Whether one part is long enough to leave most recipients out."""
        parts = (self.name, self.town, self.postal_code)
        return len(self.siret) >= SHORTEST_SIRET or any(len(matching_form(each)) >= SHORTEST_TEXT for each in parts)

    @property
    def key(self) -> str:
        """The same text for queries that find the same recipients."""
        return "\n".join((self.siret, *(" ".join(_words(each)) for each in (self.name, self.town, self.postal_code))))

    def texts(self) -> Iterator[tuple[tuple[str, ...], ...]]:
        """The texts to ask the portal with, for each part in turn, the narrowest part first.

        Those of the first group are all asked; those of a later group only while nothing was found. An empty text is a
        search by SIRET alone.
        """
        parts = [each for each in (self.postal_code, self.town, self.name) if len(matching_form(each)) >= SHORTEST_TEXT]
        if len(self.siret) == _SIRET_DIGITS or not parts:
            yield (("",),)
            return
        for part in parts:
            longest, *others = _spellings(part) or [()]
            yield tuple(tuple(dict.fromkeys(each)) for each in ((part.strip(), *longest), *others))

    def matches(self, found: RecipientFound) -> bool:
        """Whether every word of each part is in the same part of the recipient, in any order."""
        return (
            found.siret.startswith(self.siret)
            and _holds(found.name, self.name)
            and _holds(found.town, self.town)
            and found.postal_code.replace(" ", "").startswith(self.postal_code.replace(" ", ""))
        )


class RecipientsFound(Record):
    """The answer to a query. ``complete`` is False when the portal has more recipients than were looked at."""

    recipients: tuple[RecipientFound, ...] = ()
    complete: bool = True
    found_at: datetime


def in_order(found: Iterable[RecipientFound]) -> tuple[RecipientFound, ...]:
    """Each recipient once, by name."""
    return tuple(sorted({each.siret: each for each in found}.values(), key=lambda each: each.position))


def _words(text: str) -> tuple[str, ...]:
    words = _WORD.findall(matching_form(text))
    return tuple(word for each in words for word in _SHORT.get(each, each).split())


def _spellings(text: str) -> list[tuple[str, ...]]:
    """The longest words of the text, each as it was typed and without accents."""
    found = {raw.casefold(): " ".join(_words(raw)) for raw in _WORD.findall(text)}
    telling = sorted((each for each in found if found[each] not in _NOT_TELLING), key=lambda each: -len(found[each]))
    return [(each, found[each]) if found[each] != each else (each,) for each in telling[:_MOST_WORDS]]


def _holds(whole: str, part: str) -> bool:
    words = _words(whole)
    return all(any(word.startswith(wanted) for word in words) for wanted in _words(part) if wanted not in _NOT_TELLING)

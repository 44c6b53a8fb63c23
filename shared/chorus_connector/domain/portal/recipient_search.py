"""A search of Chorus Pro's directory of recipients, by SIRET, name, town and postal code.

The portal compares one text with name, town and postal code together, and how it compares accents or hyphens is not
published (transverses/rechercher/destinataire). So it is asked with one word of the query in several spellings, and
what it finds is compared with the whole query here. If accents count for the portal, a row may hide behind another
spelling. So the answer to a word is complete only if an answer proves that they do not count, or if the word has no
letter that bears accents in French. A search only proposes: a person, or a row of a table, decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form

MAX_FOUND = 200
"""Recipients kept of one search: two pages of the portal. It is also the portal's own limit for a search."""

SHORTEST_SIRET, SHORTEST_TEXT = 4, 2
"""Digits of a SIRET, and characters of a name, town or postal code, below which nearly all recipients match."""

_SIRET_DIGITS = 14
_MOST_WORDS = 2
"""Words of a text that the portal is asked with; the second one only while nothing was found."""
_MOST_SPELLINGS = 4
_SHORTEST_HALF = 3
"""Letters of the halves of a word that are asked while nothing was found: one of them has no accent if one has it."""
_BEARING_ACCENTS = re.compile(r"[aceinouyæœ]")
"""Letters that bear an accent or a cedilla in names of French structures, or form a ligature."""

_SHORT = {"st": "saint", "ste": "sainte", "cc": "communaute communes", "dept": "departement", "dpt": "departement"}
_NOT_TELLING = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "et", "en", "sur", "sous", "aux", "a", "au"})
_WORD = re.compile(r"\w+")
_WITH_ACCENTS = _WORD.findall(
    "académie agglomération aménagement autorité bâtiment bibliothèque château chambéry collège communauté côte "
    "création crèche cité défense département développement école économie écologie éducation électricité "
    "élémentaire énergie établissement étienne étude évêché fédération forêt général gérontologie gîte hélène "
    "hôpital hôtel hébergement île intérêt littéraire lycée maîtrise maréchal médecine médiathèque médical médico "
    "ménager métropole métropolitain ministère mobilité musée nîmes numérique opéra orléans pénitentiaire "
    "périgueux pôle préfecture préélémentaire prévention propriété régie régional région réseau résidence rhône "
    "santé secrétariat sécurité sénat société solidarité spécialisé supérieur système télécommunications théâtre "
    "thérèse trésor trésorerie unité universitaire université vallée vélizy vétérinaire"
)
"""Words of public bodies' names as they are spelled. The portal is asked with them for a word without accents."""


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

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every spelling of its words that the portal may be asked with."""
        words = (word for part in (self.name, self.town, self.postal_code) for word in _telling(part))
        return tuple(sorted({spelling for word in words for spelling in _spellings(word)}))

    def texts(self) -> Iterator[tuple[tuple[str, ...], ...]]:
        """The texts to ask the portal with, for each part in turn, the surest part first.

        Those of the first group are all asked; those of a later group only while nothing was found. An empty text is a
        search by SIRET alone.
        """
        parts = [each for each in (self.town, self.name) if len(matching_form(each)) >= SHORTEST_TEXT]
        postal_code = self.postal_code.replace(" ", "")
        if len(self.siret) >= SHORTEST_SIRET or not (parts or len(postal_code) >= SHORTEST_TEXT):
            yield (("",),)
        if len(self.siret) == _SIRET_DIGITS:
            return
        if len(matching_form(postal_code)) >= SHORTEST_TEXT:
            yield ((postal_code,),)
        for part in parts:
            words = _telling(part)[:_MOST_WORDS]
            longest, *others = [_spellings(word) for word in words] or [()]
            whole = () if len(_WORD.findall(part)) == 1 else (part.strip(),)
            halves = _halves(words[0]) if words else ()
            yield tuple(filter(None, ((*longest, *whole), *others, halves)))

    def matches(self, found: RecipientFound) -> bool:
        """Whether every word of each part is in the same part of the recipient, in any order."""
        return (
            found.siret.startswith(self.siret)
            and _holds(found.name, self.name)
            and _holds(found.town, self.town)
            and found.postal_code.replace(" ", "").startswith(self.postal_code.replace(" ", ""))
        )


Incomplete = Literal["too_many", "accents", "not_all_asked"]
"""Why there may be more: more rows than are read, names that hide behind accents, or a portal that failed midway."""


class RecipientsFound(Record):
    """The answer to a query. ``complete`` is False when the portal may have more recipients, ``because`` of that.

    ``spellings`` are those of the query; empty in a record of an older release, which knew nothing of accents.
    """

    recipients: tuple[RecipientFound, ...] = ()
    complete: bool = True
    because: Incomplete | None = None
    spellings: tuple[str, ...] = ()
    found_at: datetime

    def serves(self, query: RecipientQuery) -> bool:
        """Whether it was asked for with every spelling of that query: one more accent may find another row."""
        return set(query.spellings) <= set(self.spellings)

    def of_other_spellings(self) -> RecipientsFound:
        """The same for a query that it does not serve."""
        return self.model_copy(update={"complete": False, "because": self.because or "accents"})


def cannot_hide(text: str) -> bool:
    """Whether no row can be missed by that text because of an accent."""
    return not _BEARING_ACCENTS.search(matching_form(text))


def ignores_accents(text: str, found: Iterable[RecipientFound]) -> bool:
    """Whether the answer to a text without accents has a row that has this text with accents only."""
    wanted = text.casefold()
    if not text or wanted != matching_form(text) or _WORD.fullmatch(text) is None:
        return False
    rows = (unicodedata.normalize("NFC", f"{each.name} {each.town} {each.postal_code}").casefold() for each in found)
    return any(wanted not in row and wanted in matching_form(row) for row in rows)


def in_order(found: Iterable[RecipientFound]) -> tuple[RecipientFound, ...]:
    """Each recipient once, by name."""
    return tuple(sorted({each.siret: each for each in found}.values(), key=lambda each: each.position))


def _words(text: str) -> tuple[str, ...]:
    words = _WORD.findall(matching_form(text))
    return tuple(word for each in words for word in _SHORT.get(each, each).split())


def _telling(text: str) -> list[str]:
    """The words of the text that tell something, the longest one first, each once and in lower case."""
    given = dict.fromkeys(unicodedata.normalize("NFC", raw).casefold() for raw in _WORD.findall(text))
    return sorted(
        (each for each in given if matching_form(each) not in _NOT_TELLING), key=lambda each: -len(matching_form(each))
    )


def _spellings(word: str) -> tuple[str, ...]:
    """The word as it was given, without accents, with those of public bodies' names, and as an abbreviation."""
    plain = matching_form(word)
    written = [_SHORT[plain].split()[0]] if plain in _SHORT else [plain]
    accented = [
        full[: len(each)]
        for each in written
        for full in _WITH_ACCENTS
        if matching_form(full).startswith(each) and full[: len(each)] != each
    ]
    ligatures = [each.replace("oe", "œ") for each in written if "oe" in each]
    long_enough = len(plain) >= SHORTEST_TEXT
    short = [
        short for short, full in _SHORT.items() if long_enough and any(each.startswith(plain) for each in full.split())
    ]
    return tuple(dict.fromkeys((word, *written, *ligatures, *accented, *short)))[:_MOST_SPELLINGS]


def _halves(word: str) -> tuple[str, ...]:
    plain = matching_form(word)
    middle = len(plain) // 2
    return (plain[:middle], plain[middle:]) if middle >= _SHORTEST_HALF else ()


def _holds(whole: str, part: str) -> bool:
    words = _words(whole)
    return all(any(word.startswith(wanted) for word in words) for wanted in _words(part) if wanted not in _NOT_TELLING)

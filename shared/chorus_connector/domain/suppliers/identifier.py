"""How Chorus Pro identifies a supplier: by its SIRET, or by another identifier when it has none.

The five schemes are those of the portal (``typeIdentifiantStructure``) that identify a company. The sixth, ``AUTRE``,
has no rule by which two spellings could be compared; the seventh, ``PARTICULIER``, identifies a natural person.

Sources: order of 9 December 2016 on electronic invoicing (LEGIARTI000033608376) for what each scheme is made of; ISPF
for the TAHITI number; the XP Z12-012 code list 0223, 0227, 0228, 0229 and VIES for the lengths. No check digit other
than the SIRET's is published.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypedDict

from pydantic import Field

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

IdentifierScheme = Literal["SIRET", "RIDET", "TAHITI", "UE_HORS_FRANCE", "HORS_UE"]

_MEMBER_STATES = "AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK"
"""The prefixes of VAT numbers of the European Union's member states other than France. Greece's is EL."""
_NOT_FOREIGN = re.compile(f"{_MEMBER_STATES}|GR|FR|GP|MQ|GF|RE|YT|PM|BL|MF|NC|PF|WF")
"""Countries whose suppliers have another scheme. The French territories have SIRET, RIDET or TAHITI; WF has FRWF."""
_LETTERS = str.maketrans({"Æ": "AE", "Œ": "OE", "Ø": "O", "Đ": "D", "Ð": "D", "Ł": "L", "Þ": "TH", "ẞ": "SS"})
"""Latin letters that Unicode does not decompose into a letter and an accent."""


class SpelledIdentifier(TypedDict):
    """An identifier as a caller writes it, in any spelling."""

    scheme: IdentifierScheme
    value: str


class SupplierIdentifier(Record):
    """An identifier in its normal form. Two identifiers are equal if and only if their ``key`` is equal."""

    scheme: IdentifierScheme = Field(
        description="SIRET; RIDET (New Caledonia); TAHITI (French Polynesia); UE_HORS_FRANCE: the VAT number of "
        "another member state; HORS_UE: the country's code and the beginning of the company's name."
    )
    value: str = Field(description="Letters and digits only, in capitals.")

    @property
    def siret(self) -> str | None:
        """The SIRET; None for a supplier without one."""
        return self.value if self.scheme == "SIRET" else None

    @property
    def key(self) -> str:
        """The text under which the supplier's claims are stored: the SIRET alone, else ``<scheme>-<value>``."""
        return self.value if self.scheme == "SIRET" else f"{self.scheme}-{self.value}"

    def is_written(self, text: str | None) -> bool:
        """Whether the text is this identifier's value in any spelling."""
        return text is not None and _compact(self.scheme, text) == self.value


def supplier_identifier(scheme: IdentifierScheme, text: str, *, strict_siret: bool) -> SupplierIdentifier:
    """The identifier that the text spells. Raises Invalid, with what the scheme expects.

    ``strict_siret`` also requires a SIRET's check digit.
    """
    value, rule = _compact(scheme, text), _RULES[scheme]
    if value is None or not rule.accepts(value, text):
        raise Invalid.about(Problem(field=rule.field, code=rule.code, fr=rule.fr, en=rule.en))
    if scheme == "SIRET" and strict_siret and not is_siret(value):
        raise Invalid.about(_WRONG_CHECK_DIGIT)
    return SupplierIdentifier(scheme=scheme, value=value)


def names_a_recipient(text: str) -> bool:
    """Whether the text, in its normal form, may name a public body: by its SIRET, or its RIDET or TAHITI number."""
    return re.fullmatch(r"[0-9]{14}", text) is not None or is_overseas(text)


def is_overseas(text: str) -> bool:
    """Whether the text, in its normal form, may be the RIDET or the TAHITI number of a public body."""
    return re.fullmatch(r"[0-9]{9,10}|[A-Z][0-9]{8}", text) is not None


def overseas_code(text: str) -> str | None:
    """The normal form of a RIDET or TAHITI number, with its name in front or without; None for any other text."""
    bare = re.sub(r"^\s*(RIDET|N°\s*TAHITI|TAHITI)\s*(n°)?\s*:?", "", text, flags=re.IGNORECASE)
    value = _compact("RIDET", bare)
    return value if value is not None and is_overseas(value) else None


def _compact(scheme: IdentifierScheme, text: str) -> str | None:
    """Capital letters and digits without accents, spaces and punctuation; None when another character is left.

    A company's name may have any punctuation, and counts as far as it fits into 18 characters; a number has spaces,
    full stops, hyphens and slashes only.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper()).translate(_LETTERS)
    kept = "".join(char for char in decomposed if not _is_separator(char, of_a_name=scheme == "HORS_UE"))
    if not re.fullmatch(r"[A-Z0-9]*", kept):
        return None
    if scheme == "UE_HORS_FRANCE" and kept.startswith("GR"):
        return f"EL{kept[2:]}"
    return kept[:18] if scheme == "HORS_UE" else kept


def _is_separator(char: str, *, of_a_name: bool) -> bool:
    category = unicodedata.category(char)
    if of_a_name:
        return char.isspace() or category[0] in "ZPS" or category == "Mn"
    return char.isspace() or char in ".-/‐‑–"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the value of one scheme is. ``accepts`` gets the normal form and the text as it was given."""

    accepts: Callable[[str, str], bool]
    fr: str
    en: str
    field: str = "identifier"
    code: str = "identifier_malformed"


def _shaped(pattern: str) -> Callable[[str, str], bool]:
    shape = re.compile(pattern)
    return lambda value, _given: shape.fullmatch(value) is not None


def _is_foreign(value: str, given: str) -> bool:
    """Whether it is a country's code and at most 16 characters of a name, counted as they were given."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", given).strip()[2:].strip(" -"))
    if value.startswith("FRWF"):
        return len(value) > 4 and len(name) <= 17  # one more: a space may follow FRWF
    return value[:2].isalpha() and not _NOT_FOREIGN.fullmatch(value[:2]) and len(value) > 2 and len(name) <= 16


_RULES: dict[IdentifierScheme, _Rule] = {
    "SIRET": _Rule(
        _shaped(r"[0-9]{14}"),
        "Un SIRET a 14 chiffres : recopiez-le depuis l'avis de situation.",
        "A SIRET has 14 digits: copy it from the official notice.",
        field="siret",
        code="not_a_siret",
    ),
    "RIDET": _Rule(
        _shaped(r"[A-Z0-9]{6,7}[0-9]{3}"),
        "Un numéro RIDET a 9 ou 10 caractères, dont les 3 chiffres de l'établissement (ex. : 0 123 456.001).",
        "A RIDET number has 9 or 10 characters, with the establishment's 3 digits (e.g. 0 123 456.001).",
    ),
    "TAHITI": _Rule(
        _shaped(r"[A-Z0-9][0-9]{8}"),
        "Un numéro TAHITI a 9 caractères : les 6 de l'entreprise (une lettre ou un chiffre, puis 5 chiffres) et les 3 "
        "chiffres de l'établissement (ex. : A12345 001).",
        "A TAHITI number has 9 characters: the company's 6 (a letter or digit, then 5 digits) and the establishment's "
        "3 digits (e.g. A12345 001).",
    ),
    "UE_HORS_FRANCE": _Rule(
        _shaped(rf"(?:{_MEMBER_STATES})(?=(?:[A-Z]*[0-9]){{2}})[A-Z0-9]{{2,12}}"),
        "Un identifiant UE_HORS_FRANCE est le numéro de TVA d'un autre État membre : son préfixe (DE, ES, EL…) et 2 à "
        "12 caractères. Un fournisseur français a un SIRET.",
        "A UE_HORS_FRANCE identifier is the VAT number of another member state: its prefix (DE, ES, EL…) and 2 to 12 "
        "characters. A French supplier has a SIRET.",
    ),
    "HORS_UE": _Rule(
        _is_foreign,
        "Un identifiant HORS_UE est le code du pays hors Union européenne (2 lettres) suivi des 16 premiers caractères "
        "de la raison sociale, en lettres latines, 18 caractères en tout (Wallis-et-Futuna : FRWF et 14 caractères).",
        "A HORS_UE identifier is the code of the country outside the European Union (2 letters) and the first 16 "
        "characters of the company's name, in Latin letters, 18 characters in all (Wallis and Futuna: FRWF and 14).",
    ),
}

_WRONG_CHECK_DIGIT = Problem(
    field="siret",
    code="not_a_siret",
    fr="La clé de ce SIRET n'est pas juste : recopiez ses 14 chiffres depuis l'avis de situation.",
    en="This SIRET's check digit is wrong: copy its 14 digits from the official notice.",
)

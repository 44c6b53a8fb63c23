"""What is wrong with the shape of a request: what is expected in its place, in French and in English, and where.

The kinds of errors are pydantic's. A sentence never quotes what was sent: it may be a password.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chorus_connector.api.parameters import EMAIL_ADDRESS, PLAIN_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TEXT = ("Un texte est attendu.", "A text is expected.")
_INTEGER = ("Un nombre entier est attendu.", "A whole number is expected.")
_NUMBER = ("Un nombre est attendu.", "A number is expected.")
_AMOUNT = ("Un montant est attendu, par exemple 1234.50.", "An amount is expected, such as 1234.50.")
_TRUTH = ("true ou false est attendu.", "true or false is expected.")
_DATE = ("Une date est attendue, par exemple 2026-12-31.", "A date is expected, such as 2026-12-31.")
_MOMENT = (
    "Une date et une heure sont attendues, par exemple 2026-12-31T08:00:00Z.",
    "A date and a time are expected, such as 2026-12-31T08:00:00Z.",
)
_LIST = ("Une liste est attendue.", "A list is expected.")
_OBJECT = ("Un objet JSON est attendu.", "A JSON object is expected.")
_DIGITS = (
    "Montant trop grand ou trop précis : {digits} chiffres au plus.",
    "The amount is too large or too precise: at most {digits} digits.",
)

SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("Valeur obligatoire : elle manque.", "This value is required and missing."),
    "extra_forbidden": ("Propriété inconnue.", "There is no such property."),
    "json_invalid": ("Ce n'est pas du JSON.", "This is no JSON."),
    "json_type": ("Ce n'est pas du JSON.", "This is no JSON."),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "bytes_type": _TEXT,
    "string_too_short": ("Texte trop court : au moins {min_length}.", "The text is too short: at least {min_length}."),
    "string_too_long": ("Texte trop long : au plus {max_length}.", "The text is too long: at most {max_length}."),
    "string_pattern_mismatch": ("Texte mal formé : {pattern}.", "The text has not the expected form: {pattern}."),
    "literal_error": ("Valeurs possibles : {choices}.", "Possible values: {choices}."),
    "enum": ("Valeurs possibles : {choices}.", "Possible values: {choices}."),
    "none_required": ("null est attendu.", "null is expected."),
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "int_parsing_size": ("Nombre trop grand.", "The number is too large."),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_type": _AMOUNT,
    "decimal_parsing": _AMOUNT,
    "decimal_max_digits": _DIGITS,
    "decimal_max_places": _DIGITS,
    "decimal_whole_digits": _DIGITS,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": (
        "L'heure doit avoir un fuseau, par exemple 2026-12-31T08:00:00Z.",
        "The time must have a zone, such as 2026-12-31T08:00:00Z.",
    ),
    "greater_than": ("Plus de {gt} est attendu.", "More than {gt} is expected."),
    "greater_than_equal": ("{ge} au moins est attendu.", "At least {ge} is expected."),
    "less_than": ("Moins de {lt} est attendu.", "Less than {lt} is expected."),
    "less_than_equal": ("{le} au plus est attendu.", "At most {le} is expected."),
    "multiple_of": ("Un multiple de {multiple_of} est attendu.", "A multiple of {multiple_of} is expected."),
    "too_short": ("Trop peu d'éléments : au moins {min_length}.", "Too few elements: at least {min_length}."),
    "too_long": ("Trop d'éléments : au plus {max_length}.", "Too many elements: at most {max_length}."),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "union_tag_invalid": ("Valeurs possibles : {choices}.", "Possible values: {choices}."),
    "union_tag_not_found": ("Valeur obligatoire : elle manque.", "This value is required and missing."),
    "invalid_key": ("Le nom d'une propriété doit être un texte.", "The name of a property must be a text."),
    "recursion_loop": ("Le JSON est trop imbriqué.", "The JSON nests too deep."),
}
"""By pydantic's kind of error, in French and in English."""

_REFUSED = (
    "Cette valeur n'est pas acceptée ici : voyez la description de l'API.",
    "This value is not accepted here: see the API's description.",
)

PATTERNS: dict[str, tuple[str, str]] = {
    r"^[0-9]{14}$": ("14 chiffres sans espace", "14 digits without spaces"),
    r"^[0-9 ]*$": ("des chiffres et des espaces seulement", "digits and spaces only"),
    r"^[0-9a-f]{12}$": (
        "12 caractères parmi 0 à 9 et a à f, comme la liste les donne",
        "12 characters of 0 to 9 and a to f, as the list of them gives it",
    ),
    r"^MSG_[0-9]{9}$": ("MSG_ et neuf chiffres", "MSG_ and nine digits"),
    r"^evt_[0-9a-f]{32}$": (
        "evt_ et 32 caractères parmi 0 à 9 et a à f",
        "evt_ and 32 characters of 0 to 9 and a to f",
    ),
    r"^[A-Z0-9_]{1,30}$": (
        "un code de 1 à 30 majuscules, chiffres ou _, comme Chorus Pro les donne",
        "a code of 1 to 30 capitals, digits or _, as Chorus Pro gives them",
    ),
    r"^(group:[A-Za-z0-9_.:@-]+|[A-Za-z0-9_.@-]+)$": (
        "l'identifiant d'une personne ou d'un système, ou « group: » et le nom d'un groupe",
        "a person's or a system's id, or 'group:' and the name of a group",
    ),
    EMAIL_ADDRESS: ("une adresse e-mail, par exemple nom@exemple.fr", "an e-mail address, such as name@example.org"),
    PLAIN_TEXT: (
        "une seule ligne, sans caractère de contrôle ni marque de sens d'écriture",
        "one line, without control characters or marks of the direction of writing",
    ),
}
"""The patterns of requests in words, in French and in English."""

_COLLECTIONS = frozenset({"List", "Tuple", "Dictionary", "Set", "Frozenset"})
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")
_TAGS = re.compile(r"\[key\]|(?:literal|constrained-\w+|function-\w+|nullable|lax-or-strict|is-instance|list|dict)\[.*")


def shown_problems(errors: Iterable[Mapping[str, Any]], *, most: int) -> list[dict[str, Any]]:
    """At most so many errors as the problems of an answer: one for each field and kind."""
    shown: dict[tuple[str, str], dict[str, Any]] = {}
    choices: dict[tuple[str, str], list[str]] = {}
    for error in errors:
        place = field_of(error), error["type"]
        if place not in shown and len(shown) == most:
            break
        known = choices.setdefault(place, [])
        known += [each for each in _choices(error) if each not in known]
        fr, en = sentences(error, known)
        shown[place] = {"field": place[0], "code": error["type"], "fr": fr, "en": en, "blocking": True}
    return list(shown.values())


def sentences(error: Mapping[str, Any], choices: Iterable[str] = ()) -> tuple[str, str]:
    """What is expected in place of an error's value, in French and in English."""
    kind, facts = error["type"], dict(error.get("ctx") or {})
    if kind in ("too_short", "too_long") and facts.get("field_type") not in _COLLECTIONS:
        kind = f"string_{kind}"  # a secret text
    texts = SENTENCES.get(kind, _REFUSED)
    pattern = PATTERNS.get(facts.get("pattern", ""), (str(facts.get("pattern")),) * 2)
    digits = next((facts[each] for each in ("max_digits", "whole_digits", "decimal_places") if each in facts), "")
    nouns = ("caractère", "character") if kind.startswith("string") else ("élément", "element")
    shown = {name: f"{value:g}" if isinstance(value, float) else value for name, value in facts.items()}
    listed = ", ".join(choices)
    french, english = (
        text.format_map({**shown, **_lengths(facts, noun), "pattern": words, "choices": listed, "digits": digits})
        for text, noun, words in zip(texts, nouns, pattern, strict=True)
    )
    return french, english


def field_of(error: Mapping[str, Any]) -> str:
    """Where the error is, in the names of the request. A name that the caller sent is cut."""
    if error["type"] == "json_invalid":
        return "body"
    return ".".join(_named(error["loc"]))


def _named(loc: Iterable[Any]) -> Iterator[str]:
    """The parts of a place without pydantic's own names for the member of a union and for a property's name."""
    for part in loc:
        if isinstance(part, str) and _TAGS.fullmatch(part):
            return
        yield str(part)[:100]


def _choices(error: Mapping[str, Any]) -> list[str]:
    facts = error.get("ctx") or {}
    return _QUOTED.findall(str(facts.get("expected", facts.get("expected_tags", ""))))


def _lengths(facts: Mapping[str, Any], noun: str) -> dict[str, str]:
    """The bounds of a length with their noun."""
    return {
        name: f"{facts[name]} {noun}{'s' if int(facts[name]) > 1 else ''}"
        for name in ("min_length", "max_length")
        if facts.get(name) is not None
    }

"""Distinguishes readable text from the letters that a broken font encoding leaves behind.

Every French business page contains a few small words; a shifted or private encoding contains none.
"""

import unicodedata
from collections.abc import Sequence

_EXPECTED = frozenset(
    {
        *("de", "du", "des", "la", "le", "les", "et", "en", "un", "une", "pour", "par", "sur", "au", "aux"),
        *("a", "dans", "avec", "vous", "votre", "nos", "notre", "vos", "facture", "avoir", "date", "total"),
        *("tva", "ht", "ttc", "siret", "siren", "client", "montant", "prix", "page", "euros", "eur", "net"),
        *("rue", "code", "tel", "fr", "invoice", "the", "of", "to", "and", "in", "no", "for", "vat"),
        *("reference", "ref", "designation", "quantite", "qte", "description", "taux", "base", "service"),
        *("marche", "ville", "iban", "bic", "sas", "sarl", "sa", "commune", "mairie", "report", "situation"),
        *("travaux", "chantier", "annexe", "detail", "lot", "article", "numero", "mois", "h"),
    }
)


def is_readable_text(words: Sequence[str]) -> bool:
    """False when the words are mostly not words: bad encoding, private glyphs, replacement characters."""
    characters = "".join(words)
    if not characters:
        return False
    strange = sum(1 for char in characters if unicodedata.category(char) in ("Co", "Cn", "Cc") or char == "�")
    if strange > 0.1 * len(characters):
        return False
    plain = [_plain(word) for word in words]
    alphabetic = [word for word in plain if word.isalpha()]
    if len(alphabetic) >= 12:
        hits = sum(word in _EXPECTED for word in alphabetic)
        return hits >= max(1, 0.02 * len(alphabetic))
    usual = sum(char.isalnum() or char in " .,:;/-€%()'’°+_&@*=" for char in characters)
    return usual >= 0.6 * len(characters)


def _plain(word: str) -> str:
    """Lower case without accents or surrounding punctuation."""
    decomposed = unicodedata.normalize("NFKD", word.strip(".,:;()[]'’\"")).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))

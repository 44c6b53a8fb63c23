"""SIREN, SIRET, French VAT numbers and IBANs: their check digits.

Check digits only raise the confidence of a reading, they never reject a value: SIRETs of the portal's qualification
platform fail Luhn. The arithmetic is forty lines, so no library is used: python-stdnum is LGPL, schwifty ships a bank
registry of several MB. Sources: INSEE (SIREN, SIRET), the French tax administration (VAT key), ISO 13616 (IBAN).
"""

import re

_LA_POSTE = "356000000"


def digits_of(text: str) -> str:
    """The decimal digits of a text, in order."""
    return "".join(char for char in text if char in "0123456789")


def passes_luhn(digits: str) -> bool:
    """Whether a string of digits ends in its Luhn check digit."""
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_siren(text: str) -> bool:
    """Whether the text is nine digits with a correct check digit."""
    return bool(re.fullmatch(r"[0-9]{9}", text)) and passes_luhn(text)


def is_siret(text: str) -> bool:
    """Whether the text is fourteen digits whose SIREN and SIRET check digits are correct.

    The SIRETs of La Poste's offices follow another rule: the sum of their digits is a multiple of five.
    """
    if not re.fullmatch(r"[0-9]{14}", text) or not is_siren(text[:9]):
        return False
    if passes_luhn(text):
        return True
    return text.startswith(_LA_POSTE) and sum(map(int, text)) % 5 == 0


def is_public_body(siret: str) -> bool:
    """Whether the SIRET is in INSEE's range for public bodies: it starts with 1 (State) or 2 (local bodies)."""
    return siret[:1] in ("1", "2")


def siren_of_vat_number(text: str) -> str | None:
    """The SIREN inside a French VAT number (``FR`` + 2 characters + SIREN); None for any other text."""
    compact = re.sub(r"[^A-Z0-9]", "", text.upper())
    match = re.fullmatch(r"FR[0-9A-HJ-NP-Z]{2}([0-9]{9})", compact)
    return match[1] if match and not match[1].startswith("000") else None


def is_french_vat_number(text: str) -> bool:
    """Whether the text is a French VAT number with a correct numeric key."""
    siren = siren_of_vat_number(text)
    compact = re.sub(r"[^A-Z0-9]", "", text.upper())
    return siren is not None and compact[2:4].isdigit() and int(compact[2:4]) == (12 + 3 * (int(siren) % 97)) % 97


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN without spaces, with correct check digits; 27 characters for France and Monaco."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text):
        return False
    if text[:2] in ("FR", "MC") and len(text) != 27:
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1

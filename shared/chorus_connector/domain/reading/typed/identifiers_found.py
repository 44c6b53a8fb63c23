"""SIRETs, VAT numbers, IBANs and telephone numbers with their positions in a cell's text."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from chorus_connector.domain.identifiers import digits_of, is_iban, is_siret, siren_of_vat_number
from chorus_connector.domain.reading.typed.ocr_repair import repaired_digits

_D = r"[0-9OoIlSB|]"
_SIRET_FORMS = (
    r"\d{14}",
    r"\d{3}[ \u00a0\u202f\u2009.\-]\d{3}[ \u00a0\u202f\u2009.\-]\d{3}[ \u00a0\u202f\u2009.\-/]{1,3}\d{5}",
    r"\d{9}\s?[ \u00a0\u202f\u2009.\-/]{1,2}\s?\d{5}",
    r"\d{3}[ \u00a0\u202f\u2009.]\d{3}[ \u00a0\u202f\u2009.]\d{3}"
    r"[ \u00a0\u202f\u2009.]\d{3}[ \u00a0\u202f\u2009.]?\d{2}",
    r"\d{3}[ \u00a0\u202f\u2009.]\d{3}[ \u00a0\u202f\u2009.]\d{3}"
    r"[ \u00a0\u202f\u2009.]\d{2}[ \u00a0\u202f\u2009.]\d{3}",
    r"\d{3}[ \u00a0\u202f\u2009.]\d{3}[ \u00a0\u202f\u2009.]\d{8}",
    r"\d{2}(?:[ \u00a0\u202f\u2009.]\d{2}){6}",
    r"\d{3}[ \u00a0\u202f\u2009.]\d{3}[ \u00a0\u202f\u2009.]\d{3}"
    r"[ \u00a0\u202f\u2009.]\d{1,4}[ \u00a0\u202f\u2009.]\d{1,4}",
    r"\d{9}\s{1,2}\d{3}\s\d{2}",
)
_SIRET = re.compile(
    rf"(?:(?<![\w,/])|(?<=[Ss][Ii][Rr][Ee][Tt]))(?<!\d[ .])(?:{'|'.join(_SIRET_FORMS)})(?![\w]|[.,/]\d| \d)"
)
_SIREN_NIC = re.compile(
    r"siren\s*(?:n°)?\s*:?\s*(?P<siren>\d{3}[ \u00a0\u202f\u2009.]?\d{3}[ \u00a0\u202f\u2009.]?\d{3})[\s,;–()/-]{0,4}"
    r"nic\s*(?:n°)?\s*:?\s*(?P<nic>\d{5}|\d{3}[ \u00a0\u202f\u2009]\d{2}|\d{2}[ \u00a0\u202f\u2009]\d{3})(?!\d)",
    re.IGNORECASE,
)
_NOISY_SIRET = re.compile(rf"(?<![A-Za-z0-9]){_D}(?:[ \u00a0\u202f\u2009.\-]{{0,2}}{_D}){{13}}(?![A-Za-z0-9])")
_AFTER_ITS_NAME = re.compile(
    rf"(?i:s[i1l]ret)[^\d]{{0,20}}?(?P<siret>{_D}(?:[ .·\-/]{{0,3}}{_D}){{13}})(?![A-Za-z0-9])"
)
_FAINT_SIRET = re.compile(r"(?i:s[i1l]ret)[^\d]{0,4}(?P<digits>\d(?:[ .]?\d){11,12})(?!\d)")
_VAT = re.compile(
    r"(?<![A-Za-z0-9])FR\s?[0-9A-HJ-NP-Z]{2}\s?\d{3}[ \u00a0\u202f\u2009.]?\d{3}[ \u00a0\u202f\u2009.]?\d{3}(?!\d)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\s?[0-9OIl]{2}(?:[ \u00a0\u202f\u2009.\-]?[A-Za-z0-9]){11,30}")
_PHONE = re.compile(
    r"(?:(?<![\w.])|(?<=[Tt][EeÉé][Ll])|(?<=[Ff][Aa][Xx]))(?:\+33\s?\(?0?\)?\s?|0)[1-9](?:[ .\-  ]?\d{2}){4}(?![\d])"
)


@dataclass(frozen=True, slots=True)
class FoundIdentifier:
    """An identifier in its normal form and its position in the text."""

    start: int
    end: int
    value: str


def find_sirets(text: str, *, noisy: bool = False) -> Iterator[FoundIdentifier]:
    """Fourteen digits written as a SIRET; ``noisy`` also accepts letters an OCR engine confuses with digits."""
    taken: list[tuple[int, int]] = [match.span() for match in _IBAN.finditer(text) if is_iban(_compact(match[0]))]
    for match in _SIREN_NIC.finditer(text):
        taken.append(match.span())
        yield FoundIdentifier(match.start("siren"), match.end(), digits_of(match["siren"] + match["nic"]))
    for match in _SIRET.finditer(text):
        if not _overlaps(taken, match):
            taken.append(match.span())
            yield FoundIdentifier(match.start(), match.end(), digits_of(match[0]))
    if noisy:
        spans = [match.span() for match in _NOISY_SIRET.finditer(text)]
        spans += [match.span("siret") for match in _AFTER_ITS_NAME.finditer(text)]
        for start, end in spans:
            value = repaired_digits(text[start:end])
            if value and len(value) == 14 and not any(start < last and first < end for first, last in taken):
                taken.append((start, end))
                yield FoundIdentifier(start, end, value)


def find_faint_sirets(text: str, sirens: Collection[str]) -> Iterator[FoundIdentifier]:
    """SIRETs that lack a digit or two that an OCR engine lost, completed by a SIREN that a VAT number proves."""
    for match in _FAINT_SIRET.finditer(text):
        digits = digits_of(match["digits"])
        stem, nic = digits[:-5], digits[-5:]
        for siren in sirens:
            if len(stem) in (7, 8) and stem in siren and is_siret(siren + nic):
                yield FoundIdentifier(match.start("digits"), match.end("digits"), siren + nic)


def find_vat_sirens(text: str) -> Iterator[FoundIdentifier]:
    """The SIREN of each French VAT number."""
    for match in _VAT.finditer(text):
        siren = siren_of_vat_number(match[0])
        if siren:
            yield FoundIdentifier(match.start(), match.end(), siren)


def find_iban_texts(text: str) -> Iterator[FoundIdentifier]:
    """Texts that start like an IBAN, without spaces; the check digits may be wrong."""
    for match in _IBAN.finditer(text):
        yield FoundIdentifier(match.start(), match.end(), _compact(match[0]))


def telephone_spans(text: str) -> list[tuple[int, int]]:
    """The positions of French telephone numbers."""
    return [match.span() for match in _PHONE.finditer(text)]


def _compact(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _overlaps(taken: list[tuple[int, int]], match: re.Match[str]) -> bool:
    return any(match.start() < end and start < match.end() for start, end in taken)

"""The SIREN, the SIRET and the service codes among the identifiers that an invoice XML gives of a party.

A routing code or a product number may also have fourteen digits: taken for a SIRET, it would send the invoice to
another body. So the scheme decides, and a SIRET begins with the party's SIREN.
Sources: ISO 6523 (0002 SIREN, 0009 SIRET, 0224 routing code); XP Z12-012, BR-FR-CPRO-09 and 10; Chorus Pro's own
structured files, whose type 1 is a SIRET. Factur-X samples of before the reform have the SIRET as the legal identifier
with the scheme 0002.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.result import XmlFacts

_SIREN_SCHEMES = frozenset({"0002", "FR:SIRENE", "SIREN"})
_SIRET_SCHEMES = frozenset({"0009", "FR:SIRET", "SIRET", "1"})
_KNOWN_SCHEMES = _SIREN_SCHEMES | _SIRET_SCHEMES | {""}
_ROUTING_SCHEME = "0224"
_LISTED = 3  # identifiers that a problem names
_SHOWN = 60  # characters of an address that a problem quotes
_NOT_DIGITS = re.compile(r"[\s.]")

SiretField = Literal["supplier_siret", "recipient_siret"]


class Identifier(NamedTuple):
    """One identifier of a party: BT-29 or BT-46 is the ``party``'s, BT-30 or BT-47 the ``legal`` one."""

    place: Literal["party", "legal", "other"]
    scheme: str
    value: str

    @property
    def digits(self) -> str:
        """The value without the spaces and dots that people write into a SIRET."""
        return _NOT_DIGITS.sub("", self.value)

    @property
    def is_long(self) -> bool:
        """Whether it has fourteen digits, as a SIRET has."""
        return re.fullmatch(r"[0-9]{14}", self.digits) is not None


def siren_of(identifiers: Sequence[Identifier]) -> str | None:
    """The party's SIREN: its legal identifier, else an identifier of the SIREN scheme; a legal SIRET begins with it."""
    legal = [each for each in identifiers if each.place == "legal" and each.scheme in _KNOWN_SCHEMES]
    for each in (*legal, *(each for each in identifiers if each.scheme in _SIREN_SCHEMES)):
        if re.fullmatch(r"[0-9]{9}", each.digits) or (each.is_long and (each.scheme or is_siret(each.digits))):
            return each.digits[:9]
    return None


def siret_of(identifiers: Sequence[Identifier]) -> Identifier | None:
    """The identifier that is the party's SIRET, or None. With a SIREN beside it, it begins with that SIREN.

    Without a scheme and without a SIREN only a correct check digit tells a SIRET from a customer number. Of two
    different ones that are as sure, neither is.
    """
    surest = _surest_sirets(identifiers)
    return surest[0] if len({each.digits for each in surest}) == 1 else None


def _surest_sirets(identifiers: Sequence[Identifier]) -> list[Identifier]:
    siren = siren_of(identifiers)
    for equals in _by_rank(identifiers):
        fitting = [
            each
            for each in equals
            if (each.digits.startswith(siren) if siren else each.scheme or is_siret(each.digits))
        ]
        if fitting:
            return fitting
    return []


def routing_codes(identifiers: Sequence[Identifier]) -> list[str]:
    """The different codes of services that the identifiers give, in their order."""
    codes = (" ".join(each.value.split()) for each in identifiers if each.scheme == _ROUTING_SCHEME)
    return list(dict.fromkeys(code for code in codes if code))


def siret_problems(field: SiretField, identifiers: Sequence[Identifier]) -> Iterator[Problem]:
    """A SIRET that contradicts the party's SIREN is not used, and shown; of several a person chooses.

    A file may have thousands of them, so a problem names a few.
    """
    siren = siren_of(identifiers)
    sirets = (each.digits for each in identifiers if each.is_long and each.scheme in _SIRET_SCHEMES)
    strangers = [digits for digits in dict.fromkeys(sirets) if siren and not digits.startswith(siren)]
    if siren and strangers:
        yield siret_of_another(field, _listed(strangers), siren)
    several = list(dict.fromkeys(each.digits for each in _surest_sirets(identifiers)))
    if len(several) > 1:
        yield _several_sirets(field, _listed(several))


def service_problems(codes: Sequence[str], reference: str | None) -> Iterator[Problem]:
    """Of several routing codes a person chooses. A buyer's reference that differs from the only one is shown."""
    if len(codes) > 1:
        yield _several_services(_listed(codes))
    elif codes and reference and reference != codes[0]:
        yield _another_reference(codes[0][:_SHOWN], reference[:_SHOWN])


def siret_of_another(field: SiretField, siret: str, siren: str) -> Problem:
    """The problem of a SIRET, of the XML or of the page, that does not begin with the SIREN of the XML."""
    return Problem(
        field=field,
        code="siret_not_of_siren",
        fr=f"Le SIRET {siret} n'est pas retenu : le XML donne le SIREN {siren}, et il ne commence pas par lui. "
        "Vérifiez lequel est juste.",
        en=f"The SIRET {siret} is not used: the XML gives the SIREN {siren}, and it does not begin with it. Check "
        "which one is right.",
        blocking=False,
    )


def _several_sirets(field: SiretField, sirets: str) -> Problem:
    return Problem(
        field=field,
        code="siret_ambiguous",
        fr=f"Le XML donne plusieurs SIRET pour la même partie : {sirets}. Aucun n'est retenu ; indiquez le bon.",
        en=f"The XML gives several SIRETs for the same party: {sirets}. None is used; give the right one.",
    )


def _several_services(codes: str) -> Problem:
    return Problem(
        field="service_code",
        code="service_ambiguous",
        fr=f"Le XML donne plusieurs codes service (BT-46, schéma 0224) : {codes}. Aucun n'est retenu ; "
        "choisissez le bon.",
        en=f"The XML gives several service codes (BT-46, scheme 0224): {codes}. None is used; choose the right one.",
    )


def _another_reference(code: str, reference: str) -> Problem:
    return Problem(
        field="service_code",
        code="service_codes_differ",
        fr=f"Le XML donne le code service « {code} » (BT-46, schéma 0224) et la référence acheteur « {reference} » "
        "(BT-10). Le code est retenu ; vérifiez.",
        en=f"The XML gives the service code “{code}” (BT-46, scheme 0224) and the buyer reference “{reference}” "
        "(BT-10). The code is kept; please check.",
        blocking=False,
    )


def siren_only(facts: XmlFacts) -> Problem:
    """The problem of a recipient whose SIREN alone is known. Its SIRET is missing, which blocks."""
    siren, address = facts.recipient_siren, (facts.recipient_address or "")[:_SHOWN]
    fr, en = (f" (adresse électronique : {address})", f" (electronic address: {address})") if address else ("", "")
    return Problem(
        field="recipient_siret",
        code="siren_only",
        fr=f"Le XML ne donne que le SIREN {siren} du destinataire{fr}, et la page n'a pas de SIRET. Chorus Pro adresse "
        "à un établissement : demandez le SIRET (14 chiffres) au destinataire.",
        en=f"The XML only gives the recipient's SIREN {siren}{en}, and no SIRET was read on the page. Chorus Pro "
        "addresses an establishment: ask the recipient for the SIRET (14 digits).",
        blocking=False,
    )


def _by_rank(identifiers: Sequence[Identifier]) -> Iterator[list[Identifier]]:
    """What may be a SIRET, the surest first: by the scheme, then a legal identifier, then one without a scheme."""
    found = [each for each in identifiers if each.is_long]
    for place in ("party", "legal", "other"):
        yield [each for each in found if each.place == place and each.scheme in _SIRET_SCHEMES]
    yield [each for each in found if each.place == "legal" and each.scheme in _SIREN_SCHEMES]
    yield [each for each in found if each.place != "other" and not each.scheme]


def _listed(values: Sequence[str]) -> str:
    return ", ".join(value[:_SHOWN] for value in values[:_LISTED]) + (", …" if len(values) > _LISTED else "")

"""Which identifier of a party in an XML is its SIRET: the scheme decides, and the SIREN."""

import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.reading.xml_identifiers import (
    Identifier,
    routing_codes,
    siren_of,
    siret_of,
    siret_problems,
)

SIREN, SIRET = "110002011", "11000201100044"
OTHER = "21000001400014"  # another body's
PARTY: Literal["party"] = "party"

_SCHEMES = st.sampled_from(["0009", "0002", "0224", "0225", "0088", "0060", "0228", "VA", "FR:SIRET", "", "GLN"])
_VALUES = st.one_of(
    st.sampled_from([SIREN, SIRET, OTHER, OTHER[:9], "110 002 011 00044", "12345678901234", "STECH"]),
    st.from_regex(r"[0-9]{14}", fullmatch=True),
    st.from_regex(r"[0-9]{9}", fullmatch=True),
    st.text(max_size=20),
)
_PARTIES = st.lists(st.builds(Identifier, st.sampled_from([PARTY, "legal", "other"]), _SCHEMES, _VALUES), max_size=6)


@given(_PARTIES)
def test_no_identifier_of_another_scheme_is_the_siret_and_it_begins_with_the_siren(party: list[Identifier]) -> None:
    siret, siren = siret_of(party), siren_of(party)
    if siret is None:
        return
    assert re.fullmatch("[0-9]{14}", siret.digits)
    assert siret in party
    assert siret.scheme in ("0009", "FR:SIRET", "") or (siret.scheme == "0002" and siret.place == "legal")
    assert siret.digits.startswith(siren or "")
    assert siren is not None or siret.scheme or is_siret(siret.digits)


@given(_PARTIES)
def test_a_siret_that_is_refused_is_shown(party: list[Identifier]) -> None:
    siren = siren_of(party)
    shown = " ".join(problem.en for problem in siret_problems("recipient_siret", party))
    for each in party:
        if each.scheme in ("0009", "FR:SIRET") and each.is_long:
            stranger = bool(siren and not each.digits.startswith(siren))
            assert (each.digits in shown) == stranger or (stranger and "…" in shown)


@pytest.mark.parametrize("scheme", ["0224", "0225", "0088", "0060", "0002", "GLN"])
def test_fourteen_digits_of_another_scheme_send_nothing_to_another_body(scheme: str) -> None:
    legal = Identifier("legal", "0002", SIREN)
    assert siret_of([Identifier(PARTY, scheme, OTHER), legal]) is None
    assert siret_of([Identifier(PARTY, scheme, OTHER)]) is None
    assert siret_of([Identifier(PARTY, scheme, OTHER), legal, Identifier(PARTY, "0009", SIRET)]) == (
        PARTY,
        "0009",
        SIRET,
    )


def test_the_portals_own_identifier_comes_before_the_legal_one() -> None:
    office = f"{SIREN}00051"
    party = [Identifier("legal", "0009", SIRET), Identifier(PARTY, "0009", office)]
    assert siret_of(party) == (PARTY, "0009", office)


@pytest.mark.parametrize("legal", [("0002", SIREN), ("0002", SIRET), ("0009", SIRET), ("", SIREN)])
def test_the_siren_is_the_legal_identifier_or_its_first_nine_digits(legal: tuple[str, str]) -> None:
    assert siren_of([Identifier(PARTY, "0009", OTHER), Identifier("legal", *legal)]) == SIREN


def test_a_siret_without_a_scheme_needs_the_siren_or_its_check_digit() -> None:
    wrong = f"{SIREN}00045"
    assert siret_of([Identifier(PARTY, "", SIRET)]) is not None
    assert siret_of([Identifier(PARTY, "", wrong)]) is None
    assert siret_of([Identifier(PARTY, "", wrong), Identifier("legal", "0002", SIREN)]) is not None


def test_the_fictitious_sirets_of_the_qualification_platform_are_read_by_their_scheme() -> None:
    assert siret_of([Identifier(PARTY, "0009", "12345678901234")]) is not None


def test_a_file_with_thousands_of_identifiers_has_one_problem_of_them() -> None:
    party = [Identifier("legal", "0002", SIREN), *(Identifier(PARTY, "0009", f"{n:014}") for n in range(5000))]
    (problem,) = siret_problems("recipient_siret", party)
    assert len(problem.fr) < 400
    assert problem.fr.count("0000000000") == 3


def test_a_service_code_is_given_once_and_without_surplus_spaces() -> None:
    party = [Identifier(PARTY, "0224", " STECH "), Identifier(PARTY, "0224", "STECH"), Identifier(PARTY, "0009", SIRET)]
    assert routing_codes(party) == ["STECH"]

"""The identifiers of suppliers: one normal form for every spelling, and no two suppliers under one key."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.adapters.tenant_policy import Reach
from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.suppliers.identifier import (
    IdentifierScheme,
    SupplierIdentifier,
    is_overseas,
    overseas_code,
    supplier_identifier,
)
from chorus_connector.domain.suppliers.supplier import Supplier
from tests.builders import NOW, SUPPLIER_SIRET, a_supplier, of_siret

SCHEMES: tuple[IdentifierScheme, ...] = get_args(IdentifierScheme)
SEPARATORS = st.sampled_from(["", " ", ".", "-", "\u00a0", "/", "\u202f"])


def identifier(scheme: IdentifierScheme, text: str) -> SupplierIdentifier:
    return supplier_identifier(scheme, text, strict_siret=False)


def accepted(scheme: IdentifierScheme, text: str) -> SupplierIdentifier | None:
    try:
        return identifier(scheme, text)
    except Invalid:
        return None


TEXTS = st.one_of(
    st.text(max_size=24),
    st.from_regex(r"[0-9]{14}", fullmatch=True),
    st.from_regex(r"[0-9A-Za-z]{6,7}[ .]?[0-9]{3}", fullmatch=True),
    st.from_regex(r"(?:DE|es|GR|el|FR)[ -]?[0-9A-Z]{2,13}", fullmatch=True),
    st.from_regex(r"(?:US|ch|FRWF|NO)[ -]?[A-Za-zÆØßéİ&.' ]{1,18}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("scheme", "text", "key"),
    [
        ("SIRET", "732 829 320 00074", "73282932000074"),
        ("RIDET", "0 123 456.001", "RIDET-0123456001"),
        ("RIDET", "123456.001", "RIDET-123456001"),
        ("TAHITI", "a12345-001", "TAHITI-A12345001"),
        ("TAHITI", "123456 001", "TAHITI-123456001"),
        ("UE_HORS_FRANCE", "de 123 456 789", "UE_HORS_FRANCE-DE123456789"),
        ("UE_HORS_FRANCE", "NL123456789B01", "UE_HORS_FRANCE-NL123456789B01"),
        ("UE_HORS_FRANCE", "GR123456789", "UE_HORS_FRANCE-EL123456789"),
        ("HORS_UE", "CH Société Générale", "HORS_UE-CHSOCIETEGENERALE"),
        ("HORS_UE", "us Acme & Co.", "HORS_UE-USACMECO"),
        ("HORS_UE", "NOØrsted AS", "HORS_UE-NOORSTEDAS"),
        ("HORS_UE", "FRWF Épicerie 1", "HORS_UE-FRWFEPICERIE1"),
    ],
)
def test_an_identifier_has_one_normal_form(scheme: IdentifierScheme, text: str, key: str) -> None:
    assert identifier(scheme, text).key == key


@pytest.mark.parametrize(
    ("scheme", "text", "expected"),
    [
        ("SIRET", "7328293200007", "14"),
        ("RIDET", "0123456", "9"),
        ("RIDET", "12345678901", "10"),
        ("TAHITI", "A12345", "9"),
        ("TAHITI", "AB2345001", "5"),
        ("UE_HORS_FRANCE", "FR32123456789", "SIRET"),
        ("UE_HORS_FRANCE", "US123456789", "DE"),
        ("UE_HORS_FRANCE", "DE", "DE"),
        ("UE_HORS_FRANCE", "DE12345*789", "DE"),
        ("UE_HORS_FRANCE", "DE1234567890123", "12"),
        ("HORS_UE", "DEAcme GmbH", "16"),
        ("HORS_UE", "GB", "16"),
        ("HORS_UE", "1BAcme", "2"),
        ("HORS_UE", "NC Société du Nickel", "16"),
        ("HORS_UE", "GBAcme Widgets Internationals", "18"),
        ("HORS_UE", "CN中国", "18"),
        ("HORS_UE", "FRWF Société de pêche", "14"),
    ],
)
def test_a_wrong_identifier_is_refused_with_what_its_scheme_expects(
    scheme: IdentifierScheme, text: str, expected: str
) -> None:
    with pytest.raises(Invalid) as refused:
        identifier(scheme, text)
    (problem,) = refused.value.problems
    assert problem.code == ("not_a_siret" if scheme == "SIRET" else "identifier_malformed")
    assert expected in problem.fr
    assert expected in problem.en


@given(st.sampled_from(SCHEMES), TEXTS)
def test_the_normal_form_is_its_own_normal_form_and_safe_in_a_key(scheme: IdentifierScheme, text: str) -> None:
    found = accepted(scheme, text)
    if found is None:
        return
    assert identifier(scheme, found.value) == found
    assert found.is_written(text)
    assert found.value.isascii()
    assert found.value.isalnum()
    assert f"SIRET#{found.key}" in Reach("s1").with_sirets(found.key).partitions


@given(st.lists(st.tuples(st.sampled_from(SCHEMES), TEXTS), min_size=2, max_size=6))
def test_two_identifiers_share_a_key_only_if_they_are_the_same(pairs: list[tuple[IdentifierScheme, str]]) -> None:
    found = [each for scheme, text in pairs if (each := accepted(scheme, text))]
    found += [each for one in found for scheme in SCHEMES if (each := accepted(scheme, one.value))]
    keys = {each.key: (each.scheme, each.value) for each in found}
    assert len(keys) == len({(each.scheme, each.value) for each in found})


@given(st.from_regex(r"[0-9]{9,10}", fullmatch=True), SEPARATORS, SEPARATORS)
def test_spaces_and_punctuation_between_digits_do_not_count(digits: str, first: str, second: str) -> None:
    spelled = f" {digits[:3]}{first}{digits[3:6]}{second}{digits[6:]} "
    assert identifier("RIDET", spelled) == identifier("RIDET", digits)
    assert overseas_code(f"RIDET n° {spelled}") == digits


@given(st.from_regex(r"[0-9]{13}", fullmatch=True))
def test_a_valid_siret_is_the_same_in_both_views(start: str) -> None:
    for siret in (f"{start}{last}" for last in range(10)):
        supplier = a_supplier(siret=siret)
        assert supplier.identifier == of_siret(siret)
        assert supplier.siret == supplier.identifier_key == siret
        strict = is_siret(siret)
        assert strict == bool(_strict(siret))


def _strict(siret: str) -> SupplierIdentifier | None:
    try:
        return supplier_identifier("SIRET", siret, strict_siret=True)
    except Invalid:
        return None


def test_the_same_characters_under_two_schemes_are_two_suppliers() -> None:
    ridet, tahiti = identifier("RIDET", "123456001"), identifier("TAHITI", "123456001")
    assert ridet.value == tahiti.value
    assert ridet.key != tahiti.key


@pytest.mark.parametrize("text", ["73282932000074", "12345678", "ABC", "", "MAIRIE-2026-1"])
def test_only_a_ridet_or_tahiti_number_is_taken_for_an_overseas_recipient(text: str) -> None:
    assert overseas_code(text) is None
    assert not is_overseas(text)


_BEFORE = {"supplier_id": "s1", "name": "Durand", "created_at": NOW.isoformat(), "version": 3}


@pytest.mark.parametrize(("siret", "identified"), [(SUPPLIER_SIRET, of_siret(SUPPLIER_SIRET)), ("", None)])
def test_a_record_from_before_the_identifiers_still_reads(siret: str, identified: Any) -> None:
    read = Supplier.model_validate_json(json.dumps({**_BEFORE, "siret": siret}))
    assert (read.identifier, read.siret, read.version) == (identified, siret, 3)
    assert Supplier.model_validate_json(read.model_dump_json()) == read


def test_a_supplier_without_siret_has_none() -> None:
    supplier = a_supplier(identifier=identifier("RIDET", "0123456001"))
    assert (supplier.siret, supplier.identifier_key) == (None, "RIDET-0123456001")
    assert Supplier.model_validate_json(supplier.model_dump_json()) == supplier

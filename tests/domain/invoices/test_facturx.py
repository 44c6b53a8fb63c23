"""When a Factur-X may go as a flow: only when its XML says, alone, all that the form says."""

from collections.abc import Callable

import pytest

from chorus_connector.domain.invoices.facturx import goes_as_flow
from chorus_connector.domain.invoices.form import Form, FormField
from tests.builders import READ_VALUES, SUPPLIER_SIRET
from tests.facturx_sample import facturx_xml


def a_form(**changes: str | None) -> Form:
    values = {**READ_VALUES, "framework": "A1", **changes}
    return Form(fields={n: FormField(value=v, source="xml") for n, v in values.items() if v is not None})  # type: ignore[arg-type]


def flows(xml: bytes, **changes: str | None) -> bool:
    return goes_as_flow(xml, a_form(**changes), supplier_siret=SUPPLIER_SIRET)


def test_a_supplier_without_siret_sends_no_flow() -> None:
    xml = facturx_xml().replace(f'<ram:ID schemeID="0009">{SUPPLIER_SIRET}</ram:ID>'.encode(), b"")
    form = a_form(supplier_siret=None)
    assert not goes_as_flow(xml, form, supplier_siret=None)
    assert not goes_as_flow(xml, form, supplier_siret="")


def test_an_xml_that_says_what_the_form_says_goes_as_a_flow() -> None:
    assert flows(facturx_xml())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("invoice_number", "FA-2026-18"),
        ("invoice_type", "credit_note"),
        ("invoice_date", "2026-11-03"),
        ("currency", "USD"),
        ("total_ht", "500.01"),
        ("total_tva", "100.01"),
        ("total_ttc", "1800.00"),
        ("amount_due", "599.99"),
        ("recipient_siret", "79141015200015"),
        ("service_code", "VOIRIE"),
        ("engagement_number", "EJ-42"),
        ("contract_number", "M-7"),
        ("original_invoice_number", "FA-2026-01"),
        ("validator_siret", "79141015200015"),
        ("validator_service", "VOIRIE"),
        ("vat_exemption_reason", "Article 261"),
        ("bank_account", "1440"),
        ("comment", "Subrogation"),
        ("framework", "A2"),
    ],
)
def test_what_a_person_or_a_metadata_changed_would_not_reach_the_portal_so_the_pdf_goes(field: str, value: str) -> None:
    assert not flows(facturx_xml(), **{field: value})


@pytest.mark.parametrize(
    "profile",
    [
        "urn:factur-x.eu:1p0:minimum",
        "urn:factur-x.eu:1p0:basicwl",
        "urn:cen.eu:en16931:2017",
        "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
    ],
)
def test_every_profile_of_facturx_1_is_taken(profile: str) -> None:
    assert flows(facturx_xml(profile=profile))


@pytest.mark.parametrize(
    "xml",
    [
        facturx_xml(profile="urn:ferd:CrossIndustryDocument:invoice:1p0:comfort"),
        facturx_xml(profile="urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"),
        facturx_xml(framework=""),
        facturx_xml(payment_means=""),
        facturx_xml(supplier="79141015200015"),
        facturx_xml().replace(b":CrossIndustryInvoice:100", b":CrossIndustryDocument:1p0"),
        b"<not-xml",
        b"",
    ],
    ids=["zugferd 1", "xrechnung", "no framework", "no payment means", "another supplier", "old", "broken", "empty"],
)
def test_an_xml_the_portal_would_reject_is_no_flow(xml: bytes) -> None:
    assert not flows(xml)


def test_padding_around_the_xml_is_no_part_of_it() -> None:
    assert flows(b"\0 \r\n\t" + facturx_xml() + b"\t\n\r \0")


@pytest.mark.parametrize("letters", [str.lower, str.upper])
def test_capitals_in_the_profile_change_nothing(letters: Callable[[str], str]) -> None:
    assert flows(facturx_xml(profile=letters("urn:cen.eu:en16931:2017")))
    foreign = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    assert not flows(facturx_xml(profile=letters(foreign)))


@pytest.mark.parametrize(
    "xml",
    [
        facturx_xml().replace(b"?>", b'?><!DOCTYPE x [<!ENTITY e "e">]>', 1),
        facturx_xml().replace(b"?>", b"?><!DOCTYPE x>", 1),
        facturx_xml().replace(b'"UTF-8"', b'"x-unknown"'),
        facturx_xml(profile=""),
        facturx_xml(payment_means="<ram:SpecifiedTradeSettlementPaymentMeans/>"),
        facturx_xml().replace(b"<ram:TypeCode>30<", b"<ram:TypeCode> <"),
    ],
    ids=["a DTD with an entity", "a DTD", "an unknown encoding", "no profile", "means without a code", "an empty code"],
)
def test_an_xml_that_cannot_be_judged_is_no_flow(xml: bytes) -> None:
    assert not flows(xml)


def test_a_code_of_the_payment_means_may_have_spaces_around_it() -> None:
    assert flows(facturx_xml().replace(b"<ram:TypeCode>30<", b"<ram:TypeCode>\n 30 <"))
    assert flows(facturx_xml(framework=" A1 "))

"""When a Factur-X may go as a flow: only when its XML says, alone, all that the form says."""

from collections.abc import Callable

import pytest

from chorus_connector.domain.invoices.facturx import facts_of_xml
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.sending import Sending, Wishes, decide
from tests.builders import READ_VALUES, SUPPLIER_SIRET
from tests.facturx_sample import MEANS, facturx_xml


def a_form(**changes: str | None) -> Form:
    values = {**READ_VALUES, "framework": "A1", **changes}
    return Form(fields={n: FormField(value=v, source="xml") for n, v in values.items() if v is not None})  # type: ignore[arg-type]


def sent(xml: bytes, **changes: str | None) -> Sending:
    return decide(a_form(**changes), facts_of_xml(xml), Wishes(SUPPLIER_SIRET, as_flow=True))


def flows(xml: bytes, **changes: str | None) -> bool:
    return sent(xml, **changes).way == "flow"


def test_a_supplier_without_siret_sends_no_flow() -> None:
    xml = facturx_xml().replace(f'<ram:ID schemeID="0009">{SUPPLIER_SIRET}</ram:ID>'.encode(), b"")
    for none in (None, ""):
        for file in (xml, facturx_xml()):
            decision = decide(a_form(supplier_siret=None), facts_of_xml(file), Wishes(none, as_flow=True))
            assert decision.way == "plain_pdf_without_xml"


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


_GROSS = (
    b"<ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedLineTradeAgreement><ram:GrossPriceProductTradePrice>"
    b"<ram:ChargeAmount>5.00</ram:ChargeAmount>%s</ram:GrossPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>"
    b"</ram:IncludedSupplyChainTradeLineItem><ram:ApplicableHeaderTradeAgreement>"
)
_CHARGE = b"AppliedTradeAllowanceCharge"
_ALLOWANCE = b"<ram:%s><ram:ActualAmount>1.00</ram:ActualAmount></ram:%s>" % (_CHARGE, _CHARGE)
_REFERENCE = (
    b"<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>BL-1</ram:IssuerAssignedID>%s"
    b"</ram:AdditionalReferencedDocument></ram:ApplicableHeaderTradeAgreement>"
)
_OBJECT = b"<ram:AttachmentBinaryObject>JVBERi0=</ram:AttachmentBinaryObject>"
_BEGIN, _END = b"<ram:ApplicableHeaderTradeAgreement>", b"</ram:ApplicableHeaderTradeAgreement>"
_SPACED = " ".join([SUPPLIER_SIRET[:3], SUPPLIER_SIRET[3:6], SUPPLIER_SIRET[6:9], SUPPLIER_SIRET[9:]])
_CTC_FR = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        *((facturx_xml(framework=code), "process_of_reform") for code in ("B1", "S1", "M1", "B2", "S5", "m4", "S12")),
        (facturx_xml(framework="A25"), "process_unknown"),
        (facturx_xml(framework="urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"), "process_unknown"),
        (facturx_xml(framework=""), "process_missing"),
        (facturx_xml(profile=_CTC_FR), "profile_ctc_fr"),
        (facturx_xml(profile=_CTC_FR.upper()), "profile_ctc_fr"),
        (facturx_xml(profile="urn:cen.eu:en16931:2017#conformant#urn:zugferd.de:2p0:extended"), "not_facturx"),
        (facturx_xml(supplier=_SPACED), "identifier_written_otherwise"),
        (facturx_xml(recipient="210 000 014 00014"), "identifier_written_otherwise"),
        (facturx_xml(supplier=SUPPLIER_SIRET[:9]), "identifier_written_otherwise"),
        (facturx_xml(payment_means=""), "payment_means_missing"),
        *((facturx_xml().replace(b">380<", f">{code}<".encode()), "type_of_its_own") for code in (386, 389, 393, 384)),
        (facturx_xml(payment_means=MEANS + "<ram:SpecifiedTradeSettlementPaymentMeans/>"), "payment_means_missing"),
        (facturx_xml(kind="381"), "payment_means_on_credit_note"),
        (facturx_xml().replace(_BEGIN, _GROSS % b"", 1), "gross_price_without_allowance"),
        (facturx_xml().replace(_END, _REFERENCE % b"", 1), "reference_without_file"),
        (b"<not-xml", "xml_unusable"),
    ],
)
def test_what_the_portal_would_reject_as_a_flow_goes_as_a_pdf_without_its_xml(xml: bytes, reason: str) -> None:
    kind = "credit_note" if b">381<" in xml else "invoice"
    decision = sent(xml, invoice_type=kind)
    assert (decision.way, decision.reason) == ("plain_pdf_without_xml", reason)
    assert decision.fr
    assert "{" not in decision.fr + decision.en


def test_what_would_be_rejected_only_in_another_form_is_taken() -> None:
    assert flows(facturx_xml().replace(_BEGIN, _GROSS % _ALLOWANCE, 1))
    assert flows(facturx_xml().replace(_END, _REFERENCE % _OBJECT, 1))
    assert flows(facturx_xml(kind="381", payment_means=""), invoice_type="credit_note")


def test_the_reason_names_the_code_and_the_field() -> None:
    assert "« B1 »" in sent(facturx_xml(framework="B1")).fr
    assert "the amount due" in sent(facturx_xml(), amount_due="1.00").en


def test_a_text_that_the_portal_reads_with_its_spaces_is_another_one() -> None:
    place = b"BuyerOrderReferencedDocument"
    order = b"<ram:%s><ram:IssuerAssignedID>EJ  42</ram:IssuerAssignedID></ram:%s>" % (place, place)
    decision = sent(facturx_xml().replace(_END, order + _END, 1), engagement_number="EJ 42")
    assert (decision.reason, decision.detail) == ("form_differs", "engagement_number")


def test_a_service_that_only_the_reform_would_find_is_not_in_the_flow() -> None:
    party = b"<ram:BuyerTradeParty>"
    routed = facturx_xml().replace(party, party + b'<ram:ID schemeID="0224">VOIRIE</ram:ID>', 1)
    assert sent(routed, service_code="VOIRIE").detail == "service_code"

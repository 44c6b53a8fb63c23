"""A minus is never lost: what would be sent as a claim although it is a debt is shown to a person."""

from decimal import Decimal

import pytest

from chorus_connector.domain.reading.cii import parse_cii
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import Reading
from tests.domain.reading.paper import read, value

_XML = """<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100">
 <rsm:ExchangedDocument><ram:ID>F1</ram:ID><ram:TypeCode>{kind}</ram:TypeCode></rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeSettlement>
  <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
   <ram:TaxBasisTotalAmount>{ht}</ram:TaxBasisTotalAmount><ram:TaxTotalAmount>{tva}</ram:TaxTotalAmount>
   <ram:GrandTotalAmount>{ttc}</ram:GrandTotalAmount><ram:DuePayableAmount>{due}</ram:DuePayableAmount>
  </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
 </ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"""


def _xml(kind: str, ht: str, tva: str, ttc: str, due: str) -> bytes:
    return _XML.format(kind=kind, ht=ht, tva=tva, ttc=ttc, due=due).encode()


def _blocking(reading: Reading) -> list[tuple[str | None, str]]:
    return [(each.field, each.code) for each in reading.problems if each.blocking]


def test_an_xml_invoice_with_a_negative_total_is_not_read_as_a_positive_one_without_a_word() -> None:
    reading = read_document([], _xml("380", "-100.00", "-20.00", "-120.00", "-120.00"))
    assert value(reading, "total_ttc") == "120.00"
    assert _blocking(reading) == [("invoice_type", "negative_total")]


@pytest.mark.parametrize("sign", ["", "-"])
def test_an_xml_credit_note_is_one_whatever_its_signs(sign: str) -> None:
    reading = read_document([], _xml("381", f"{sign}100.00", f"{sign}20.00", f"{sign}120.00", f"{sign}120.00"))
    assert value(reading, "invoice_type") == "credit_note"
    assert value(reading, "total_ttc") == "120.00"
    assert _blocking(reading) == []


def test_what_was_overpaid_is_not_asked_for() -> None:
    reading = read_document([], _xml("380", "100.00", "20.00", "120.00", "-30.00"))
    assert _blocking(reading) == [("amount_due", "negative_due")]
    assert parse_cii(_xml("380", "100.00", "20.00", "120.00", "0.00")).problems == ()


def test_a_printed_invoice_whose_total_is_negative_is_shown_to_a_person() -> None:
    reading = read(
        *((50, 80, "FACTURE n° F12"), (300, 600, "Total HT"), (480, 600, "-100,00 €")),
        *((300, 615, "TVA 20 %"), (480, 615, "-20,00 €"), (300, 630, "Total TTC"), (480, 630, "-120,00 €")),
    )
    assert value(reading, "invoice_type") == "invoice"
    assert _blocking(reading) == [("invoice_type", "negative_total")]


def test_a_deposit_taken_off_is_no_negative_invoice() -> None:
    reading = read(
        *((50, 80, "FACTURE n° F12"), (300, 600, "Total HT"), (480, 600, "1 000,00"), (300, 615, "TVA")),
        *((480, 615, "200,00"), (300, 630, "Total TTC"), (480, 630, "1 200,00"), (300, 645, "Acompte versé")),
        *((480, 645, "-600,00"), (300, 660, "Reste à payer"), (480, 660, "600,00")),
    )
    assert value(reading, "amount_due") == str(Decimal("600.00"))
    assert _blocking(reading) == []

"""Every part of the product knows the same fields: a field with a row and nothing else is found here."""

import tomllib
from dataclasses import fields as attributes_of
from importlib.resources import files
from typing import get_args

import pytest

from chorus_connector.api.schemas.invoices import InvoiceView
from chorus_connector.domain.invoices import fields as module
from chorus_connector.domain.invoices.fields import (
    INVOICE_FIELDS,
    FieldName,
    FormFieldName,
    SubmissionField,
    fields_where,
)
from chorus_connector.domain.invoices.listing import csv_header
from chorus_connector.domain.invoices.submission import Submission
from chorus_connector.domain.portal.answers import FoundInvoice
from chorus_connector.domain.reading.cii import parse_cii
from chorus_connector.domain.reading.kinds import CODE_FIELDS
from tests.domain.reading.paper import read, value

_LABELS = tomllib.loads(files("chorus_connector.domain.reading.words").joinpath("labels.toml").read_text("utf-8"))


def test_every_name_has_one_row() -> None:
    assert len(module._ROWS) == len(INVOICE_FIELDS)
    assert set(INVOICE_FIELDS) == {*get_args(FieldName), *get_args(SubmissionField)}


@pytest.mark.parametrize("name", INVOICE_FIELDS)
def test_a_field_has_a_name_in_both_languages_and_choices_only_where_it_is_a_choice(name: FormFieldName) -> None:
    row = INVOICE_FIELDS[name]
    assert row.fr
    assert row.en
    assert bool(row.choices) == (row.kind == "choice")
    assert row.default is None or not row.choices or row.default in row.choices


def test_what_is_sent_is_what_a_submission_has() -> None:
    assert set(fields_where(lambda field: field.sent)) == set(Submission.model_fields)


def test_what_the_portal_requires_is_sent() -> None:
    assert all(INVOICE_FIELDS[name].sent for name in fields_where(lambda field: field.required))


def test_a_sent_field_that_is_not_read_is_not_compared_with_the_xml_of_a_flow() -> None:
    assert not any(field.compared_in_flow and field.deposit_only for field in INVOICE_FIELDS.values())


def test_what_the_portals_search_shows_is_an_attribute_of_what_it_finds() -> None:
    assert set(fields_where(lambda field: field.found)) <= {each.name for each in attributes_of(FoundInvoice)}


def test_what_recycling_may_change_is_shown_by_the_portals_search() -> None:
    assert all(field.found for field in INVOICE_FIELDS.values() if field.recyclable)


def test_what_is_listed_is_described_to_clients_and_exported() -> None:
    assert set(fields_where(lambda field: field.listed)) <= set(InvoiceView.model_fields)
    assert all(field.exported for field in INVOICE_FIELDS.values() if field.listed)


def test_the_columns_of_the_export_keep_their_order() -> None:
    assert csv_header() == (
        "\ufeffdocument_id;invoice_number;state;status;status_label;status_at;comment;invoice_date;recipient_siret;"
        "recipient_name;service_code;engagement_number;contract_number;total_ht;total_ttc;amount_due;chorus_id;due_date\r\n"
    )


@pytest.mark.parametrize("kind", CODE_FIELDS)
def test_a_code_is_read_behind_one_of_its_labels(kind: FieldName) -> None:
    plain = (phrase for phrase in _LABELS[kind]["strong"] if not set(phrase) & set("({"))
    label = next(phrase for phrase in plain if len(phrase) > 2)  # « SE » is a label in capitals only
    assert value(read((50, 100, f"{label} : AB-2026-114")), kind) == "AB-2026-114"


def test_every_field_that_is_read_is_read_from_the_invoices_xml() -> None:
    assert set(parse_cii(_FULL_XML).fields) == set(get_args(FieldName))


_FULL_XML = b"""<rsm:CrossIndustryInvoice
  xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100">
 <rsm:ExchangedDocument><ram:ID>F1</ram:ID><ram:TypeCode>380</ram:TypeCode>
  <ram:IssueDateTime>20261102</ram:IssueDateTime></rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  <ram:ApplicableHeaderTradeAgreement>
   <ram:BuyerReference>FINANCES</ram:BuyerReference>
   <ram:SellerTradeParty><ram:GlobalID schemeID="0009">73282932000074</ram:GlobalID><ram:Name>Durand</ram:Name>
   </ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:GlobalID schemeID="0009">11000201100044</ram:GlobalID><ram:Name>Mairie</ram:Name>
    <ram:DefinedTradeContact><ram:DepartmentName>Restauration</ram:DepartmentName></ram:DefinedTradeContact>
   </ram:BuyerTradeParty>
   <ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>EJ1</ram:IssuerAssignedID>
   </ram:BuyerOrderReferencedDocument>
   <ram:ContractReferencedDocument><ram:IssuerAssignedID>M1</ram:IssuerAssignedID></ram:ContractReferencedDocument>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeSettlement>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>
    <ram:IBANID>FR7630006000011234567890189</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
   </ram:SpecifiedTradeSettlementPaymentMeans>
   <ram:ApplicableTradeTax><ram:CalculatedAmount>100.00</ram:CalculatedAmount><ram:BasisAmount>500.00</ram:BasisAmount>
    <ram:RateApplicablePercent>20</ram:RateApplicablePercent></ram:ApplicableTradeTax>
   <ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>20261202</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:TaxBasisTotalAmount>500.00</ram:TaxBasisTotalAmount><ram:TaxTotalAmount>100.00</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>600.00</ram:GrandTotalAmount><ram:DuePayableAmount>600.00</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"""

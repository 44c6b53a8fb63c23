"""Structured invoices for the flow tests: CII, UBL, Factur-X PDFs and archives, with whatever values a test wants."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from pypdf import PdfWriter

from tests.tools.simulator.portal_caller import TOWN

SUPPLIER = "90123456700013"
_GOOD = {
    "framework": "A1",
    "number": "FX-1",
    "type_code": "380",
    "date": "20261009",
    "supplier": SUPPLIER,
    "recipient": TOWN,
    "service": "",
    "engagement": "",
    "means": "30",
    "ht": "100.00",
    "tva": "20.00",
    "ttc": "120.00",
}
_CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:BusinessProcessSpecifiedDocumentContextParameter><ram:ID>{framework}</ram:ID>
</ram:BusinessProcessSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>{type_code}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">{date}</udt:DateTimeString></ram:IssueDateTime>
</rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement>
<ram:BuyerReference>{service}</ram:BuyerReference>
<ram:SellerTradeParty><ram:SpecifiedLegalOrganization><ram:ID schemeID="0009">{supplier}</ram:ID>
</ram:SpecifiedLegalOrganization></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:SpecifiedLegalOrganization><ram:ID schemeID="0009">{recipient}</ram:ID>
</ram:SpecifiedLegalOrganization></ram:BuyerTradeParty>
<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>{engagement}</ram:IssuerAssignedID>
</ram:BuyerOrderReferencedDocument></ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeSettlement>
<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>{means}</ram:TypeCode>
</ram:SpecifiedTradeSettlementPaymentMeans><ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:TaxBasisTotalAmount>{ht}</ram:TaxBasisTotalAmount><ram:TaxTotalAmount>{tva}</ram:TaxTotalAmount>
<ram:GrandTotalAmount>{ttc}</ram:GrandTotalAmount><ram:DuePayableAmount>{ttc}</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""
_UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ProfileID>{framework}</cbc:ProfileID><cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-10-09</cbc:IssueDate>
<cbc:InvoiceTypeCode>{type_code}</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity><cbc:CompanyID>{supplier}</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity><cbc:CompanyID>{recipient}</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>{means}</cbc:PaymentMeansCode></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">{tva}</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>{ht}</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount>{ttc}</cbc:TaxInclusiveAmount><cbc:PayableAmount>{ttc}</cbc:PayableAmount>
</cac:LegalMonetaryTotal></Invoice>"""


def cii(**changes: Any) -> bytes:
    return _CII.format(**{**_GOOD, **changes}).encode()


def ubl(**changes: Any) -> bytes:
    return _UBL.format(**{**_GOOD, **changes}).encode()


def facturx(xml: bytes | None = None, name: str = "factur-x.xml", **changes: Any) -> bytes:
    """A one-page PDF with the XML inside."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_attachment(name, cii(**changes) if xml is None else xml)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def archive(*files: bytes) -> bytes:
    """A tar.gz of these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for number, content in enumerate(files, 1):
            entry = tarfile.TarInfo(f"facture{number}.pdf")
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return out.getvalue()

"""A Factur-X invoice of our own making: its XML, and a PDF that carries it."""

import io

from chorus_connector.domain.invoices.facturx import facts_of_xml
from chorus_connector.domain.invoices.file_facts import FileFacts
from tests.builders import SUPPLIER_SIRET, TOWN_SIRET

PROFILE = "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic"

_XML = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
  xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
 <rsm:ExchangedDocumentContext>
  <ram:BusinessProcessSpecifiedDocumentContextParameter><ram:ID>{framework}</ram:ID>
  </ram:BusinessProcessSpecifiedDocumentContextParameter>
  <ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>{profile}</ram:ID>
  </ram:GuidelineSpecifiedDocumentContextParameter>
 </rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument>
  <ram:ID>{number}</ram:ID><ram:TypeCode>{kind}</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">20261102</udt:DateTimeString></ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  <ram:IncludedSupplyChainTradeLineItem>
   <ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
   <ram:SpecifiedTradeProduct><ram:Name>Porte</ram:Name></ram:SpecifiedTradeProduct>
   <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>500.00</ram:ChargeAmount>
   </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
   <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">1</ram:BilledQuantity>
   </ram:SpecifiedLineTradeDelivery>
   <ram:SpecifiedLineTradeSettlement>
    <ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode>
     <ram:RateApplicablePercent>20.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
    <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>500.00</ram:LineTotalAmount>
    </ram:SpecifiedTradeSettlementLineMonetarySummation>
   </ram:SpecifiedLineTradeSettlement>
  </ram:IncludedSupplyChainTradeLineItem>
  <ram:ApplicableHeaderTradeAgreement>
   <ram:SellerTradeParty><ram:Name>Menuiserie Durand</ram:Name><ram:SpecifiedLegalOrganization>
    <ram:ID schemeID="0009">{supplier}</ram:ID></ram:SpecifiedLegalOrganization>
    <ram:PostalTradeAddress><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>
    <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">FR44732829320</ram:ID></ram:SpecifiedTaxRegistration>
   </ram:SellerTradeParty>
   <ram:BuyerTradeParty><ram:Name>Mairie</ram:Name><ram:SpecifiedLegalOrganization>
    <ram:ID schemeID="0009">{recipient}</ram:ID></ram:SpecifiedLegalOrganization>
    <ram:PostalTradeAddress><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress></ram:BuyerTradeParty>
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery>
   <ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>
    <udt:DateTimeString format="102">20261030</udt:DateTimeString></ram:OccurrenceDateTime>
   </ram:ActualDeliverySupplyChainEvent>
  </ram:ApplicableHeaderTradeDelivery>
  <ram:ApplicableHeaderTradeSettlement>
   <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
   {payment_means}
   <ram:ApplicableTradeTax><ram:CalculatedAmount>100.00</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>
    <ram:BasisAmount>500.00</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>
    <ram:RateApplicablePercent>20.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
   <ram:SpecifiedTradePaymentTerms><ram:Description>À réception</ram:Description></ram:SpecifiedTradePaymentTerms>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:LineTotalAmount>500.00</ram:LineTotalAmount>
    <ram:TaxBasisTotalAmount>500.00</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">100.00</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>600.00</ram:GrandTotalAmount>
    <ram:DuePayableAmount>600.00</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
"""
_PART = "SpecifiedTradeSettlementPaymentMeans"
_ACCOUNT = "PayeePartyCreditorFinancialAccount"
MEANS = (
    f"<ram:{_PART}><ram:TypeCode>30</ram:TypeCode>"
    f"<ram:{_ACCOUNT}><ram:IBANID>FR7630006000011234567890189</ram:IBANID></ram:{_ACCOUNT}></ram:{_PART}>"
)


def facturx_xml(
    *,
    number: str = "FA-2026-17",
    supplier: str = SUPPLIER_SIRET,
    recipient: str = TOWN_SIRET,
    profile: str = PROFILE,
    framework: str = "A1",
    payment_means: str = MEANS,
    kind: str = "380",
) -> bytes:
    """The XML of the invoice that ``tests.builders`` reads, with what a test wants otherwise."""
    return _XML.format(
        number=number,
        supplier=supplier,
        recipient=recipient,
        profile=profile,
        framework=framework,
        payment_means=payment_means,
        kind=kind,
    ).encode()


def file_of(xml: bytes | None) -> FileFacts:
    """What a PDF with that XML inside carries, or one without."""
    return FileFacts() if xml is None else facts_of_xml(xml)


PLAIN_PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
"""A PDF with nothing inside, as the portal sees it."""


def facturx_pdf(xml: bytes) -> bytes:
    """A one-page PDF with the XML attached under Factur-X's name."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_attachment("factur-x.xml", xml)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()

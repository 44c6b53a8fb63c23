"""Writes the CII XML of an invoice in every Factur-X profile and in ZUGFeRD 1, and embeds it in its PDF.

Element names and profile URNs follow the published Factur-X 1.0 and ZUGFeRD 1.0 / 2.x specifications; what a
profile does not carry (MINIMUM has no VAT table, no IBAN, no due date) is left out of the XML.
"""

# ruff: noqa: E501  element names are as long as the specification made them

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from random import Random
from xml.sax.saxutils import escape

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, NameObject

from tools.invoice_generator.document import Document
from tools.invoice_generator.model import Invoice, Party


@dataclass(frozen=True)
class Profile:
    """A profile: its guideline URN, the attachment's name and how much of the invoice it carries."""

    name: str
    urn: str
    file_name: str = "factur-x.xml"
    relationship: str = "/Alternative"
    depth: int = 2  # 0 MINIMUM, 1 without lines, 2 with lines
    zugferd_1: bool = False


_EN = "urn:cen.eu:en16931:2017"
PROFILES = (
    Profile("MINIMUM", "urn:factur-x.eu:1p0:minimum", relationship="/Data", depth=0),
    Profile("BASIC WL", "urn:factur-x.eu:1p0:basicwl", relationship="/Data", depth=1),
    Profile("BASIC", f"{_EN}#compliant#urn:factur-x.eu:1p0:basic"),
    Profile("EN 16931", _EN),
    Profile("EXTENDED", f"{_EN}#conformant#urn:factur-x.eu:1p0:extended"),
    Profile("ZUGFeRD 2.0", f"{_EN}#conformant#urn:zugferd.de:2p0:extended", "zugferd-invoice.xml"),
    Profile("XRECHNUNG", f"{_EN}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "xrechnung.xml"),
    Profile("ZUGFeRD 1.0", "urn:ferd:CrossIndustryDocument:invoice:1p0:comfort", "ZUGFeRD-invoice.xml", zugferd_1=True),
)
_SCHEME_0002, _SCHEME_VA = ' schemeID="0002"', ' schemeID="VA"'
_NOT_IN_MINIMUM = ("due_date", "vat_lines", "iban", "contract_number", "recipient_vat")


def with_xml(doc: Document, rng: Random, profile: Profile, *, differs: bool = False) -> Document:
    """The document with its XML embedded; with ``differs`` one value of the XML is not the page's.

    The truth then holds the XML's value and ``notes`` says ``xml_differs:<field>=<the page's value>``.
    A field that is neither printed nor in the profile cannot be found: it is null in the truth.
    """
    invoice, note = doc.invoice, f"xml={profile.name}"
    if differs:
        field, invoice = _altered(invoice, rng)
        note += f" xml_differs:{field}={doc.invoice.fields()[field]}"
    xml = (zugferd_1_xml if profile.zugferd_1 else cii_xml)(invoice, profile, rng)
    fields = invoice.fields()
    if profile.depth == 0:
        printed: dict[str, bool | None] = doc.truth["visible"]
        fields |= {name: None for name in _NOT_IN_MINIMUM if not printed[name]}
    visible: dict[str, object] = dict(doc.truth["visible"])
    visible |= {name: None for name, value in fields.items() if value is None}
    name = f"{doc.name}_xml"
    truth = doc.truth | {
        "id": name,
        "embedded_xml": True,
        "fields": fields,
        "visible": visible,
        "notes": f"{doc.truth['notes']} | {note}",
    }
    return replace(doc, name=name, pdf=attach(doc.pdf, xml, profile), truth=truth, invoice=invoice)


def attach(pdf: bytes, xml: bytes, profile: Profile) -> bytes:
    """The PDF with the XML as an associated file, as PDF/A-3 wants it."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    embedded = writer.add_attachment(profile.file_name, xml)
    specification = embedded.pdf_object
    specification[NameObject("/AFRelationship")] = NameObject(profile.relationship)
    embedded.subtype = NameObject("/text/xml")
    reference = specification.indirect_reference or writer._add_object(specification)
    writer.root_object[NameObject("/AF")] = ArrayObject([reference])
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _altered(invoice: Invoice, rng: Random) -> tuple[str, Invoice]:
    """The invoice with one value that its page does not show, and that value's field."""
    choices = {"invoice_number": replace(invoice, number=invoice.number + "9")}
    if invoice.engagement:
        choices["engagement_number"] = replace(invoice, engagement="4500" + str(rng.randint(100000, 999999)))
    if invoice.service_code:
        choices["service_code"] = replace(invoice, service_code="SRV" + str(rng.randint(100, 999)))
    field = rng.choice(sorted(choices))
    return field, choices[field]


def _date(value: date) -> str:
    return f'<udt:DateTimeString format="102">{value:%Y%m%d}</udt:DateTimeString>'


def _tag(name: str, value: object, attributes: str = "") -> str:
    return f"<ram:{name}{attributes}>{escape(str(value))}</ram:{name}>" if value not in (None, "") else ""


def _party(name: str, party: Party, scheme: str, *, minimum: bool) -> str:
    """A trade party; its SIRET goes where ``scheme`` says French programs put it."""
    global_id = legal = ""
    if party.siret and scheme == "0009":
        global_id = _tag("GlobalID", party.siret, ' schemeID="0009"')
        legal = party.siren or ""
    else:
        legal = party.siret or ""
    organisation = (
        f"<ram:SpecifiedLegalOrganization>{_tag('ID', legal, _SCHEME_0002)}</ram:SpecifiedLegalOrganization>"
        if legal
        else ""
    )
    address = (
        ""
        if minimum and name.startswith("Buyer")
        else (
            "<ram:PostalTradeAddress>"
            + (
                ""
                if minimum
                else _tag("PostcodeCode", party.postcode) + _tag("LineOne", party.street) + _tag("CityName", party.town)
            )
            + "<ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>"
        )
    )
    tax = (
        f"<ram:SpecifiedTaxRegistration>{_tag('ID', party.vat, _SCHEME_VA)}</ram:SpecifiedTaxRegistration>"
        if party.vat
        else ""
    )
    return f"<ram:{name}>{global_id}{_tag('Name', party.name)}{organisation}{address}{tax}</ram:{name}>"


def _category(invoice: Invoice) -> str:
    return {"normal": "S", "franchise": "E", "exempt": "E", "reverse": "AE"}[invoice.vat_regime]


def _tax_rows(invoice: Invoice, percent: str) -> str:
    category = _category(invoice)
    reason = "" if category == "S" else _tag("ExemptionReason", "TVA non applicable ou due par le preneur")
    return "".join(
        f"<ram:ApplicableTradeTax>{_tag('CalculatedAmount', f'{v.amount:.2f}')}<ram:TypeCode>VAT</ram:TypeCode>{reason}"
        f"{_tag('BasisAmount', f'{v.base:.2f}')}<ram:CategoryCode>{category}</ram:CategoryCode>{_tag(percent, f'{v.rate:.2f}')}</ram:ApplicableTradeTax>"
        for v in invoice.vat_lines
    )


def _lines(invoice: Invoice) -> str:
    return "".join(
        f"<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>{n}</ram:LineID></ram:AssociatedDocumentLineDocument>"
        f"<ram:SpecifiedTradeProduct>{_tag('Name', item.text)}</ram:SpecifiedTradeProduct>"
        f"<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>{_tag('ChargeAmount', f'{item.price:.2f}')}</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>"
        f'<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">{item.quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>'
        f"<ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>{_category(invoice)}</ram:CategoryCode>"
        f"{_tag('RateApplicablePercent', item.rate)}</ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementLineMonetarySummation>"
        f"{_tag('LineTotalAmount', f'{item.amount:.2f}')}</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>"
        "</ram:IncludedSupplyChainTradeLineItem>"
        for n, item in enumerate(invoice.items, 1)
    )


def _sums(invoice: Invoice, *, prepaid_before_due: bool) -> str:
    paid: Decimal = invoice.total_ttc - invoice.amount_due
    return (
        _tag("TaxBasisTotalAmount", f"{invoice.total_ht:.2f}")
        + _tag("TaxTotalAmount", f"{invoice.total_tva:.2f}", ' currencyID="EUR"')
        + _tag("GrandTotalAmount", f"{invoice.total_ttc:.2f}")
        + (_tag("TotalPrepaidAmount", f"{paid:.2f}") if paid and prepaid_before_due else "")
        + _tag("DuePayableAmount", f"{invoice.amount_due:.2f}")
    )


def _referenced(name: str, number: str | None, tag: str = "IssuerAssignedID") -> str:
    return f"<ram:{name}>{_tag(tag, number)}</ram:{name}>" if number else ""


def cii_xml(invoice: Invoice, profile: Profile, rng: Random) -> bytes:
    """The CII D16B / D22B document of the Factur-X and ZUGFeRD 2 profiles."""
    minimum = profile.depth == 0
    seller, buyer = rng.choice(("0002", "0009")), rng.choice(("0002", "0009"))
    due = (
        f"<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>{_date(invoice.due)}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>"
        if invoice.due and not minimum
        else ""
    )
    means = ""
    if invoice.bank and not minimum:
        means = f"<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>30</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount>{_tag('IBANID', invoice.bank.iban)}</ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>"
    line_total = "" if minimum else _tag("LineTotalAmount", f"{invoice.total_ht:.2f}")
    parts: Iterable[str] = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
        'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
        'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">',
        "<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>",
        _tag("ID", profile.urn),
        "</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>",
        "<rsm:ExchangedDocument>",
        _tag("ID", invoice.number),
        _tag("TypeCode", 381 if invoice.credit_note else 380),
        f"<ram:IssueDateTime>{_date(invoice.issued)}</ram:IssueDateTime></rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>",
        _lines(invoice) if profile.depth == 2 else "",
        "<ram:ApplicableHeaderTradeAgreement>",
        _tag("BuyerReference", invoice.service_code),
        _party("SellerTradeParty", invoice.supplier, seller, minimum=minimum),
        _party("BuyerTradeParty", invoice.recipient, buyer, minimum=minimum),
        _referenced("BuyerOrderReferencedDocument", invoice.engagement),
        "" if minimum else _referenced("ContractReferencedDocument", invoice.contract),
        "</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeDelivery/><ram:ApplicableHeaderTradeSettlement>",
        "<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>",
        means,
        "" if minimum else _tax_rows(invoice, "RateApplicablePercent"),
        due,
        "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>",
        line_total,
        _sums(invoice, prepaid_before_due=not minimum),
        "</ram:SpecifiedTradeSettlementHeaderMonetarySummation>",
        "" if minimum else _referenced("InvoiceReferencedDocument", invoice.original_number),
        "</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>",
    )
    return "".join(parts).encode()


def zugferd_1_xml(invoice: Invoice, profile: Profile, rng: Random) -> bytes:
    """The older document of ZUGFeRD 1.0 (2014): other root, other element names, the same facts."""
    seller, buyer = rng.choice(("0002", "0009")), "0009"
    due = (
        f"<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>{_date(invoice.due)}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>"
        if invoice.due
        else ""
    )
    means = (
        f"<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>31</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount>{_tag('IBANID', invoice.bank.iban)}</ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>"
        if invoice.bank
        else ""
    )
    parts: Iterable[str] = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0" '
        'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12" '
        'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15">',
        "<rsm:SpecifiedExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>",
        _tag("ID", profile.urn),
        "</ram:GuidelineSpecifiedDocumentContextParameter></rsm:SpecifiedExchangedDocumentContext><rsm:HeaderExchangedDocument>",
        _tag("ID", invoice.number),
        _tag("Name", "AVOIR" if invoice.credit_note else "FACTURE"),
        _tag("TypeCode", 381 if invoice.credit_note else 380),
        f"<ram:IssueDateTime>{_date(invoice.issued)}</ram:IssueDateTime></rsm:HeaderExchangedDocument><rsm:SpecifiedSupplyChainTradeTransaction>",
        "<ram:ApplicableSupplyChainTradeAgreement>",
        _tag("BuyerReference", invoice.service_code),
        _party_1("SellerTradeParty", invoice.supplier, seller),
        _party_1("BuyerTradeParty", invoice.recipient, buyer),
        _referenced("BuyerOrderReferencedDocument", invoice.engagement, "ID"),
        _referenced("ContractReferencedDocument", invoice.contract, "ID"),
        "</ram:ApplicableSupplyChainTradeAgreement><ram:ApplicableSupplyChainTradeDelivery/><ram:ApplicableSupplyChainTradeSettlement>",
        "<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>",
        means,
        _tax_rows(invoice, "ApplicablePercent"),
        due,
        "<ram:SpecifiedTradeSettlementMonetarySummation>",
        _tag("LineTotalAmount", f"{invoice.total_ht:.2f}", ' currencyID="EUR"'),
        _sums(invoice, prepaid_before_due=True),
        "</ram:SpecifiedTradeSettlementMonetarySummation>",
        "</ram:ApplicableSupplyChainTradeSettlement></rsm:SpecifiedSupplyChainTradeTransaction></rsm:CrossIndustryDocument>",
    )
    return "".join(parts).encode()


def _party_1(name: str, party: Party, scheme: str) -> str:
    """A ZUGFeRD 1.0 party: no legal organisation there, so the SIRET is a global id."""
    tax = (
        f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{party.vat}</ram:ID></ram:SpecifiedTaxRegistration>'
        if party.vat
        else ""
    )
    number = _tag("GlobalID", party.siret, f' schemeID="{scheme}"')
    address = f"<ram:PostalTradeAddress>{_tag('PostcodeCode', party.postcode)}{_tag('LineOne', party.street)}{_tag('CityName', party.town)}<ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>"
    return f"<ram:{name}>{number}{_tag('Name', party.name)}{address}{tax}</ram:{name}>"

"""Writes the CII XML of an invoice in every Factur-X profile, and makes Factur-X documents of drawn invoices.

The order of the elements and what a profile carries follow the published schemas and Schematrons of Factur-X 1.09 and
EXTENDED-CTC-FR (XP Z12-012): `tools.facturx_rules` holds every profile against them.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from xml.etree.ElementTree import Element

from tools.invoice_generator.document import Document
from tools.invoice_generator.model import Invoice, Item, Party
from tools.invoice_generator.pdf_attachment import Attachment, attach
from tools.invoice_generator.xml_nodes import Nodes
from tools.invoice_generator.zugferd_1 import zugferd_1_xml


@dataclass(frozen=True)
class Profile:
    """A profile: its guideline URN, the attachment's name and how much of the invoice it carries."""

    name: str
    urn: str
    file_name: str = "factur-x.xml"
    relationship: str = "/Alternative"
    depth: int = 2  # 0 MINIMUM, 1 without lines, 2 with lines
    zugferd_1: bool = False
    level: str = ""  # what the XMP calls it, where that is another name

    @property
    def extended(self) -> bool:
        """Whether a party may have several ids (SIRET and routing code), and a line its own reason of exemption."""
        return "EXTENDED" in (self.name, self.level)


@dataclass(frozen=True)
class PartyIds:
    """How a program writes who a party is; a pair is a scheme and a value."""

    own: tuple[tuple[str, str], ...] = ()  # BT-29, BT-46
    legal: tuple[str, str] | None = None  # BT-30, BT-47
    endpoint: tuple[str, str] | None = None  # BT-34, BT-49: the electronic address


@dataclass(frozen=True)
class Writing:
    """What a program writes beside the facts of the invoice, or instead of them."""

    seller: PartyIds
    buyer: PartyIds
    buyer_reference: str | None = None  # BT-10
    process: str | None = None  # BT-23
    type_code: str = "380"  # BT-3
    notes: tuple[tuple[str, str], ...] = ()  # BG-1: subject code and text
    means: str = "30"  # BT-81
    payee: Party | None = None  # BG-10
    guideline: str | None = None  # BT-24, where it is not the profile's own


_EN = "urn:cen.eu:en16931:2017"
PROFILES = (
    Profile("MINIMUM", "urn:factur-x.eu:1p0:minimum", relationship="/Data", depth=0),
    Profile("BASIC WL", "urn:factur-x.eu:1p0:basicwl", relationship="/Data", depth=1),
    Profile("BASIC", f"{_EN}#compliant#urn:factur-x.eu:1p0:basic"),
    Profile("EN 16931", _EN),
    Profile("EXTENDED", f"{_EN}#conformant#urn:factur-x.eu:1p0:extended"),
    Profile("ZUGFeRD 2.0", f"{_EN}#conformant#urn:zugferd.de:2p0:extended", "zugferd-invoice.xml", level="EXTENDED"),
    Profile("XRECHNUNG", f"{_EN}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "xrechnung.xml"),
    Profile("ZUGFeRD 1.0", "urn:ferd:CrossIndustryDocument:invoice:1p0:comfort", "ZUGFeRD-invoice.xml", zugferd_1=True),
    Profile("EXTENDED-CTC-FR", f"{_EN}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr", level="EXTENDED"),
)
_NOT_IN_MINIMUM = ("due_date", "vat_lines", "iban", "contract_number", "recipient_vat")

_node = Nodes(
    {
        "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
        "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
        "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
        "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    }
)


def profile(name: str) -> Profile:
    """The profile of that name."""
    return next(each for each in PROFILES if each.name == name)


def with_xml(doc: Document, rng: Random, profile: Profile, *, differs: bool = False) -> Document:
    """The document with its XML embedded; with ``differs`` one value of the XML is not the page's.

    The truth then holds the XML's value and ``notes`` says ``xml_differs:<field>=<the page's value>``.
    A field that is neither printed nor in the profile cannot be found: it is null in the truth.
    """
    invoice, note = doc.invoice, f"xml={profile.name}"
    if differs:
        field, invoice = _altered(invoice, rng)
        note += f" xml_differs:{field}={doc.invoice.fields()[field]}"
    seller, buyer = rng.choice(("0002", "0009")), rng.choice(("0002", "0009"))
    if profile.zugferd_1:
        xml = zugferd_1_xml(invoice, profile.urn, seller)
    else:
        xml = cii_xml(invoice, profile, usual_writing(invoice, seller, buyer))
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
    return replace(doc, name=name, pdf=embed(doc.pdf, xml, profile, invoice.issued), truth=truth, invoice=invoice)


def embed(pdf: bytes, xml: bytes, profile: Profile, day: date) -> bytes:
    """The PDF with the XML as this profile's associated file, written on that day."""
    level = profile.level or profile.name
    return attach(pdf, Attachment(xml, profile.file_name, profile.relationship, level, day))


def usual_writing(invoice: Invoice, seller: str = "0009", buyer: str = "0009") -> Writing:
    """How French programs write an invoice's parties: the SIRET as legal id (0002) or as an id of its own (0009)."""
    return Writing(
        seller=_usual_ids(invoice.supplier, seller),
        buyer=_usual_ids(invoice.recipient, buyer),
        buyer_reference=invoice.service_code,
        type_code="381" if invoice.credit_note else "380",
    )


def _usual_ids(party: Party, scheme: str) -> PartyIds:
    if party.siret is None or party.siren is None:
        return PartyIds()
    if scheme == "0009":
        return PartyIds(own=(("0009", party.siret),), legal=("0002", party.siren))
    return PartyIds(legal=("0002", party.siret))


def _altered(invoice: Invoice, rng: Random) -> tuple[str, Invoice]:
    """The invoice with one value that its page does not show, and that value's field."""
    choices = {"invoice_number": replace(invoice, number=invoice.number + "9")}
    if invoice.engagement:
        choices["engagement_number"] = replace(invoice, engagement="4500" + str(rng.randint(100000, 999999)))
    if invoice.service_code:
        choices["service_code"] = replace(invoice, service_code="SRV" + str(rng.randint(100, 999)))
    field = rng.choice(sorted(choices))
    return field, choices[field]


def cii_xml(invoice: Invoice, profile: Profile, writing: Writing | None = None) -> bytes:
    """The invoice as a CII document of a Factur-X or ZUGFeRD 2 profile."""
    writing = writing or usual_writing(invoice)
    return _node.document(
        _node(
            "rsm:CrossIndustryInvoice",
            _node(
                "rsm:ExchangedDocumentContext",
                _node("ram:BusinessProcessSpecifiedDocumentContextParameter", _node("ram:ID", writing.process)),
                _node(
                    "ram:GuidelineSpecifiedDocumentContextParameter", _node("ram:ID", writing.guideline or profile.urn)
                ),
            ),
            _node(
                "rsm:ExchangedDocument",
                _node("ram:ID", invoice.number),
                _node("ram:TypeCode", writing.type_code),
                _node("ram:IssueDateTime", _day(invoice.issued)),
                *(
                    _node("ram:IncludedNote", _node("ram:Content", text), _node("ram:SubjectCode", subject))
                    for subject, text in writing.notes
                    if profile.depth
                ),
            ),
            _node(
                "rsm:SupplyChainTradeTransaction",
                *(_line(number, item, invoice, profile) for number, item in enumerate(_items(invoice, profile), 1)),
                _agreement(invoice, profile, writing),
                _node("ram:ApplicableHeaderTradeDelivery", _delivered(invoice) if profile.depth else None, empty=True),
                _settlement(invoice, profile, writing),
            ),
        )
    )


def _items(invoice: Invoice, profile: Profile) -> tuple[Item, ...]:
    return invoice.items if profile.depth == 2 else ()


def _delivered(invoice: Invoice) -> Element | None:
    day = _day(invoice.delivery_date or invoice.issued)
    return _node("ram:ActualDeliverySupplyChainEvent", _node("ram:OccurrenceDateTime", day))


def _line(number: int, item: Item, invoice: Invoice, profile: Profile) -> Element | None:
    return _node(
        "ram:IncludedSupplyChainTradeLineItem",
        _node("ram:AssociatedDocumentLineDocument", _node("ram:LineID", number)),
        _node("ram:SpecifiedTradeProduct", _node("ram:Name", item.text)),
        _node(
            "ram:SpecifiedLineTradeAgreement",
            _node("ram:NetPriceProductTradePrice", _money("ram:ChargeAmount", item.price)),
        ),
        _node("ram:SpecifiedLineTradeDelivery", _node("ram:BilledQuantity", item.quantity, unitCode="C62")),
        _node(
            "ram:SpecifiedLineTradeSettlement",
            _node(
                "ram:ApplicableTradeTax",
                _node("ram:TypeCode", "VAT"),
                _exemption(invoice, item.rate) if profile.extended else None,
                _node("ram:CategoryCode", _category(invoice, item.rate)),
                _node("ram:RateApplicablePercent", f"{item.rate:.2f}"),
            ),
            _node("ram:SpecifiedTradeSettlementLineMonetarySummation", _money("ram:LineTotalAmount", item.amount)),
        ),
    )


def _agreement(invoice: Invoice, profile: Profile, writing: Writing) -> Element | None:
    return _node(
        "ram:ApplicableHeaderTradeAgreement",
        _node("ram:BuyerReference", writing.buyer_reference),
        _party("ram:SellerTradeParty", invoice.supplier, writing.seller, profile),
        _party("ram:BuyerTradeParty", invoice.recipient, writing.buyer, profile),
        _node("ram:BuyerOrderReferencedDocument", _node("ram:IssuerAssignedID", invoice.engagement)),
        _node("ram:ContractReferencedDocument", _node("ram:IssuerAssignedID", invoice.contract))
        if profile.depth
        else None,
    )


def _party(name: str, party: Party, ids: PartyIds, profile: Profile) -> Element | None:
    """A trade party. MINIMUM has neither global ids nor electronic addresses, and the country of the seller only."""
    minimum, seller = profile.depth == 0, "Seller" in name
    scheme, endpoint = ids.endpoint or ("", None)
    legal_scheme, legal = ids.legal or ("", None)
    return _node(
        name,
        *(_node("ram:GlobalID", value, schemeID=scheme) for scheme, value in ids.own if not minimum),
        _node("ram:Name", party.name),
        _node("ram:SpecifiedLegalOrganization", _node("ram:ID", legal, schemeID=legal_scheme)),
        None if minimum and not seller else _address(party, short=minimum),
        None if minimum else _node("ram:URIUniversalCommunication", _node("ram:URIID", endpoint, schemeID=scheme)),
        None
        if minimum and not seller
        else _node("ram:SpecifiedTaxRegistration", _node("ram:ID", party.vat, schemeID="VA")),
    )


def _address(party: Party, *, short: bool) -> Element | None:
    lines = (
        _node("ram:PostcodeCode", party.postcode),
        _node("ram:LineOne", party.street),
        _node("ram:CityName", party.town),
    )
    return _node("ram:PostalTradeAddress", *(() if short else lines), _node("ram:CountryID", "FR"))


def _settlement(invoice: Invoice, profile: Profile, writing: Writing) -> Element | None:
    if profile.depth == 0:
        return _node(
            "ram:ApplicableHeaderTradeSettlement",
            _node("ram:InvoiceCurrencyCode", "EUR"),
            _node("ram:SpecifiedTradeSettlementHeaderMonetarySummation", *_sums(invoice), _due(invoice)),
        )
    paid = invoice.total_ttc - invoice.amount_due
    return _node(
        "ram:ApplicableHeaderTradeSettlement",
        _node("ram:InvoiceCurrencyCode", "EUR"),
        _payee(writing.payee),
        _means(invoice, writing),
        *_taxes(invoice),
        _terms(invoice),
        _node(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _money("ram:LineTotalAmount", invoice.total_ht),
            *_sums(invoice),
            _money("ram:TotalPrepaidAmount", paid) if paid else None,
            _due(invoice),
        ),
        _earlier(invoice),
    )


def _payee(payee: Party | None) -> Element | None:
    if payee is None:
        return None
    return _node(
        "ram:PayeeTradeParty",
        _node("ram:GlobalID", payee.siret, schemeID="0009"),
        _node("ram:Name", payee.name),
        _node("ram:SpecifiedLegalOrganization", _node("ram:ID", payee.siren, schemeID="0002")),
    )


def _means(invoice: Invoice, writing: Writing) -> Element | None:
    """How it is paid; nothing where the invoice names no account and was not paid."""
    if invoice.bank is None and writing.means == "30":
        return None
    return _node(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        _node("ram:TypeCode", writing.means),
        invoice.bank and _node("ram:PayeePartyCreditorFinancialAccount", _node("ram:IBANID", invoice.bank.iban)),
    )


def _category(invoice: Invoice, rate: Decimal) -> str:
    """The VAT category (BT-118, BT-151): reverse charge needs a buyer with an identifier (BR-AE-02)."""
    if rate:
        return "S"
    return "AE" if invoice.vat_regime == "reverse" and invoice.recipient.siret else "E"


_REASONS = {
    "franchise": "TVA non applicable, article 293 B du CGI",
    "exempt": "Exonération de TVA, article 261 du CGI",
    "reverse": "Autoliquidation",
}


def _exemption(invoice: Invoice, rate: Decimal) -> Element | None:
    return None if rate else _node("ram:ExemptionReason", _REASONS.get(invoice.vat_regime, "Exonération de TVA"))


def _taxes(invoice: Invoice) -> list[Element | None]:
    return [
        _node(
            "ram:ApplicableTradeTax",
            _money("ram:CalculatedAmount", row.amount),
            _node("ram:TypeCode", "VAT"),
            _exemption(invoice, row.rate),
            _money("ram:BasisAmount", row.base),
            _node("ram:CategoryCode", _category(invoice, row.rate)),
            _node("ram:RateApplicablePercent", f"{row.rate:.2f}"),
        )
        for row in invoice.vat_lines
    ]


def _terms(invoice: Invoice) -> Element | None:
    """The due date, or words in its place: an amount that is due needs one of them (BR-CO-25)."""
    return _node(
        "ram:SpecifiedTradePaymentTerms",
        _node("ram:DueDateDateTime", _day(invoice.due)) if invoice.due else _node("ram:Description", "À réception"),
    )


def _sums(invoice: Invoice) -> tuple[Element | None, ...]:
    return (
        _money("ram:TaxBasisTotalAmount", invoice.total_ht),
        _node("ram:TaxTotalAmount", f"{invoice.total_tva:.2f}", currencyID="EUR"),
        _money("ram:GrandTotalAmount", invoice.total_ttc),
    )


def _due(invoice: Invoice) -> Element | None:
    return _money("ram:DuePayableAmount", invoice.amount_due)


def _earlier(invoice: Invoice) -> Element | None:
    return _node(
        "ram:InvoiceReferencedDocument",
        _node("ram:IssuerAssignedID", invoice.original_number),
        invoice.original_date
        and _node(
            "ram:FormattedIssueDateTime",
            _node("qdt:DateTimeString", f"{invoice.original_date:%Y%m%d}", format="102"),
        ),
    )


def _money(name: str, amount: Decimal) -> Element | None:
    return _node(name, f"{amount:.2f}")


def _day(value: date) -> Element | None:
    return _node("udt:DateTimeString", f"{value:%Y%m%d}", format="102")

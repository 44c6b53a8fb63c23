"""Writes the XML of ZUGFeRD 1.0 (2014): another root and other names than Factur-X, the same facts.

Its published schema is the source of the order and of what is mandatory.
"""

from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from tools.invoice_generator.model import Invoice, Item, Party
from tools.invoice_generator.xml_nodes import Nodes

_node = Nodes(
    {
        "rsm": "urn:ferd:CrossIndustryDocument:invoice:1p0",
        "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12",
        "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15",
    }
)


def zugferd_1_xml(invoice: Invoice, guideline: str, seller_scheme: str) -> bytes:
    """The invoice as a ZUGFeRD 1.0 document; ``seller_scheme`` is the scheme of the seller's SIRET."""
    return _node.document(
        _node(
            "rsm:CrossIndustryDocument",
            _node(
                "rsm:SpecifiedExchangedDocumentContext",
                _node("ram:GuidelineSpecifiedDocumentContextParameter", _node("ram:ID", guideline)),
            ),
            _node(
                "rsm:HeaderExchangedDocument",
                _node("ram:ID", invoice.number),
                _node("ram:Name", "AVOIR" if invoice.credit_note else "FACTURE"),
                _node("ram:TypeCode", 381 if invoice.credit_note else 380),
                _node("ram:IssueDateTime", _day(invoice.issued)),
            ),
            _node(
                "rsm:SpecifiedSupplyChainTradeTransaction",
                _agreement(invoice, seller_scheme),
                _node("ram:ApplicableSupplyChainTradeDelivery", empty=True),
                _settlement(invoice),
                *(_line(number, item) for number, item in enumerate(invoice.items, 1)),
            ),
        )
    )


def _agreement(invoice: Invoice, seller_scheme: str) -> Element | None:
    return _node(
        "ram:ApplicableSupplyChainTradeAgreement",
        _node("ram:BuyerReference", invoice.service_code),
        _party("ram:SellerTradeParty", invoice.supplier, seller_scheme),
        _party("ram:BuyerTradeParty", invoice.recipient, "0009"),
        _node("ram:BuyerOrderReferencedDocument", _node("ram:ID", invoice.engagement)),
        _node("ram:ContractReferencedDocument", _node("ram:ID", invoice.contract)),
    )


def _party(name: str, party: Party, scheme: str) -> Element | None:
    """A party. There is no legal organisation in this format, so the SIRET is a global id."""
    return _node(
        name,
        _node("ram:GlobalID", party.siret, schemeID=scheme),
        _node("ram:Name", party.name),
        _node(
            "ram:PostalTradeAddress",
            _node("ram:PostcodeCode", party.postcode),
            _node("ram:LineOne", party.street),
            _node("ram:CityName", party.town),
            _node("ram:CountryID", "FR"),
        ),
        _node("ram:SpecifiedTaxRegistration", _node("ram:ID", party.vat, schemeID="VA")),
    )


def _settlement(invoice: Invoice) -> Element | None:
    paid = invoice.total_ttc - invoice.amount_due
    return _node(
        "ram:ApplicableSupplyChainTradeSettlement",
        _node("ram:InvoiceCurrencyCode", "EUR"),
        invoice.bank
        and _node(
            "ram:SpecifiedTradeSettlementPaymentMeans",
            _node("ram:TypeCode", 31),
            _node("ram:PayeePartyCreditorFinancialAccount", _node("ram:IBANID", invoice.bank.iban)),
        ),
        *(
            _node(
                "ram:ApplicableTradeTax",
                _money("ram:CalculatedAmount", row.amount),
                _node("ram:TypeCode", "VAT"),
                _money("ram:BasisAmount", row.base),
                _node("ram:CategoryCode", "S" if row.rate else "E"),
                _node("ram:ApplicablePercent", f"{row.rate:.2f}"),
            )
            for row in invoice.vat_lines
        ),
        invoice.due and _node("ram:SpecifiedTradePaymentTerms", _node("ram:DueDateDateTime", _day(invoice.due))),
        _node(
            "ram:SpecifiedTradeSettlementMonetarySummation",
            _money("ram:LineTotalAmount", invoice.total_ht),
            _money("ram:ChargeTotalAmount", Decimal(0)),
            _money("ram:AllowanceTotalAmount", Decimal(0)),
            _money("ram:TaxBasisTotalAmount", invoice.total_ht),
            _money("ram:TaxTotalAmount", invoice.total_tva),
            _money("ram:GrandTotalAmount", invoice.total_ttc),
            _money("ram:TotalPrepaidAmount", paid) if paid else None,
            _money("ram:DuePayableAmount", invoice.amount_due),
        ),
    )


def _line(number: int, item: Item) -> Element | None:
    return _node(
        "ram:IncludedSupplyChainTradeLineItem",
        _node("ram:AssociatedDocumentLineDocument", _node("ram:LineID", number)),
        _node("ram:SpecifiedSupplyChainTradeDelivery", _node("ram:BilledQuantity", item.quantity, unitCode="C62")),
        _node(
            "ram:SpecifiedSupplyChainTradeSettlement",
            _node(
                "ram:SpecifiedTradeSettlementMonetarySummation",
                _money("ram:LineTotalAmount", item.amount),
            ),
        ),
        _node("ram:SpecifiedTradeProduct", _node("ram:Name", item.text)),
    )


def _money(name: str, amount: Decimal) -> Element | None:
    return _node(name, f"{amount:.2f}", currencyID="EUR")


def _day(value: date) -> Element | None:
    return _node("udt:DateTimeString", f"{value:%Y%m%d}", format="102")

"""The invoice XML inside a Factur-X or ZUGFeRD PDF (UN/CEFACT CII), every profile and both generations.

Names differ between ZUGFeRD 1, ZUGFeRD 2 and Factur-X, so elements are found by local name. Parsed without DTD or
entities. BT numbers are those of EN 16931; for the French public sector BT-10 is the service, BT-13 the engagement
and BT-12 the contract. Without BT-10 the service is the buyer's identifier with scheme 0224 (BT-46, routing code; XP
Z12-012, BR-FR-CPRO-11).
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.fields.signs import sign_problems
from chorus_connector.domain.reading.result import FieldReading, VatLine
from chorus_connector.domain.reading.typed.amounts import money_text

_MAX_XML = 20 * 1024 * 1024
_MAX_DIGITS = 12  # of whole euros; a huge exponent would overflow in every calculation
_CREDIT_NOTES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
_INVOICES = frozenset(
    {
        *("71", "80", "82", "84", "102", "130", "202", "203", "204", "211", "218", "219", "295", "326"),
        *("331", "380", "382", "383", "384", "385", "386", "387", "388", "389", "390", "393", "394", "395"),
        *("456", "457", "471", "472", "473", "500", "501", "527", "553", "575", "623", "633", "751", "780"),
        *("817", "870", "875", "876", "877", "935"),
    }
)
"""Type codes (BT-3, UNTDID 1001) of EN 16931 that demand a payment. 325, a pro forma invoice, does not."""
CII_ROOTS = ("CrossIndustryInvoice", "CrossIndustryDocument")
_TRANSACTION = ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
_HEADER = ("ExchangedDocument", "HeaderExchangedDocument")
_AGREEMENT = ("ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
_SETTLEMENT = ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
_SUMMATION = ("SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation")
_SIREN_SCHEME = "0002"
_SIRET_SCHEMES = frozenset({_SIREN_SCHEME, "0009", "0225", "FR:SIRET", "SIRET"})
_ROUTING_SCHEME = "0224"
_OTHER_SCHEMES = frozenset({_ROUTING_SCHEME, "0088", "0060"})  # their fourteen digits are no SIRET
_WIDE_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_WIDE_DECLARATION = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?:utf-?16|ucs-?2|unicode)[^>]*\?>", re.IGNORECASE)


@dataclass(frozen=True)
class CiiInvoice:
    """What the XML says, in the reading's normal forms, and what is wrong with it."""

    fields: dict[FieldName, FieldReading] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def parse_cii(xml: bytes) -> CiiInvoice:
    """The fields of an invoice XML; unreadable XML gives a problem and no fields, never an exception."""
    try:
        root = _parse(xml)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return CiiInvoice(problems=(xml_unreadable(),))
    if _local(root) not in CII_ROOTS:
        return CiiInvoice(problems=(xml_unreadable(),))
    code = _text(_child(root, *_HEADER), "TypeCode")
    if code and code not in _INVOICES | _CREDIT_NOTES:
        return CiiInvoice(problems=(_not_an_invoice(code),))
    fields = {name: _reading(value, name) for name, value in _values(root) if value}
    return CiiInvoice(fields=fields, problems=tuple(_signs(root, fields)))


def _signs(root: Any, fields: dict[FieldName, FieldReading]) -> Iterator[Problem]:
    summation = _child(_child(_child(root, *_TRANSACTION), *_SETTLEMENT), *_SUMMATION)
    kind = str(fields["invoice_type"].value) if "invoice_type" in fields else None
    return sign_problems(kind, _amount(summation, "GrandTotalAmount"), _amount(summation, "DuePayableAmount"))


def _parse(xml: bytes) -> Any:
    if len(xml) > _MAX_XML:
        raise ValueError("too large")
    return ElementTree.fromstring(_decoded(xml), forbid_dtd=True, forbid_entities=True, forbid_external=True)


def _decoded(xml: bytes) -> bytes | str:
    """The XML without padding. As text where its bytes say another encoding than its declaration, or 16 bits."""
    wide = _WIDE_MARKS.get(xml[:2])
    if wide:
        xml = xml[2:]
    elif b"\0" in xml[:4]:  # no byte order mark
        wide = "utf-16-be" if xml.startswith(b"\0<") else "utf-16-le" if xml[1:2] == b"\0" else None
    if wide:
        return xml[: len(xml) // 2 * 2].decode(wide).strip("\0 \r\n\t")
    plain = xml.removeprefix(codecs.BOM_UTF8).strip(b"\0 \r\n\t")
    return plain.decode("utf-8") if _WIDE_DECLARATION.match(plain) else plain


def xml_unreadable() -> Problem:
    """The problem of a document whose invoice XML cannot be read."""
    return Problem(
        field=None,
        code="xml_unreadable",
        fr="Le XML de facture contenu dans le PDF est illisible ; les pages ont été lues à sa place. "
        "Vérifiez les valeurs ou exportez de nouveau la facture.",
        en="The invoice XML inside the PDF cannot be read; the pages were read instead. "
        "Check the values or export the invoice again.",
        blocking=False,
    )


def _not_an_invoice(code: str) -> Problem:
    return Problem(
        field=None,
        code="xml_not_an_invoice",
        fr=f"Le XML contenu dans le PDF n'est ni une facture ni un avoir (type {code[:10]}) ; les pages ont été lues à "
        "sa place. Vérifiez que le document est bien une facture.",
        en=f"The XML inside the PDF is neither an invoice nor a credit note (type {code[:10]}); the pages were read "
        "instead. Check that the document is an invoice.",
        blocking=False,
    )


def _reading(value: str | tuple[VatLine, ...], name: FieldName) -> FieldReading:
    bad_siret = INVOICE_FIELDS[name].kind == "siret" and not str(value).isdigit()
    return FieldReading(
        value=value, confidence=weights.XML_BAD_SIRET if bad_siret else weights.XML_CONFIDENCE, source="xml"
    )


def _values(root: Any) -> Iterator[tuple[FieldName, str | tuple[VatLine, ...] | None]]:
    header = _child(root, *_HEADER)
    transaction = _child(root, *_TRANSACTION)
    agreement = _child(transaction, *_AGREEMENT)
    settlement = _child(transaction, *_SETTLEMENT)
    kind = _text(header, "TypeCode")
    yield "invoice_number", _text(header, "ID")
    if kind:
        yield "invoice_type", "credit_note" if kind in _CREDIT_NOTES else "invoice"
    yield "invoice_date", _date(_child(header, "IssueDateTime"))
    yield from _parties(agreement)
    yield "service_code", _text(agreement, "BuyerReference") or _routing_code(_child(agreement, "BuyerTradeParty"))
    yield "engagement_number", _reference(agreement, "BuyerOrderReferencedDocument")
    yield "contract_number", _reference(agreement, "ContractReferencedDocument")
    yield from _settled(settlement)


def _parties(agreement: Any) -> Iterator[tuple[FieldName, str | None]]:
    seller, buyer = _child(agreement, "SellerTradeParty"), _child(agreement, "BuyerTradeParty")
    yield "supplier_name", _text(seller, "Name")
    yield "supplier_siret", _siret(seller)
    yield "recipient_name", _text(buyer, "Name")
    yield "recipient_siret", _siret(buyer)


def _settled(settlement: Any) -> Iterator[tuple[FieldName, str | tuple[VatLine, ...] | None]]:
    currency = _text(settlement, "InvoiceCurrencyCode")
    summation = _child(settlement, *_SUMMATION)
    yield "currency", currency
    due = (_date(_child(terms, "DueDateDateTime")) for terms in _children(settlement, "SpecifiedTradePaymentTerms"))
    yield "due_date", next((day for day in due if day), None)
    ht, ttc = _amount(summation, "TaxBasisTotalAmount"), _amount(summation, "GrandTotalAmount")
    tva = _amount(summation, "TaxTotalAmount", currency)
    if tva is None and ht is not None and ttc is not None:
        tva = ttc - ht
    due_payable = _amount(summation, "DuePayableAmount")
    sums: tuple[tuple[FieldName, Decimal | None], ...] = (
        ("total_ht", ht), ("total_tva", tva), ("total_ttc", ttc), ("amount_due", due_payable),
    )  # fmt: skip
    for name, value in sums:
        yield name, None if value is None else money_text(abs(value))
    yield "vat_lines", tuple(_vat_lines(settlement))
    yield "iban", _iban(settlement)


def _vat_lines(settlement: Any) -> Iterator[VatLine]:
    for tax in _children(settlement, "ApplicableTradeTax"):
        rate = _amount(tax, "RateApplicablePercent")
        rate = _amount(tax, "ApplicablePercent") if rate is None else rate
        base, amount = _amount(tax, "BasisAmount"), _amount(tax, "CalculatedAmount")
        if base is not None and amount is not None:
            yield VatLine(rate=f"{rate or 0:.2f}", base=money_text(abs(base)), amount=money_text(abs(amount)))


def _iban(settlement: Any) -> str | None:
    for means in _children(settlement, "SpecifiedTradeSettlementPaymentMeans"):
        iban = _text(_child(means, "PayeePartyCreditorFinancialAccount"), "IBANID")
        if iban:
            return re.sub(r"[^A-Z0-9]", "", iban.upper())
    return None


def _siret(party: Any) -> str | None:
    """The party's SIRET: under a SIRET scheme first, else another of its identifiers that is fourteen digits.

    It begins with the party's SIREN, if the party has one.
    """
    identifiers = [(scheme, re.sub(r"[\s.]", "", value)) for scheme, value in _identifiers(party)]
    siren = next((v for scheme, v in identifiers if scheme == _SIREN_SCHEME and re.fullmatch(r"[0-9]{9}", v)), "")
    rules: tuple[Callable[[str], bool], ...] = (
        _SIRET_SCHEMES.__contains__,
        lambda scheme: scheme not in _OTHER_SCHEMES,
    )
    for accepts in rules:
        for scheme, digits in identifiers:
            if re.fullmatch(r"[0-9]{14}", digits) and digits.startswith(siren) and accepts(scheme):
                return digits
    return None


def _routing_code(party: Any) -> str | None:
    return next((value[:255] for scheme, value in _identifiers(party) if scheme == _ROUTING_SCHEME and value), None)


def _identifiers(party: Any) -> Iterator[tuple[str, str]]:
    places = [
        (_child(party, "SpecifiedLegalOrganization"), "ID"),
        (party, "GlobalID"),
        (party, "ID"),
        (_child(party, "URIUniversalCommunication"), "URIID"),
    ]
    places += [(registration, "ID") for registration in _children(party, "SpecifiedTaxRegistration")]
    for parent, name in places:
        for element in _children(parent, name):
            yield element.get("schemeID", "").upper(), (element.text or "").strip()


def _reference(agreement: Any, name: str) -> str | None:
    document = _child(agreement, name)
    return _text(document, "IssuerAssignedID") or _text(document, "ID")


def _date(element: Any) -> str | None:
    """A CII date (format 102, ``20260331``) or an ISO one, as ISO text."""
    if element is None:
        return None
    text = "".join(element.itertext()).strip()
    match = re.match(r"(20\d\d)-?(\d\d)-?(\d\d)", text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return None


def _amount(parent: Any, name: str, currency: str | None = None) -> Decimal | None:
    elements = _children(parent, name)
    same = [element for element in elements if currency and element.get("currencyID") == currency]
    for element in [*same, *elements]:
        try:
            value = Decimal((element.text or "").strip())
        except InvalidOperation:
            continue
        if value.is_finite() and value.adjusted() < _MAX_DIGITS:
            return value
    return None


def _text(parent: Any, name: str) -> str | None:
    element = _child(parent, name)
    text = " ".join((element.text or "").split()) if element is not None else ""
    return text[:255] or None


def _child(parent: Any, *names: str) -> Any:
    return next(iter(_children(parent, *names)), None)


def _children(parent: Any, *names: str) -> list[Any]:
    return [] if parent is None else [element for element in parent if _local(element) in names]


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""

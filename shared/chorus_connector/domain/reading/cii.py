"""The invoice XML inside a Factur-X or ZUGFeRD PDF (UN/CEFACT CII), every profile and both generations.

Names differ between ZUGFeRD 1, ZUGFeRD 2 and Factur-X, so elements are found by local name. Parsed without DTD or
entities. BT numbers are those of EN 16931. For the French public sector the service is the buyer's identifier with
the scheme 0224 (BT-46, routing code; XP Z12-012, BR-FR-CPRO-11 to 13); without it BT-10 may be the service, or a free
reference. BT-13 is the engagement and BT-12 the contract.
"""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.business_process import business_process
from chorus_connector.domain.reading.fields.signs import sign_problems
from chorus_connector.domain.reading.invoice_types import type_of, type_problems
from chorus_connector.domain.reading.result import FieldReading, VatLine, XmlFacts
from chorus_connector.domain.reading.typed.amounts import money_text
from chorus_connector.domain.reading.xml_identifiers import (
    Identifier,
    SiretField,
    routing_codes,
    service_problems,
    siren_of,
    siret_of,
    siret_problems,
)

_MAX_XML = 20 * 1024 * 1024
_MAX_TEXT = 255
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_MAX_DIGITS = 12  # of whole euros; a huge exponent would overflow in every calculation
_Value = str | tuple[VatLine, ...]
CII_ROOTS = ("CrossIndustryInvoice", "CrossIndustryDocument")
_TRANSACTION = ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
_HEADER = ("ExchangedDocument", "HeaderExchangedDocument")
_CONTEXT = ("ExchangedDocumentContext", "SpecifiedExchangedDocumentContext")
_AGREEMENT = ("ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
_SETTLEMENT = ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
_SUMMATION = ("SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation")
_WIDE_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_WIDE_DECLARATION = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?:utf-?16|ucs-?2|unicode)[^>]*\?>", re.IGNORECASE)


@dataclass(frozen=True)
class CiiInvoice:
    """What the XML says, in the reading's normal forms, and what is wrong with it.

    ``facts`` are what the form has no field for. ``cleaned`` names the SIRETs that have spaces in the XML: the portal,
    where it reads the XML itself, refuses what we accept.
    """

    fields: dict[FieldName, FieldReading] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    facts: XmlFacts | None = None
    cleaned: frozenset[FieldName] = frozenset()


def parse_cii(xml: bytes) -> CiiInvoice:
    """The fields of an invoice XML; unreadable XML gives a problem and no fields, never an exception."""
    try:
        root = _parse(xml)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return CiiInvoice(problems=(xml_unreadable(),))
    if _local(root) not in CII_ROOTS:
        return CiiInvoice(problems=(xml_unreadable(),))
    parties = _Parties.of(_child(_child(root, *_TRANSACTION), *_AGREEMENT))
    facts = _facts(root, parties)
    if facts.type_code and type_of(facts.type_code) is None:
        return CiiInvoice(problems=(_not_an_invoice(facts.type_code),), facts=facts)
    fields = {name: _reading(value, name) for name, value in _values(root, parties, facts) if value}
    problems = (*_signs(root, fields), *_questions(parties, facts))
    return CiiInvoice(fields=fields, problems=problems, facts=facts, cleaned=parties.cleaned)


@dataclass(frozen=True)
class _Parties:
    """The identifiers of the two parties, by the field of the SIRET that is among them."""

    identifiers: Mapping[SiretField, Sequence[Identifier]]

    @classmethod
    def of(cls, agreement: Any) -> "_Parties":
        seller, buyer = _child(agreement, "SellerTradeParty"), _child(agreement, "BuyerTradeParty")
        return cls({"supplier_siret": list(_identifiers(seller)), "recipient_siret": list(_identifiers(buyer))})

    @property
    def sirets(self) -> dict[SiretField, Identifier]:
        found = {name: siret_of(identifiers) for name, identifiers in self.identifiers.items()}
        return {name: siret for name, siret in found.items() if siret is not None}

    @property
    def services(self) -> list[str]:
        return routing_codes(self.identifiers["recipient_siret"])

    @property
    def cleaned(self) -> frozenset[FieldName]:
        return frozenset(name for name, siret in self.sirets.items() if siret.value != siret.digits)


def _facts(root: Any, parties: _Parties) -> XmlFacts:
    transaction, context = _child(root, *_TRANSACTION), _child(root, *_CONTEXT)
    agreement = _child(transaction, *_AGREEMENT)
    buyer = _child(agreement, "BuyerTradeParty")
    return XmlFacts(
        guideline=_stated(context, "GuidelineSpecifiedDocumentContextParameter"),
        business_process=_stated(context, "BusinessProcessSpecifiedDocumentContextParameter"),
        type_code=_text(_child(root, *_HEADER), "TypeCode"),
        preceding_invoice=_reference(_child(transaction, *_SETTLEMENT), "InvoiceReferencedDocument"),
        buyer_reference=_text(agreement, "BuyerReference"),
        routing_code=", ".join(parties.services)[:_MAX_TEXT] or None,
        supplier_siren=siren_of(parties.identifiers["supplier_siret"]),
        recipient_siren=siren_of(parties.identifiers["recipient_siret"]),
        recipient_address=_text(_child(buyer, "URIUniversalCommunication"), "URIID"),
    )


def _stated(context: Any, name: str) -> str | None:
    """The id of a parameter of the XML; all of them if it gives different ones, so that none is preferred."""
    ids = (_text(parameter, "ID") for parameter in _children(context, name))
    return ", ".join(dict.fromkeys(text for text in ids if text))[:_MAX_TEXT] or None


def _questions(parties: _Parties, facts: XmlFacts) -> Iterator[Problem]:
    """What a person must know or decide about what the XML says."""
    yield from type_problems(facts.type_code or "", facts.preceding_invoice)
    if (problem := business_process(facts.business_process).problem) is not None:
        yield problem
    for name, identifiers in parties.identifiers.items():
        yield from siret_problems(name, identifiers)
    yield from service_problems(parties.services, facts.buyer_reference)


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


def _reading(value: _Value, name: FieldName) -> FieldReading:
    bad_siret = INVOICE_FIELDS[name].kind == "siret" and not str(value).isdigit()
    return FieldReading(
        value=value, confidence=weights.XML_BAD_SIRET if bad_siret else weights.XML_CONFIDENCE, source="xml"
    )


def _values(root: Any, parties: _Parties, facts: XmlFacts) -> Iterator[tuple[FieldName, _Value | None]]:
    header = _child(root, *_HEADER)
    transaction = _child(root, *_TRANSACTION)
    agreement = _child(transaction, *_AGREEMENT)
    settlement = _child(transaction, *_SETTLEMENT)
    yield "invoice_number", _text(header, "ID")
    yield "invoice_type", type_of(facts.type_code) if facts.type_code else None
    yield "invoice_date", _date(_child(header, "IssueDateTime"))
    for name, siret in parties.sirets.items():
        yield name, siret.digits
    yield "supplier_name", _text(_child(agreement, "SellerTradeParty"), "Name")
    yield "recipient_name", _text(_child(agreement, "BuyerTradeParty"), "Name")
    yield "service_code", facts.routing_code or facts.buyer_reference if len(parties.services) < 2 else None
    yield "service_label", _text(_child(_child(agreement, "BuyerTradeParty"), "DefinedTradeContact"), "DepartmentName")
    yield "engagement_number", _reference(agreement, "BuyerOrderReferencedDocument")
    yield "contract_number", _reference(agreement, "ContractReferencedDocument")
    yield from _settled(settlement)


def _settled(settlement: Any) -> Iterator[tuple[FieldName, _Value | None]]:
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


def _identifiers(party: Any) -> Iterator[Identifier]:
    places: list[tuple[Literal["party", "legal", "other"], Any, str]] = [
        ("legal", _child(party, "SpecifiedLegalOrganization"), "ID"),
        ("party", party, "GlobalID"),
        ("party", party, "ID"),
        ("other", _child(party, "URIUniversalCommunication"), "URIID"),
    ]
    places += [("other", registration, "ID") for registration in _children(party, "SpecifiedTaxRegistration")]
    for place, parent, name in places:
        for element in _children(parent, name):
            scheme = element.get("schemeID") or element.get("schemeName") or ""
            yield Identifier(place, scheme.strip().upper(), (element.text or "").translate(_INVISIBLE).strip())


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
    text = " ".join((element.text or "").translate(_INVISIBLE).split()) if element is not None else ""
    return text[:_MAX_TEXT] or None


def _child(parent: Any, *names: str) -> Any:
    return next(iter(_children(parent, *names)), None)


def _children(parent: Any, *names: str) -> list[Any]:
    return [] if parent is None else [element for element in parent if _local(element) in names]


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""

"""Reads the invoices inside a flow: CII (Factur-X included) and UBL, alone, in a PDF or several in a tar.gz.

Reads only what the field rules need, by the paths of one table per syntax; the schemas are not validated. What only a
flow refuses is checked in `flow_rules.py`.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # nosec B405  # names only, defusedxml parses

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import ValidationError

from tools.simulator.embedded import attached_invoice
from tools.simulator.refusals import UnreadableFlow, flow_problem
from tools.simulator.requests import Soumettre

_MAX_XML = 20 * 1024 * 1024
_CII = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
_UBL = {
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": "FACTURE",
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": "AVOIR",
}
FRAMEWORKS = {
    "A1": "A1_FACTURE_FOURNISSEUR",
    "A2": "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
    "A9": "A9_FACTURE_SOUSTRAITANT",
    "A12": "A12_FACTURE_COTRAITANT",
}
_CREDIT_NOTES = {"381", "261", "396", "502", "503"}
_AGREEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement"
_SETTLEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
_SUMS = f"{_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"
_CII_PATHS = {
    "guideline": "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",
    "framework": "ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter/ID",
    "number": "ExchangedDocument/ID",
    "type_code": "ExchangedDocument/TypeCode",
    "date": "ExchangedDocument/IssueDateTime/DateTimeString",
    "supplier_siret": f"{_AGREEMENT}/SellerTradeParty/SpecifiedLegalOrganization/ID",
    "recipient_siret": f"{_AGREEMENT}/BuyerTradeParty/SpecifiedLegalOrganization/ID",
    "service_code": f"{_AGREEMENT}/BuyerReference",
    "engagement_number": f"{_AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID",
    "contract_number": f"{_AGREEMENT}/ContractReferencedDocument/IssuerAssignedID",
    "currency": f"{_SETTLEMENT}/InvoiceCurrencyCode",
    "payment_means": f"{_SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/TypeCode",
    "total_ht": f"{_SUMS}/TaxBasisTotalAmount",
    "total_tva": f"{_SUMS}/TaxTotalAmount",
    "total_ttc": f"{_SUMS}/GrandTotalAmount",
    "amount_due": f"{_SUMS}/DuePayableAmount",
}
_OTHER_SIRET_PATHS = {
    "supplier_siret": f"{_AGREEMENT}/SellerTradeParty/GlobalID",
    "recipient_siret": f"{_AGREEMENT}/BuyerTradeParty/GlobalID",
}
_SIRET_SCHEMES = (None, "0009")
_UBL_PATHS = {
    "framework": "ProfileID",
    "number": "ID",
    "type_code": "InvoiceTypeCode",
    "date": "IssueDate",
    "supplier_siret": "AccountingSupplierParty/Party/PartyLegalEntity/CompanyID",
    "recipient_siret": "AccountingCustomerParty/Party/PartyLegalEntity/CompanyID",
    "service_code": "BuyerReference",
    "engagement_number": "OrderReference/ID",
    "contract_number": "ContractDocumentReference/ID",
    "currency": "DocumentCurrencyCode",
    "payment_means": "PaymentMeans/PaymentMeansCode",
    "total_ht": "LegalMonetaryTotal/TaxExclusiveAmount",
    "total_tva": "TaxTotal/TaxAmount",
    "total_ttc": "LegalMonetaryTotal/TaxInclusiveAmount",
    "amount_due": "LegalMonetaryTotal/PayableAmount",
}
_AMOUNTS = ("total_ht", "total_tva", "total_ttc", "amount_due")
_PAYMENT_MODES = {
    "10": "ESPECE",
    "20": "CHEQUE",
    "30": "VIREMENT",
    "31": "VIREMENT",
    "58": "VIREMENT",
    "59": "PRELEVEMENT",
}


@dataclass
class StructuredInvoice:
    """What was read of one invoice; `problems` are texts for the report."""

    content: bytes
    file_name: str | None = None
    guideline: str | None = None
    """The profile (BT-24)."""
    framework: str | None = None
    number: str | None = None
    kind: str = "FACTURE"
    date: str | None = None
    supplier_siret: str | None = None
    recipient_siret: str | None = None
    service_code: str | None = None
    engagement_number: str | None = None
    contract_number: str | None = None
    currency: str | None = None
    payment_means: str | None = None
    total_ht: Decimal | None = None
    total_tva: Decimal | None = None
    total_ttc: Decimal | None = None
    amount_due: Decimal | None = None
    problems: list[str] = field(default_factory=list)


def read_flow(content: bytes, syntax: str) -> list[StructuredInvoice]:
    """Every invoice of the flow, at least one; raises UnreadableFlow."""
    if content[:2] == b"\x1f\x8b":
        found = [_read_one(data, syntax, name) for name, data in _unpacked(content)]
        if not found:
            raise UnreadableFlow("empty_archive")
        return found
    return [_read_one(content, syntax, None)]


def to_request(found: StructuredInvoice, supplier_id: int) -> Soumettre:
    """The invoice as a submission, for the common field rules; raises ValueError when something needed is missing."""
    needed = {"number": found.number, "date": found.date, "codeDestinataire": found.recipient_siret}
    amounts = {name: getattr(found, name) for name in _AMOUNTS}
    missing = [name for name, value in {**needed, **amounts}.items() if value is None]
    if missing:
        raise ValueError(flow_problem("missing_data", ", ".join(missing)))
    try:
        return Soumettre.model_validate(_as_submitted(found, supplier_id))
    except ValidationError as problem:
        fields = ", ".join(".".join(map(str, error["loc"])) for error in problem.errors())
        raise ValueError(flow_problem("invalid_data", fields)) from None


def _as_submitted(found: StructuredInvoice, supplier_id: int) -> dict[str, Any]:
    return {
        "modeDepot": "DEPOT_PDF_API",
        "numeroFactureSaisi": found.number,
        "dateFacture": found.date,
        "destinataire": {"codeDestinataire": found.recipient_siret, "codeServiceExecutant": found.service_code},
        "fournisseur": {"idFournisseur": supplier_id},
        "cadreDeFacturation": {"codeCadreFacturation": FRAMEWORKS.get(found.framework or "", FRAMEWORKS["A1"])},
        "references": {
            "deviseFacture": found.currency or "EUR",
            "typeFacture": found.kind,
            "typeTva": "TVA_SUR_DEBIT",
            "modePaiement": _payment_mode(found),
            "numeroMarche": found.contract_number,
            "numeroBonCommande": found.engagement_number,
        },
        "montantTotal": {
            "montantHtTotal": found.total_ht,
            "montantTVA": found.total_tva,
            "montantTtcTotal": found.total_ttc,
            "montantAPayer": found.amount_due,
        },
    }


def _payment_mode(found: StructuredInvoice) -> str | None:
    # `flow_rules.py` has said what is wrong with the means: the common rules do not say it again.
    return None if found.kind == "AVOIR" else _PAYMENT_MODES.get(found.payment_means or "", "AUTRE")


def _read_one(content: bytes, syntax: str, name: str | None) -> StructuredInvoice:
    is_pdf = content[:1024].lstrip().startswith(b"%PDF-")
    if is_pdf != (syntax == "IN_DP_E2_CII_FACTURX"):
        raise UnreadableFlow("wrong_syntax")
    root = _root(attached_invoice(content) if is_pdf else content)
    if root.tag == _CII:
        if "UBL" in syntax:
            raise UnreadableFlow("wrong_syntax")
        values = _values(root, _CII_PATHS)
    elif root.tag in _UBL and "UBL" in syntax:
        values = _values(root, _UBL_PATHS)
    else:
        raise UnreadableFlow("not_an_invoice")
    found = _invoice(content, name, values, kind=_UBL.get(root.tag))
    found.problems += _incomplete_elements(root)
    return found


def _incomplete_elements(root: Element) -> list[str]:
    """The texts against elements that the portal accepts only with another one inside; CII only has them."""
    prices = root.iterfind(".//{*}GrossPriceProductTradePrice")
    references = root.iterfind(_any_namespace(f"{_AGREEMENT}/AdditionalReferencedDocument"))
    problems = []
    if any(_text(price, "AppliedTradeAllowanceCharge/ActualAmount") is None for price in prices):
        problems.append(flow_problem("gross_price_without_allowance"))
    if any(_text(reference, "AttachmentBinaryObject") is None for reference in references):
        problems.append(flow_problem("reference_without_file"))
    return problems


def _invoice(content: bytes, name: str | None, values: dict[str, str | None], kind: str | None) -> StructuredInvoice:
    type_code = values.pop("type_code")
    found = StructuredInvoice(content=content, file_name=name)
    found.kind = "AVOIR" if type_code in _CREDIT_NOTES else kind or "FACTURE"
    for key, value in values.items():
        if key in _AMOUNTS:
            setattr(found, key, _amount(found, key, value))
        elif key == "date":
            found.date = _date(value)
        else:
            setattr(found, key, value)
    return found


def _root(xml: bytes) -> Element:
    if len(xml) > _MAX_XML:
        raise UnreadableFlow("xml_too_large")
    try:
        root: Element = fromstring(xml)
    except (ParseError, DefusedXmlException, ValueError) as problem:
        raise UnreadableFlow("malformed_xml") from problem
    return root


def _values(root: Element, paths: dict[str, str]) -> dict[str, str | None]:
    values = {name: _text(root, path) for name, path in paths.items()}
    for name, path in _OTHER_SIRET_PATHS.items():
        # A party may give its SIREN as legal id and its SIRET as global id.
        if len(values[name] or "") != 14:
            values[name] = next(_identifiers(root, path), None) or values[name]
    return values


def _identifiers(root: Element, path: str) -> Iterator[str]:
    for element in root.iterfind(_any_namespace(path)):
        if element.get("schemeID") in _SIRET_SCHEMES and element.text:
            yield element.text.strip()


def _any_namespace(path: str) -> str:
    # The root has said which vocabulary this is.
    return "/".join(f"{{*}}{step}" for step in path.split("/"))


def _text(root: Element, path: str) -> str | None:
    element = root.find(_any_namespace(path))
    text = (element.text or "").strip() if element is not None else ""
    return text or None


def _amount(found: StructuredInvoice, name: str, value: str | None) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        found.problems.append(flow_problem("unreadable_amount", name))
        return None


def _date(value: str | None) -> str | None:
    if value is None:
        return None
    return f"{value[:4]}-{value[4:6]}-{value[6:8]}" if value[:8].isdigit() else value[:10]


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() and member.size <= _MAX_XML else None
                if file is not None:
                    yield member.name.rpartition("/")[2], file.read()
    except (tarfile.TarError, OSError, EOFError) as problem:
        raise UnreadableFlow("unreadable_archive") from problem

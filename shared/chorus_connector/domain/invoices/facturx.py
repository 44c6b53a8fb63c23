"""Whether a PDF's invoice XML may stand for the invoice, so that it can be sent as a flow.

A flow is judged on its XML alone: the portal never sees the form. So the XML must be Factur-X, and say about
everything the same as the form the green light let through; else the PDF is deposited in the usual way.
"""

from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from chorus_connector.domain.invoices.field_names import FieldName, FormFieldName
from chorus_connector.domain.invoices.form import Form
from chorus_connector.domain.reading.cii import parse_cii

_INVOICE = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
_CONTEXT = "{*}ExchangedDocumentContext"
_PROFILES = ("urn:factur-x.eu:1p0:", "urn:cen.eu:en16931:2017")
"""Factur-X 1.x in all its profiles. ZUGFeRD 1 and the German XRechnung extension are not for Chorus Pro."""
_FOREIGN = "xrechnung"

_SAID_BY_BOTH: tuple[FieldName, ...] = (
    "invoice_number",
    "invoice_type",
    "invoice_date",
    "recipient_siret",
    "service_code",
    "engagement_number",
    "contract_number",
    "currency",
    "total_ht",
    "total_tva",
    "total_ttc",
    "amount_due",
)
_ONLY_IN_A_DEPOSIT: tuple[FormFieldName, ...] = (
    "bank_account",
    "comment",
    "original_invoice_number",
    "validator_siret",
    "validator_service",
    "vat_exemption_reason",
)


def goes_as_flow(xml: bytes, form: Form, *, supplier_siret: str) -> bool:
    """Whether depositing the XML says exactly what the form says, from this very supplier.

    The framework (BT-23) and a payment means must stand in it: the portal rejects a flow without them.
    """
    root = _root(xml)
    if root is None or not _is_facturx(root):
        return False
    said = {name: field.value for name, field in parse_cii(xml).fields.items()}
    return (
        said.get("supplier_siret") == supplier_siret
        and all(said.get(name) == form.value(name) for name in _SAID_BY_BOTH)
        and not any(form.value(name) for name in _ONLY_IN_A_DEPOSIT)
        and _text(root, f"{_CONTEXT}/{{*}}BusinessProcessSpecifiedDocumentContextParameter/{{*}}ID")
        == form.value("framework")
        and _text(root, ".//{*}SpecifiedTradeSettlementPaymentMeans/{*}TypeCode") is not None
    )


def _is_facturx(root: Any) -> bool:
    profile = _text(root, f"{_CONTEXT}/{{*}}GuidelineSpecifiedDocumentContextParameter/{{*}}ID") or ""
    return profile.lower().startswith(_PROFILES) and _FOREIGN not in profile.lower()


def _root(xml: bytes) -> Any:
    """The invoice, None when this is no CII of the generation Factur-X uses."""
    try:
        root = ElementTree.fromstring(xml.strip(b"\0 \r\n\t"), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return None
    return root if root.tag == _INVOICE else None


def _text(root: Any, path: str) -> str | None:
    found = root.find(path)
    return ((found.text or "").strip() or None) if found is not None else None

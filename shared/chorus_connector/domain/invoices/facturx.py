"""Decides whether an invoice can be sent as a flow, that is by the XML inside its PDF.

The portal reads only the XML of a flow and never sees the form. So the XML must be Factur-X and must have the values
of the form that passed the green light; otherwise the PDF is deposited.
"""

from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from chorus_connector.domain.invoices.fields import FormFieldName, fields_where
from chorus_connector.domain.invoices.form import Form, FormValue
from chorus_connector.domain.reading.cii import parse_cii

_INVOICE = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
_CONTEXT = "{*}ExchangedDocumentContext"
_PROFILES = ("urn:factur-x.eu:1p0:", "urn:cen.eu:en16931:2017")
"""Factur-X 1.x in all its profiles. ZUGFeRD 1 and the German XRechnung extension are not for Chorus Pro."""
_FOREIGN = "xrechnung"

_COMPARED = fields_where(lambda field: field.compared_in_flow)
_DEPOSIT_ONLY = fields_where(lambda field: field.deposit_only)


def goes_as_flow(xml: bytes, form: Form, *, supplier_siret: str | None) -> bool:
    """Whether the XML has exactly the form's values and this supplier's SIRET.

    It must contain the framework (BT-23) and a payment means: the portal rejects a flow without them. A supplier
    without SIRET sends no flow: how the portal finds such a supplier in an XML is not published. A deposit names the
    supplier by the portal's own id.
    """
    root = _root(xml) if supplier_siret else None
    if root is None or not _is_facturx(root):
        return False
    said: dict[FormFieldName, FormValue] = {name: field.value for name, field in parse_cii(xml).fields.items()}
    return (
        said.get("supplier_siret") == supplier_siret
        and all(said.get(name) == form.value(name) for name in _COMPARED)
        and not any(form.value(name) for name in _DEPOSIT_ONLY)
        and _text(root, f"{_CONTEXT}/{{*}}BusinessProcessSpecifiedDocumentContextParameter/{{*}}ID")
        == form.value("framework")
        and _text(root, ".//{*}SpecifiedTradeSettlementPaymentMeans/{*}TypeCode") is not None
    )


def _is_facturx(root: Any) -> bool:
    profile = _text(root, f"{_CONTEXT}/{{*}}GuidelineSpecifiedDocumentContextParameter/{{*}}ID") or ""
    return profile.lower().startswith(_PROFILES) and _FOREIGN not in profile.lower()


def _root(xml: bytes) -> Any:
    """The XML's root element; None when it is not CII of the generation that Factur-X uses."""
    try:
        root = ElementTree.fromstring(xml.strip(b"\0 \r\n\t"), forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return None
    return root if root.tag == _INVOICE else None


def _text(root: Any, path: str) -> str | None:
    found = root.find(path)
    return ((found.text or "").strip() or None) if found is not None else None

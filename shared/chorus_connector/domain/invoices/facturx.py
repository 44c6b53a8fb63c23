"""What an invoice XML inside a PDF says to the portal, and why the portal would reject it as a flow.

The portal reads only the XML of a flow, as it is written: it does not clean an identifier, and it knows its own
frameworks only. Sources: deposits on the qualification platform that were published (SIRET, BT-23, payment means,
2026), OCA's connector in production since 2017 (credit notes), its issues 504 and 536 (gross price), FNFE's issue 66
(EXTENDED-CTC-FR). None of it is an official rule.
"""

import re
from collections.abc import Iterator
from typing import Any, get_args

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from chorus_connector.domain.invoices.fields import FieldName, Framework, fields_where
from chorus_connector.domain.invoices.file_facts import MAX_PROCESS, FileFacts, FlowFault
from chorus_connector.domain.reading.cii import parse_cii

_INVOICE = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
_CONTEXT = "{*}ExchangedDocumentContext"
_AGREEMENT = "{*}SupplyChainTradeTransaction/{*}ApplicableHeaderTradeAgreement"
_EN16931 = r"urn:cen\.eu:en16931:2017"
_FACTURX = r"urn:factur-x\.eu:1p0:\w+"
_PROFILE = re.compile(rf"{_EN16931}(?:#\w+#{_FACTURX})?|{_FACTURX}", re.IGNORECASE)
"""Factur-X 1.x in all its profiles. ZUGFeRD and the German XRechnung extension are not for Chorus Pro."""
_REFORM = re.compile(r"[BSM][0-9]{1,2}", re.IGNORECASE)
_TYPES = frozenset({"380", "381"})
"""The types (BT-3) that Chorus Pro has. A person decided about any other, and the XML would still say it."""
_FRAMEWORKS = get_args(Framework)
_COMPARED = frozenset(fields_where(lambda field: field.compared_in_flow)) | {"supplier_siret"}


def facts_of_xml(xml: bytes | None) -> FileFacts:
    """What a PDF with this XML inside carries; None: no invoice that could be read is alone in it."""
    root = _root(xml) if xml is not None else None
    if xml is None or root is None:
        return FileFacts(xml=True, fault="xml_unusable")
    said = _said(xml, root)
    if "invoice_type" not in said:
        return FileFacts(xml=True, fault="xml_unusable")
    process = _text(root, f"{_CONTEXT}/{{*}}BusinessProcessSpecifiedDocumentContextParameter/{{*}}ID") or ""
    process = process[:MAX_PROCESS]
    fault = next(_faults(root, process, said), None)
    return FileFacts(xml=True, process=process, fault=fault, said={} if fault else said)


def _faults(root: Any, process: str, said: dict[FieldName, str]) -> Iterator[FlowFault]:
    profile = _text(root, f"{_CONTEXT}/{{*}}GuidelineSpecifiedDocumentContextParameter/{{*}}ID") or ""
    if "ctc-fr" in profile.lower():
        yield "profile_ctc_fr"
    elif not profile or not _PROFILE.fullmatch(profile):
        yield "not_facturx"
    if not process:
        yield "process_missing"
    elif process not in _FRAMEWORKS:
        yield "process_of_reform" if _REFORM.fullmatch(process) else "process_unknown"
    if "supplier_siret" not in said or "recipient_siret" not in said:
        yield "identifier_written_otherwise"
    if _text(root, "{*}ExchangedDocument/{*}TypeCode") not in _TYPES:
        yield "type_of_its_own"
    yield from _payment_faults(root, credit_note=said.get("invoice_type") == "credit_note")
    yield from _content_faults(root)


def _content_faults(root: Any) -> Iterator[FlowFault]:
    for price in root.iterfind(".//{*}GrossPriceProductTradePrice"):
        if _text(price, "{*}AppliedTradeAllowanceCharge/{*}ActualAmount") is None:
            yield "gross_price_without_allowance"
    for reference in root.iterfind(f"{_AGREEMENT}/{{*}}AdditionalReferencedDocument"):
        if _text(reference, "{*}AttachmentBinaryObject") is None:
            yield "reference_without_file"


def _payment_faults(root: Any, *, credit_note: bool) -> Iterator[FlowFault]:
    means = root.findall(".//{*}SpecifiedTradeSettlementPaymentMeans")
    if credit_note and means:
        yield "payment_means_on_credit_note"
    if not credit_note and not (means and all(_text(each, "{*}TypeCode") for each in means)):
        yield "payment_means_missing"


def _said(xml: bytes, root: Any) -> dict[FieldName, str]:
    """The values that a flow carries, of the fields that are compared with the form.

    An identifier counts only as the portal reads it: 14 digits as the legal or global identifier of the party.
    """
    values: dict[FieldName, str] = {
        name: field.value
        for name, field in parse_cii(xml).fields.items()
        if name in _COMPARED and isinstance(field.value, str)
    }
    parties: tuple[tuple[FieldName, str], ...] = (
        ("supplier_siret", "SellerTradeParty"),
        ("recipient_siret", "BuyerTradeParty"),
    )
    for name, party in parties:
        if values.get(name) not in _identifiers(root, party):
            values.pop(name, None)
    places: tuple[tuple[FieldName, str], ...] = (
        ("invoice_number", "{*}ExchangedDocument/{*}ID"),
        ("service_code", f"{_AGREEMENT}/{{*}}BuyerReference"),
        ("engagement_number", f"{_AGREEMENT}/{{*}}BuyerOrderReferencedDocument/{{*}}IssuerAssignedID"),
        ("contract_number", f"{_AGREEMENT}/{{*}}ContractReferencedDocument/{{*}}IssuerAssignedID"),
    )
    for name, place in places:  # as written: the reading tidies spaces, and finds a service elsewhere too
        values.pop(name, None)
        if text := _text(root, place):
            values[name] = text
    return values


def _identifiers(root: Any, party: str) -> set[str]:
    """The identifiers of a party that the portal takes for its SIRET, as written."""
    within = f"{_AGREEMENT}/{{*}}{party}"
    places = (f"{within}/{{*}}SpecifiedLegalOrganization/{{*}}ID", f"{within}/{{*}}GlobalID")
    return {(each.text or "").strip() for place in places for each in root.iterfind(place)}


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

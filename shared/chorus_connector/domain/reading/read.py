"""Reads a document: its pages and the invoice XML it carries, into one Reading. Pure.

XML first, then the pages; where both say something and differ, the XML's value stays (it is what the portal will
process) and a problem shows the page's. On the pages every rule gives no value where it is not sure.
"""

from collections.abc import Iterator, Mapping, Sequence

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.cii import CiiInvoice, parse_cii
from chorus_connector.domain.reading.comparison import xml_differences
from chorus_connector.domain.reading.confidence import confidence_of
from chorus_connector.domain.reading.contradiction import contradiction
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.bank import read_iban
from chorus_connector.domain.reading.fields.codes import read_codes
from chorus_connector.domain.reading.fields.date_fields import read_dates
from chorus_connector.domain.reading.fields.implausible_dates import implausible_date
from chorus_connector.domain.reading.fields.names import read_names
from chorus_connector.domain.reading.fields.nature import read_currency, read_type
from chorus_connector.domain.reading.fields.parties import Parties
from chorus_connector.domain.reading.fields.service_labels import read_service_label
from chorus_connector.domain.reading.fields.signs import printed_signs
from chorus_connector.domain.reading.fields.totals import printed_contradiction, read_totals
from chorus_connector.domain.reading.fields.vat_regimes import printed_regime
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.kinds import TOTALS
from chorus_connector.domain.reading.layouts.combining import combined
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.matching import match_transcript
from chorus_connector.domain.reading.layouts.transcript import Transcript
from chorus_connector.domain.reading.page_kinds import invoice_part, not_an_invoice
from chorus_connector.domain.reading.paper.page import Page
from chorus_connector.domain.reading.result import FieldReading, Reading, XmlFacts
from chorus_connector.domain.reading.xml_identifiers import SiretField, siren_only, siret_of_another

_Readings = Mapping[FieldName, FieldReading]


def read_document(
    pages: Sequence[Page],
    xml: bytes | CiiInvoice | None = None,
    *,
    known_supplier_siret: str | None = None,
    layouts: Sequence[Layout] = (),
) -> Reading:
    """Every field that the XML or the pages give, each with its source, place and calibrated confidence.

    ``layouts`` are those that the supplier's confirmed documents taught. One with XML needs them for what only its
    pages say.
    """
    whole = Document(pages)
    document = invoice_part(whole)
    layout = None
    on_page = read_by_rules(document, known_supplier_siret) if document else {}
    if layouts:
        transcript = Transcript(whole)
        layout = match_transcript(transcript, layouts)
        if layout is not None:  # a person confirmed that this design is an invoice
            document = document or whole
            on_page = combined(layout, transcript, on_page or read_by_rules(document, known_supplier_siret))
    invoice = (parse_cii(xml) if isinstance(xml, bytes) else xml) or CiiInvoice()
    in_xml = _without_a_doubtful_service(invoice, on_page)
    strangers = list(_strangers(on_page, invoice))
    on_page = {name: value for name, value in on_page.items() if name not in {field for field, *_ in strangers}}
    problems = tuple(dict.fromkeys((*invoice.problems, *(siret_of_another(*stranger) for stranger in strangers))))
    if document is None and not in_xml and layout is None:
        problems = (*problems, not_an_invoice())
    problems = (*problems, *_unknown_establishment(invoice, {**on_page, **in_xml}, problems))
    signs = () if document is None or "total_ttc" in in_xml else printed_signs(on_page, document)
    contradictory = () if document is None else _contradictory_totals({**on_page, **in_xml}, document)
    other_century = implausible_date(document) if document and "invoice_date" not in {**on_page, **in_xml} else None
    differences = xml_differences(in_xml, on_page, document, whole) if document else ()
    return Reading(
        fields={**on_page, **in_xml},
        problems=(*problems, *signs, *contradictory, *filter(None, [other_century]), *differences),
        pages=len(pages),
        ocr_pages=tuple(page.number for page in pages if page.source == "ocr"),
        layout=layout.known if layout else None,
        xml=invoice.facts,
        vat_regime=printed_regime(document) if document else None,
    )


def _without_a_doubtful_service(invoice: CiiInvoice, on_page: _Readings) -> _Readings:
    """The XML's values, without the buyer's reference where the page names the service: it may be free text."""
    doubtful = invoice.facts is not None and invoice.facts.routing_code is None and "service_code" in on_page
    return {name: value for name, value in invoice.fields.items() if name != "service_code" or not doubtful}


def _unknown_establishment(invoice: CiiInvoice, values: _Readings, others: Sequence[Problem]) -> Iterator[Problem]:
    """That a recipient is named by its SIREN only, unless another problem speaks of its SIRET."""
    asked = any(problem.field == "recipient_siret" for problem in (*invoice.problems, *others))
    if invoice.facts and invoice.facts.recipient_siren and "recipient_siret" not in values and not asked:
        yield siren_only(invoice.facts)


def _strangers(on_page: _Readings, invoice: CiiInvoice) -> Iterator[tuple[SiretField, str, str]]:
    """The page's SIRETs that do not begin with the SIREN of an XML without SIRET, each with that SIREN."""
    facts = invoice.facts or XmlFacts()
    sirens: tuple[tuple[SiretField, str | None], ...] = (
        ("supplier_siret", facts.supplier_siren),
        ("recipient_siret", facts.recipient_siren),
    )
    for name, siren in sirens:
        if siren and name in on_page and name not in invoice.fields:
            siret = str(on_page[name].value)
            if not siret.startswith(siren):
                yield name, siret, siren


def _contradictory_totals(values: _Readings, document: Document) -> Iterator[Problem]:
    """That the page's totals contradict each other, where that is why one of them has no value."""
    if any(name not in values for name in TOTALS) and (printed := printed_contradiction(document)):
        yield contradiction(*printed)


def read_by_rules(document: Document, known_supplier_siret: str | None = None) -> dict[FieldName, FieldReading]:
    """What the rules find on the pages, whatever is known of their layout."""
    if not document.cells:
        return {}
    return {verdict.field: _field(document, verdict) for verdict in verdicts(document, known_supplier_siret)}


def verdicts(document: Document, known_supplier_siret: str | None = None) -> Iterator[Verdict]:
    """The conclusion of every rule on a document, with the ground that decides its confidence."""
    parties = Parties(document, known_supplier_siret)
    yield from read_type(document)
    yield from read_currency(document)
    codes = read_codes(document)
    yield from codes
    yield from read_service_label(document, codes)
    yield from read_dates(document.main, next((code.place for code in codes if code.field == "invoice_number"), None))
    yield from parties.verdicts()
    yield from read_names(document, parties)
    yield from read_totals(document)
    yield from read_iban(document)


def _field(document: Document, verdict: Verdict) -> FieldReading:
    place = verdict.place
    cell = place.cell if place else None
    source = document.sheet(cell).source if cell is not None else document.sheets[0].source
    return FieldReading(
        value=verdict.value,
        confidence=confidence_of(verdict, source),
        source=source,
        page=cell.page if cell is not None else None,
        box=cell.box(place.start, place.end) if cell is not None and place else None,
        label_box=verdict.hit.cell.box(verdict.hit.start, verdict.hit.end) if verdict.hit else None,
    )

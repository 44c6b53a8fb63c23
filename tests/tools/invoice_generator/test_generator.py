"""The generated invoices are what they claim: same from the same seed, right sums, and really printed."""

import json
import re
import tracemalloc
import zlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from random import Random
from xml.dom import minidom

import pypdfium2
import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from tools.invoice_generator import broken, cii, corpus, demo, scans, world
from tools.invoice_generator.document import Document, amounts_in, draw_document, squeeze
from tools.invoice_generator.model import cents

EVERY_LAYOUT = corpus.layouts("all")


def page_text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@pytest.fixture(scope="module")
def drawn() -> list[Document]:
    """Three documents of every layout, drawn once for the whole module."""
    return [draw_document(layout, seed, f"{name}_{seed}") for name, layout in EVERY_LAYOUT.items() for seed in range(3)]


def test_there_are_enough_families_and_none_is_in_both() -> None:
    dev, heldout = corpus.layouts("dev"), corpus.layouts("heldout")
    assert len(dev) >= 80
    assert len(heldout) >= 12
    assert not dev.keys() & heldout.keys()


@pytest.mark.acceptance
@pytest.mark.parametrize("name", EVERY_LAYOUT)
def test_the_same_seed_draws_the_same_bytes_and_another_seed_does_not(name: str, drawn: list[Document]) -> None:
    first, other = (doc for doc in drawn if doc.name in (f"{name}_0", f"{name}_1"))
    assert draw_document(EVERY_LAYOUT[name], 0, first.name) == first
    assert other.pdf != first.pdf


def test_every_sum_is_exact(drawn: list[Document]) -> None:
    for doc in drawn:
        inv = doc.invoice
        assert inv.total_ht == sum((cents(i.quantity * i.price) for i in inv.items), Decimal(0))
        assert inv.total_ht == sum((v.base for v in inv.vat_lines), Decimal(0))
        assert inv.total_tva == sum((cents(v.base * v.rate / 100) for v in inv.vat_lines), Decimal(0))
        assert inv.total_ttc == inv.total_ht + inv.total_tva
        assert inv.amount_due == inv.total_ttc - inv.retention - inv.deposit
        assert inv.amount_due > 0


def test_what_the_truth_calls_visible_can_be_copied_out_of_the_page(drawn: list[Document]) -> None:
    checked = 0
    for doc in drawn:
        text = page_text(doc.pdf).replace("\ufffe", "-")
        squeezed, digits, amounts = squeeze(text), re.sub(r"\D", "", text), set(amounts_in(text))
        for field, value in doc.truth["fields"].items():  # type: ignore[attr-defined]
            if not doc.truth["visible"][field]:  # type: ignore[index]
                continue
            if field in ("total_ht", "total_tva", "total_ttc", "amount_due"):
                assert value in amounts or value.replace(".", "") in digits, (doc.name, field, value)
            elif field in ("supplier_siret", "recipient_siret"):
                assert value in digits, (doc.name, field, value)
            elif field in ("invoice_number", "engagement_number", "service_code", "contract_number", "iban"):
                if "shuffled" not in str(doc.truth["notes"]):
                    assert squeeze(value) in squeezed, (doc.name, field, value)
            else:
                continue
            checked += 1
    assert checked > 600


def test_the_key_fields_are_printed_by_every_layout(drawn: list[Document]) -> None:
    for doc in drawn:
        visible = doc.truth["visible"]
        assert isinstance(visible, dict)
        for field in (
            "invoice_number",
            "invoice_date",
            "supplier_siret",
            "supplier_name",
            "recipient_name",
            "total_ttc",
        ):
            assert visible[field], (doc.name, field)


@pytest.mark.acceptance
def test_a_set_written_twice_is_the_same_and_has_a_truth_for_every_pdf(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        corpus.write(tmp_path / folder, corpus.documents(3, 6, "classique,plusieurs_pages", scans=0.4, facturx=0.5))
    names = sorted(p.stem for p in (tmp_path / "a" / "pdf").iterdir())
    assert names == sorted(p.stem for p in (tmp_path / "a" / "truth").iterdir())
    for name in names:
        assert (tmp_path / "a/pdf" / f"{name}.pdf").read_bytes() == (tmp_path / "b/pdf" / f"{name}.pdf").read_bytes()
        truth = json.loads((tmp_path / "a/truth" / f"{name}.json").read_text(encoding="utf-8"))
        assert truth["fields"].keys() == truth["visible"].keys()
        assert truth["pages"] == len(pypdfium2.PdfDocument(tmp_path / "a/pdf" / f"{name}.pdf"))


def test_a_scan_has_no_text_and_a_garbage_layer_none_of_the_invoice() -> None:
    doc = draw_document(EVERY_LAYOUT["classique"], 3, "c")
    assert page_text(scans.scanned(doc, Random(1)).pdf).strip() == ""
    garbage = page_text(scans.with_garbage_layer(doc, Random(1)).pdf)
    assert len(garbage) > 100
    assert doc.invoice.number not in garbage


@pytest.mark.parametrize("fault", scans.FAULTS)
def test_no_fault_of_a_scanner_hides_the_ink(fault: str) -> None:
    canvas_bytes = BytesIO()
    canvas = Canvas(canvas_bytes, pagesize=(100, 140), invariant=1)
    canvas.rect(30, 60, 40, 20, fill=1)
    canvas.save()
    doc = replace(draw_document(EVERY_LAYOUT["classique"], 3, "c"), pdf=canvas_bytes.getvalue())
    copy = scans.scanned(doc, Random(4), fault=fault)
    assert copy == scans.scanned(doc, Random(4), fault=fault)
    page = pypdfium2.PdfDocument(copy.pdf)[0].render(scale=1, grayscale=True).to_numpy()
    assert page[66:74, 40:60].max() + 50 < page[30:45, 30:70].min()


def test_a_broken_encoding_keeps_the_picture_and_spoils_the_words() -> None:
    for layout in ("bandeau", "travaux"):
        doc = draw_document(EVERY_LAYOUT[layout], 4, layout)
        spoilt = scans.with_broken_encoding(doc, Random(2)).pdf
        assert squeeze(doc.invoice.number) not in squeeze(page_text(spoilt))
        before, after = (pypdfium2.PdfDocument(pdf)[0].render(scale=1).to_pil().tobytes() for pdf in (doc.pdf, spoilt))
        assert before == after


def test_a_half_scanned_document_keeps_the_text_of_its_first_page_only() -> None:
    doc = draw_document(EVERY_LAYOUT["plusieurs_pages"], 1, "p")
    pages = [
        p.get_textpage().get_text_range().strip() for p in pypdfium2.PdfDocument(scans.half_scanned(doc, Random(1)).pdf)
    ]
    assert doc.invoice.number in pages[0]
    assert not any(pages[1:])


@pytest.mark.parametrize("profile", cii.PROFILES, ids=lambda p: p.name)
def test_the_embedded_xml_is_well_formed_named_and_says_what_the_invoice_says(profile: cii.Profile) -> None:
    doc = cii.with_xml(draw_document(EVERY_LAYOUT["bandeau"], 2, "b"), Random(1), profile)
    reader = PdfReader(BytesIO(doc.pdf))
    (xml,) = reader.attachments[profile.file_name]
    words = {node.data for node in _texts(minidom.parseString(xml))}
    inv = doc.invoice
    assert {
        inv.number,
        f"{inv.issued:%Y%m%d}",
        f"{inv.total_ht:.2f}",
        f"{inv.total_tva:.2f}",
        f"{inv.total_ttc:.2f}",
    } <= words
    specification = reader.trailer["/Root"]["/AF"][0].get_object()  # type: ignore[index]
    assert specification["/AFRelationship"] == profile.relationship
    assert specification["/UF"] == specification["/F"] == profile.file_name
    embedded = specification["/EF"]["/F"].get_object()
    assert embedded["/Subtype"] == "/text/xml"
    assert embedded["/Params"]["/Size"] == len(xml)
    xmp = reader.trailer["/Root"]["/Metadata"].get_data().decode()  # type: ignore[index]
    assert minidom.parseString(xmp.strip())
    assert f"<fx:ConformanceLevel>{profile.level or profile.name}<" in xmp
    assert f"<fx:DocumentFileName>{profile.file_name}<" in xmp
    assert doc.truth["embedded_xml"] is True


def test_an_xml_that_differs_says_so_in_the_notes_and_the_page_keeps_its_own_value() -> None:
    plain = draw_document(EVERY_LAYOUT["bandeau"], 8, "b")
    doc = cii.with_xml(plain, Random(3), cii.PROFILES[3], differs=True)
    field, _, on_page = str(doc.truth["notes"]).partition("xml_differs:")[2].partition("=")
    assert doc.truth["fields"][field] != on_page  # type: ignore[index]
    assert plain.truth["fields"][field] == on_page  # type: ignore[index]


def _texts(node: minidom.Node) -> list[minidom.Text]:
    if isinstance(node, minidom.Text):
        return [node]
    return [text for child in node.childNodes for text in _texts(child)]


def test_identifiers_pass_their_own_checks() -> None:
    rng = Random(1)
    for _ in range(200):
        number = world.siret(rng)
        assert world.luhn_ok(number)
        assert world.luhn_ok(number[:9])
        assert not world.luhn_ok(world.siret(rng, valid=False))
        iban = world.bank_account(rng).iban
        moved = iban[4:] + iban[:4]
        assert int("".join(str(int(c, 36)) for c in moved)) % 97 == 1
    assert world.vat_number("732829320") == "FR44732829320"


def test_the_broken_files_are_broken_in_the_way_they_say() -> None:
    files = broken.all_broken()
    assert files["empty"] == b""
    assert not files["not_a_pdf"].startswith(b"%PDF")
    assert b"%%EOF" not in files["truncated"]
    assert PdfReader(BytesIO(files["encrypted"])).is_encrypted
    assert 10 * broken.MEGABYTE < len(files["too_big"]) < 11 * broken.MEGABYTE
    assert len(pypdfium2.PdfDocument(files["too_many_pages"])) > 10_000
    assert b"/Kids []" in files["no_pages"]
    assert files["deep_nesting"].count(b"[" * 1000) > 10
    assert all(len(data) < 200_000 for name, data in files.items() if name != "too_big")


def test_the_attachment_bomb_is_small_here_and_huge_inside() -> None:
    stream = broken.attachment_bomb().partition(b"stream\n")[2]
    inner = zlib.decompressobj().decompress(stream)
    tracemalloc.start()
    inflater, size = zlib.decompressobj(), 0
    data = inner
    while data and size < 300 * broken.MEGABYTE:
        size += len(inflater.decompress(data, broken.MEGABYTE))
        data = inflater.unconsumed_tail
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size >= 300 * broken.MEGABYTE
    assert peak < 40 * broken.MEGABYTE


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2027, 1, 3), date(2028, 2, 29)])
def test_the_demonstration_is_recent_valid_for_the_portal_and_the_same_for_the_same_day(today: date) -> None:
    expected = [expectation for _, _, expectation in demo.demo_samples(today)]
    assert len({e["invoice_number"] for e in expected}) == len(expected) >= 8
    for e in expected:
        assert re.fullmatch(r"[A-Za-z0-9\-_/+]{1,20}", e["invoice_number"])
        assert 0 < (today - date.fromisoformat(e["invoice_date"])).days < 60
    assert [e["missing"] for e in expected if not e["goes_through"]] == ["service_code"]


def test_the_demonstration_draws_the_same_bytes_and_meets_its_recipients_obligations() -> None:
    first, again = (demo.demo_samples(date(2026, 11, 22)) for _ in range(2))
    assert first == again
    bodies = {body["siret"]: body for body in demo.DEMO_RECIPIENTS}
    for _, _, e in first:
        body = bodies[e["recipient_siret"]]
        codes = {service["code"] for service in body["services"]}
        met = (
            (not body.get("service_required") or e["service_code"])
            and (not body.get("engagement_required") or e["engagement_number"])
            and (not body.get("service_or_engagement") or e["service_code"] or e["engagement_number"])
            and (e["service_code"] is None or e["service_code"] in codes)
        )
        assert bool(met) == e["goes_through"]
    assert world.luhn_ok(demo.DEMO_SUPPLIER["siret"])
    assert all(world.luhn_ok(siret) for siret in bodies)

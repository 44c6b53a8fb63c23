"""The demonstration's invoices: one supplier, six public bodies, ten PDFs drawn when they are requested.

Their content is plain data (``demo_data.json``); dates count back from the day given, so that no invoice is
in the future or older than two months. One of them must wait in the form: its recipient requires a service code.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from tools.invoice_generator import cii, scans, world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.document import Document, print_invoice
from tools.invoice_generator.model import Invoice, Item, Party

_DATA: dict[str, Any] = json.loads((Path(__file__).parent / "demo_data.json").read_text(encoding="utf-8"))

DEMO_SUPPLIER: dict[str, str] = _DATA["supplier"]
DEMO_RECIPIENTS: list[dict[str, Any]] = _DATA["recipients"]
"""Public structures as the simulator's directory takes them: SIRET, name, obligations, services."""


def demo_samples(today: date, *files: str) -> list[tuple[str, bytes, dict[str, Any]]]:
    """File name, PDF and expected result for each invoice of the demonstration, or for these files only.

    The expectation holds the values the portal should receive, ``goes_through`` and, where it does not,
    ``missing``: the field that keeps it in the form.
    """
    chosen = [each for each in enumerate(_DATA["invoices"]) if not files or each[1]["file"] in files]
    return [_sample(entry, place, today) for place, entry in chosen]


def _sample(entry: dict[str, Any], place: int, today: date) -> tuple[str, bytes, dict[str, Any]]:
    invoice = _invoice(entry, place, today)
    doc = print_invoice(invoice, layouts("dev")[entry["layout"]], Random(f"demo/{place}"), entry["file"])
    doc = _as_kind(doc, entry.get("kind", "text"), Random(f"demo/{place}/copy"))
    fields = invoice.fields()
    kept = (
        "invoice_number",
        "invoice_date",
        "recipient_siret",
        "service_code",
        "engagement_number",
        "total_ht",
        "total_tva",
        "total_ttc",
    )
    expected = {name: fields[name] for name in kept} | {
        "goes_through": "missing" not in entry,
        "missing": entry.get("missing"),
    }
    return entry["file"], doc.pdf, expected


def _invoice(entry: dict[str, Any], place: int, today: date) -> Invoice:
    issued = today - timedelta(days=entry["days_ago"])
    rows = _DATA["long"] * 2 if entry["items"] == "long" else entry["items"]
    items = tuple(
        Item(f"N{place}{n:03d}", text, unit, Decimal(quantity), Decimal(price), Decimal(rate))
        for n, (text, unit, quantity, price, rate) in enumerate(rows, 1)
    )
    supplier = Party(**DEMO_SUPPLIER, vat=world.vat_number(DEMO_SUPPLIER["siret"][:9]))
    return Invoice(
        number=f"FA{issued.year}-{1041 + place}",
        issued=issued,
        supplier=supplier,
        recipient=_recipient(entry["to"]),
        items=items,
        due=issued + timedelta(days=30),
        service_code=entry.get("service"),
        engagement=entry.get("engagement"),
        contract=entry.get("contract"),
        bank=world.bank_account(Random("demo/bank")),
        subject=items[0].text,
    )


def _recipient(siret: str) -> Party:
    body = next(b for b in DEMO_RECIPIENTS if b["siret"] == siret)
    return Party(body["name"], siret, street=_DATA["streets"][siret], postcode=body["postcode"], town=body["city"])


def _as_kind(doc: Document, kind: str, rng: Random) -> Document:
    if kind == "scan":
        return scans.scanned(doc, rng, fault="plain")
    if kind == "xml":
        profile = next(p for p in cii.PROFILES if p.name == "EN 16931")
        return cii.with_xml(doc, rng, profile)
    return doc

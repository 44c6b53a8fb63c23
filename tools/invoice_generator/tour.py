"""The invoices of docs/tour.md and docs/messages_tour.md, drawn from the pages' own tables."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from chorus_connector.domain.paris import day_in_paris
from tools.invoice_generator import scans, world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.demo import DEMO_RECIPIENTS, DEMO_SUPPLIER
from tools.invoice_generator.document import print_invoice
from tools.invoice_generator.model import Invoice, Item, Party

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"
MESSAGES_TOUR = TOUR.with_name("messages_tour.md")
_ROW = re.compile(r"^\| `(\S+\.pdf)` \| (\d{14}) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \| (.*) \|$", re.MULTILINE)


def tour_invoices(page: Path = TOUR, *, today: date | None = None) -> dict[str, bytes]:
    """The PDFs of the page's table, by file name; they are dated in the weeks before ``today`` (France)."""
    day = today or day_in_paris(datetime.now(UTC))
    rows = _ROW.findall(page.read_text(encoding="utf-8"))
    return {file: _pdf(file, place, day, *columns) for place, (file, *columns) in enumerate(rows)}


def _pdf(
    file: str,
    place: int,
    today: date,
    siret: str,
    recipient: str,
    service: str,
    engagement: str,
    total_ht: str,
    printed: str,
) -> bytes:
    body = next(each for each in DEMO_RECIPIENTS if each["siret"] == recipient)
    shown = None if printed == "no SIRET" else recipient
    issued = today - timedelta(days=3 + place)
    invoice = Invoice(
        number=f"FA{issued.year}-{2026 + place}",
        issued=issued,
        supplier=Party(**DEMO_SUPPLIER | {"siret": siret}, vat=world.vat_number(siret[:9])),
        recipient=Party(body["name"], shown, street="1 place du Marché", postcode=body["postcode"], town=body["city"]),
        items=(Item("P01", "Prestation de conseil", "forf.", Decimal(1), Decimal(total_ht), Decimal(20)),),
        service_code=None if service == "-" else service,
        engagement=None if engagement == "-" else engagement,
    )
    document = print_invoice(invoice, layouts("dev")["classique"], Random(f"tour/{place}"), file)
    return (scans.scanned(document, Random(f"tour/{place}/copy"), fault="plain") if printed == "scan" else document).pdf

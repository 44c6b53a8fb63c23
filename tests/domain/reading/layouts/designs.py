"""Invoices of two drawn designs of one supplier, for the tests of taught layouts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.teaching import Sample, new_layout, taught
from chorus_connector.domain.reading.paper.page import Page, Source
from tests.domain.reading.paper import page

OWN, OTHER = "73282932000074", "55208131766522"
START = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Bill:
    """What one invoice says. ``low`` moves its totals down, as more lines of goods do."""

    number: str = "NB-26-0417"
    day: str = "2026-05-11"
    ht: str = "1250.00"
    tva: str = "250.00"
    ttc: str = "1500.00"
    order: str | None = "4500123987"
    buyer: str = "21690123100011"
    seller: str = OWN
    low: float = 0.0

    @property
    def values(self) -> dict[FieldName, str | None]:
        """What a person confirms of it."""
        return {
            "invoice_number": self.number, "invoice_date": self.day, "invoice_type": "invoice",
            "supplier_siret": self.seller, "recipient_siret": self.buyer, "engagement_number": self.order,
            "service_code": None, "total_ht": self.ht, "total_tva": self.tva, "total_ttc": self.ttc,
            "amount_due": self.ttc, "currency": "EUR",
        }  # fmt: skip


def ledger(bill: Bill, source: Source = "text") -> Page:
    """The first design: captions before their values, totals at the right. It calls its number « Pièce émise »."""
    low = 430 + bill.low
    order = [(320, 220, f"Suite à votre bon : {bill.order}")] if bill.order else []
    return page(
        (60, 50, "Norbel Fluides SAS"), (60, 64, "12 quai des Salines 14000 Caen"),
        (60, 78, f"SIRET {bill.seller}"), (60, 92, "Tél. 02 31 00 00 00"),
        (320, 150, "FACTURE"), (320, 176, f"Pièce émise {bill.number}"), (320, 198, f"Le {_french(bill.day)}"), *order,
        (60, 240, "Commune de Vauclair"), (60, 254, "1 place de la Mairie 69100 Vauclair"),
        (60, 268, f"SIRET {bill.buyer}"),
        (60, 330, "Désignation"), (400, 330, "Quantité"), (480, 330, "Montant"),
        (60, 350, "Entretien des réseaux"), (400, 350, "1"), (480, 350, _printed(bill.ht)),
        (360, low, "Total hors taxes"), (480, low, f"{_printed(bill.ht)} €"),
        (360, low + 16, "TVA 20 %"), (480, low + 16, f"{_printed(bill.tva)} €"),
        (360, low + 32, "Total toutes taxes"), (480, low + 32, f"{_printed(bill.ttc)} €"),
        (360, low + 48, "Reste à régler"), (480, low + 48, f"{_printed(bill.ttc)} €"),
        (60, 780, "Pénalités de retard : trois fois le taux légal. Indemnité forfaitaire : quarante euros."),
        source=source,
    )  # fmt: skip


def counter(bill: Bill, source: Source = "text") -> Page:
    """The second design: captions over their values in a row, totals at the left."""
    return page(
        (220, 40, "Norbel Fluides SAS"), (220, 54, "12 quai des Salines 14000 Caen"), (220, 68, f"Siret {bill.seller}"),
        (60, 120, "N° de facture"), (200, 120, "Date"), (320, 120, "Votre commande"),
        (60, 136, bill.number), (200, 136, _french(bill.day)), (320, 136, bill.order or ""),
        (360, 190, "Commune de Vauclair"), (360, 204, "1 place de la Mairie 69100 Vauclair"),
        (360, 218, f"Siret {bill.buyer}"),
        (60, 300, "Entretien des réseaux"), (300, 300, _printed(bill.ht)),
        (60, 520, "Montant HT"), (200, 520, f"{_printed(bill.ht)} €"),
        (60, 536, "Montant TVA"), (200, 536, f"{_printed(bill.tva)} €"),
        (60, 552, "Net à payer TTC"), (200, 552, f"{_printed(bill.ttc)} €"),
        (150, 800, "Escompte pour paiement anticipé : néant"),
        source=source,
    )  # fmt: skip


def bills(count: int) -> list[Bill]:
    """Different invoices to one recipient and to others."""
    made = []
    for index in range(count):
        ht = 400 + 137 * index
        made.append(
            Bill(
                number=f"NB-26-0{417 + 31 * index}",
                day=f"2026-0{1 + index % 8}-{11 + index}",
                ht=f"{ht}.00",
                tva=f"{ht * 0.2:.2f}",
                ttc=f"{ht * 1.2:.2f}",
                order=f"45001239{10 + 7 * index}",
                buyer=("21690123100011", "26750045200011")[index % 2],
                low=17.0 * index,
            )
        )
    return made


def sample(bill: Bill, pages: Sequence[Page], day: int = 0) -> Sample:
    return Sample(bill.number, pages, bill.values, START + timedelta(days=day))


def lessons(taught_bills: Sequence[Bill], source: Source = "text") -> list[Sample]:
    return [sample(bill, [ledger(bill, source)], day) for day, bill in enumerate(taught_bills)]


def layout_of(samples: Sequence[Sample], layout_id: str = "ledger") -> Layout:
    """The layout after these documents were confirmed one after the other."""
    layout = new_layout(layout_id, samples[0])
    for index, each in enumerate(samples[1:], 1):
        layout = taught(layout, each, samples[:index])
    return layout


def corrected(each: Sample, **values: str | None) -> Sample:
    """The sample with values that the person changed."""
    return replace(each, values={**each.values, **values})  # type: ignore[dict-item]


def listed(bill: Bill, order: str, service: str) -> Page:
    """The first design with a list of captions, the order's number over the service's code."""
    lines = [(320, 216, "Engagement"), (420, 216, order)]
    lines += [(320, 229, "Destination"), (420, 229, service)] if service else []
    return replace(
        ledger(replace(bill, order=None)), words=(*ledger(replace(bill, order=None)).words, *page(*lines).words)
    )


def lessons_listed(services: Sequence[str]) -> list[Sample]:
    return [
        corrected(
            sample(bill, [listed(bill, f"BC26-1{day}7", service)], day),
            engagement_number=f"BC26-1{day}7", service_code=service or None,
        )
        for day, (bill, service) in enumerate(zip(bills(6), services, strict=False))
    ]  # fmt: skip


def with_foot(bill: Bill, *foot: tuple[str, str]) -> Page:
    """The first design with other lines under TTC."""
    written = ledger(bill)
    low = 430 + bill.low
    kept = [word for word in written.words if not low + 40 < word.box.top * 842 < low + 60]
    lines = [
        line for at, (said, sum_) in enumerate(foot)
        for line in ((360, low + 48 + 16 * at, said), (480, low + 48 + 16 * at, f"{sum_} €"))
    ]  # fmt: skip
    return replace(written, words=(*kept, *page(*lines).words))


def _french(day: str) -> str:
    year, month, number = day.split("-")
    return f"{number}/{month}/{year}"


def _printed(amount: str) -> str:
    whole, cents = amount.split(".")
    return f"{int(whole):,}".replace(",", " ") + f",{cents}"

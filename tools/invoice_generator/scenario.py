"""Draws what is on an invoice (never how it looks): parties, goods, dates, references, VAT, deductions."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tools.invoice_generator import world
from tools.invoice_generator.layout import Layout
from tools.invoice_generator.model import ZERO, Invoice, Item, Party, cents


def draw_invoice(rng: Random, layout: Layout) -> Invoice:
    """A random invoice of the kind the layout is made for; the same ``rng`` state gives the same invoice."""
    cast = world.cast(rng, layout.trades, layout.names)
    issued = date(2026, 1, 2) + timedelta(days=rng.randint(0, 330))
    if rng.random() < 0.12:
        issued = issued.replace(day=1)  # « 1er avril »
    regime = rng.choice(layout.regimes)
    credit = rng.random() < layout.credit
    retention = Decimal(5) if not credit and rng.random() < layout.retention else ZERO
    items = _items(rng, layout, cast.goods, regime)
    recipient = cast.recipient if rng.random() > 0.08 else _without_siret(cast.recipient)
    deposit_share = rng.choice((20, 30, 40)) if not credit and rng.random() < layout.deposit else 0
    invoice = Invoice(
        number=world.invoice_number(rng, issued.year),
        issued=issued,
        supplier=cast.supplier,
        recipient=recipient,
        items=items,
        due=None if credit or rng.random() < 0.12 else issued + timedelta(days=rng.choice((30, 30, 30, 45, 50, 60))),
        service_code=rng.choice(layout.names.service_codes) if rng.random() < 0.72 else None,
        engagement=world.engagement_number(rng) if rng.random() < 0.75 else None,
        contract=world.contract_number(rng) if rng.random() < 0.3 else None,
        bank=world.bank_account(rng) if not credit and rng.random() < 0.88 else None,
        credit_note=credit,
        original_number=world.invoice_number(rng, issued.year) if credit else None,
        original_date=issued - timedelta(days=rng.randint(12, 80)) if credit else None,
        order_date=issued - timedelta(days=rng.randint(8, 60)) if rng.random() < 0.45 else None,
        delivery_date=issued - timedelta(days=rng.randint(1, 7)) if rng.random() < 0.3 else None,
        period=_period(rng, issued) if rng.random() < layout.period else None,
        delivery=_delivery(rng) if rng.random() < layout.delivery else None,
        factor=_factor(rng) if rng.random() < layout.factor else None,
        client_code=rng.choice(
            ("", f"C{rng.randint(100, 99999):05d}", f"411{rng.randint(100, 999)}", f"{rng.randint(10000, 99999)}")
        ),
        retention_rate=retention,
        vat_regime=regime,
        subject=rng.choice(cast.goods)[0],
    )
    return replace(invoice, deposit=cents(invoice.total_ttc * deposit_share / 100))


def _items(rng: Random, layout: Layout, goods: tuple[tuple[str, str, str], ...], regime: str) -> tuple[Item, ...]:
    count = rng.randint(*layout.items)
    rates = _rates(rng, layout, regime)
    chosen = [rng.choice(goods) for _ in range(count)] if count > len(goods) else rng.sample(goods, count)
    items = []
    for index, (text, unit, price) in enumerate(chosen):
        dear = Decimal(price) > 100
        whole = Decimal(rng.choice((1, 1, 1, 2, 3, 4) if dear else (1, 2, 3, 4, 6, 10, 12, 24, 36, 150)))
        part = Decimal(rng.randint(5, 300 if dear else 900)) / 4
        quantity = part.quantize(Decimal("0.01")) if unit in ("m²", "ml", "m3", "kg", "h") else whole
        wobble = Decimal(rng.choice(("1", "1", "0.97", "1.12", "0.85")))
        code = f"{rng.choice('ABKPRT')}{rng.randint(100, 99999):05d}"
        rate = rates[index % len(rates)] if index < len(rates) else rng.choice(rates)
        items.append(Item(code, text, unit, quantity, cents(Decimal(price) * wobble), rate))
    return tuple(items)


def _rates(rng: Random, layout: Layout, regime: str) -> list[Decimal]:
    if regime != "normal":
        return [ZERO]
    count = rng.choice((1, 1, 1, 1, 2, 2, 3)) if not layout.always_vat_table else rng.choice((1, 2, 2, 3))
    head = [Decimal(layout.rates[0])]
    others = [Decimal(r) for r in layout.rates[1:]]
    if count == 1 and rng.random() < 0.25:
        return [rng.choice(others or head)]
    return head + rng.sample(others, min(count - 1, len(others)))


def _period(rng: Random, issued: date) -> tuple[date, date]:
    end = issued.replace(day=1) - timedelta(days=1)
    start = end.replace(day=1)
    return (start, end) if rng.random() < 0.7 else (start - timedelta(days=59), end)


def _delivery(rng: Random) -> Party:
    town = rng.choice(world.TOWNS)
    name = rng.choice(
        (
            "Groupe scolaire Jacques-Prévert",
            "Centre technique municipal",
            "Gymnase Colette-Besson",
            "Cuisine centrale",
            "Magasin général - quai 4",
            "Médiathèque George-Sand",
            "EHPAD Les Glycines",
        )
    )
    number = world.siret(rng, "21") if rng.random() < 0.3 else None
    return Party(name, number, street=rng.choice(world.STREETS), postcode=town[0], town=town[1])


def _factor(rng: Random) -> Party:
    name = rng.choice(("FACTO-CRÉDIT SA", "Natio Affacturage", "Société Générale de Factoring", "EUROFACTOR OUEST"))
    return Party(
        name, world.siret(rng, "3"), street="Tour Opale - 12 place des Reflets", postcode="92400", town="COURBEVOIE"
    )


def _without_siret(party: Party) -> Party:
    return Party(party.name, None, street=party.street, postcode=party.postcode, town=party.town)

"""Defines layouts: functions that draw one document, each with the kind of invoice it is meant for.

``Drawing`` gives a layout everything that it may write, already in this document's formats. The registry
separates the families: authors of reading rules may read ``dev``, but not ``heldout``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from tools.invoice_generator.formats import Formats
from tools.invoice_generator.model import Invoice, Party
from tools.invoice_generator.sheet import Sheet
from tools.invoice_generator.world import DEV_NAMES, Names

GLUE = "\x01"  # a space at which a line must not be broken
LABELS: dict[str, tuple[str, ...]] = {
    "number": (
        "Facture n°",
        "N° de facture",
        "Numéro de facture",
        "Facture N°",
        "N° facture",
        "Réf. facture",
        "Numéro",
    ),
    "credit_number": ("Avoir n°", "N° d'avoir", "Numéro de l'avoir", "Note de crédit n°"),
    "date": (
        "Date de facture",
        "Date de facturation",
        "Date d'émission",
        "Date",
        "Date facture",
        "Émise le",
        "Date de la facture",
    ),
    "due": ("Date d'échéance", "Échéance", "À régler avant le", "Payable le", "Date limite de paiement", "Échéance le"),
    "siret": ("SIRET", "N° SIRET", "Siret", "SIRET :", "N° de SIRET"),
    "recipient_siret": ("SIRET client", "SIRET", "SIRET destinataire", "N° SIRET du client", "Siret dest."),
    "service": (
        "Code service",
        "Service exécutant",
        "Code service exécutant",
        "Service",
        "Code service Chorus",
        "Service destinataire",
    ),
    "engagement": (
        "N° d'engagement",
        "Engagement juridique",
        "N° EJ",
        "Bon de commande",
        "Votre commande n°",
        "N° engagement",
        "Engagement",
        "N° bon de commande",
        "EJ",
        "Réf. client",
        "Votre référence",
    ),
    "contract": ("Marché n°", "N° de marché", "Contrat n°", "Accord-cadre n°", "Numéro de marché"),
    "client_code": ("Code client", "N° client", "Votre n° de client", "Compte client"),
    "order_date": ("Date de commande", "Commande du", "Date de la commande", "Commandé le"),
    "delivery_date": ("Date de livraison", "Livré le", "Date de la prestation"),
    "ht": ("Total HT", "Total H.T.", "Montant HT", "Total hors taxes", "TOTAL HT", "Montant total HT", "Total net HT"),
    "tva": ("TVA", "Total TVA", "Montant TVA", "T.V.A.", "Montant de la TVA", "Total T.V.A."),
    "ttc": (
        "Total TTC",
        "TOTAL TTC",
        "Montant TTC",
        "Total T.T.C.",
        "Montant total TTC",
        "Total toutes taxes comprises",
    ),
    "due_amount": (
        "Net à payer",
        "NET À PAYER",
        "Solde à payer",
        "Reste à payer",
        "Montant à régler",
        "Net à payer TTC",
        "Montant dû",
    ),
    "credit_due": ("Net à votre crédit", "Montant à déduire", "Net à déduire", "Solde en votre faveur"),
    "iban": ("IBAN", "IBAN :", "Compte IBAN", "N° IBAN"),
    "recipient": ("Facturé à", "Destinataire", "Client", "Adresse de facturation", "Doit", "Adressé à"),
    "supplier": ("Émetteur", "Fournisseur", "Vendeur", "Prestataire", "Titulaire"),
    "period": ("Période", "Période facturée", "Période de prestation"),
}

Draw = Callable[["Drawing"], None]


@dataclass
class Drawing:
    """One document being drawn: the invoice, the paper, its formats and a random source."""

    inv: Invoice
    sheet: Sheet
    fmt: Formats
    rng: Random
    sign: int = 1
    show_empty: bool = False
    _labels: dict[str, str] = field(default_factory=dict)

    def label(self, key: str) -> str:
        """This document's wording for a field: the same wherever it is asked for."""
        if key not in self._labels:
            self._labels[key] = self.rng.choice(LABELS[key])
        return self._labels[key]

    @property
    def number_label(self) -> str:
        return self.label("credit_number" if self.inv.credit_note else "number")

    @property
    def due_amount_label(self) -> str:
        return self.label("credit_due" if self.inv.credit_note else "due_amount")

    @property
    def title(self) -> str:
        return "AVOIR" if self.inv.credit_note else "FACTURE"

    def money(self, value: Decimal) -> str:
        return self.fmt.money(value * self.sign)

    def figure(self, value: Decimal) -> str:
        return self.fmt.number(value * self.sign)

    def amounts(self, lines: Sequence[tuple[str, Decimal]]) -> list[tuple[str, str]]:
        """Labels with their amounts as this document writes money."""
        return [(label, self.money(amount)) for label, amount in lines]

    def figures(self, lines: Sequence[tuple[str, Decimal]]) -> list[tuple[str, str]]:
        """Labels with their amounts as figures alone."""
        return [(label, self.figure(amount)) for label, amount in lines]

    def quantity(self, value: Decimal) -> str:
        return self.fmt.quantity(value)

    def pairs(self, *keys: str) -> list[tuple[str, str]]:
        """Label and value of those references; one the invoice lacks is left out, or left empty."""
        inv = self.inv
        values = {
            "number": inv.number,
            "date": self.fmt.day(inv.issued),
            "due": self.fmt.day(inv.due) if inv.due else "",
            "recipient_siret": self.fmt.siret(inv.recipient.siret),
            "service": inv.service_code or "",
            "engagement": inv.engagement or "",
            "contract": inv.contract or "",
            "client_code": inv.client_code,
            "order_date": self.fmt.day(inv.order_date) if inv.order_date else "",
            "delivery_date": self.fmt.day(inv.delivery_date) if inv.delivery_date else "",
        }
        forms = ("service", "engagement", "contract", "due", "recipient_siret")
        return [
            (self.number_label if key == "number" else self.label(key), values[key])
            for key in keys
            if values[key] or (self.show_empty and key in forms)
        ]

    def lines(self, *keys: str) -> list[str]:
        """The chosen references, one per line."""
        return [f"{label.rstrip(' :')} : {value}" for label, value in self.pairs(*keys)]

    def item_cells(self, *keys: str) -> list[list[str]]:
        """The goods as rows of the columns asked for: code, text, unit, qty, price, rate, amount, vat, ttc."""
        rows = []
        for item in self.inv.items:
            vat = (item.amount * item.rate / 100).quantize(Decimal("0.01"))
            cell = {
                "code": item.code,
                "text": item.text,
                "unit": item.unit,
                "qty": self.quantity(item.quantity),
                "price": self.fmt.number(item.price),
                "rate": self.fmt.rate(item.rate),
                "pct": self.fmt.percent(item.rate),
                "amount": self.figure(item.amount),
                "money": self.money(item.amount),
                "vat": self.figure(vat),
                "ttc": self.figure(item.amount + vat),
            }
            rows.append([cell[key] for key in keys])
        return rows

    def totals(self, *, per_rate: bool = True, due: bool = True) -> list[tuple[str, str]]:
        """The lines of a totals block, top to bottom, as this invoice needs them."""
        inv = self.inv
        lines = [(self.label("ht"), self.money(inv.total_ht))]
        if per_rate and len(inv.vat_lines) > 1:
            lines += [(f"TVA {self.fmt.percent(v.rate)}", self.money(v.amount)) for v in inv.vat_lines]
        if inv.vat_regime == "normal" or self.rng.random() < 0.5:
            alone = len(inv.vat_lines) == 1 and inv.vat_regime == "normal"
            name = f"TVA {self.fmt.percent(inv.vat_lines[0].rate)}" if alone and per_rate else self.label("tva")
            lines.append((name, self.money(inv.total_tva)))
        lines.append((self.label("ttc"), self.money(inv.total_ttc)))
        if inv.retention:
            lines.append((f"Retenue de garantie {self.fmt.percent(inv.retention_rate)}", self.money(-inv.retention)))
        if inv.deposit:
            lines.append((self.rng.choice(("Acompte versé", "Déjà réglé", "Acompte déduit")), self.money(-inv.deposit)))
        if due or inv.retention or inv.deposit:
            lines.append((self.due_amount_label, self.money(inv.amount_due)))
        return lines

    def vat_rows(self, *, ttc: bool = False) -> list[list[str]]:
        """The VAT table's rows: rate, base, VAT (and the sum of both)."""
        rows = []
        for v in self.inv.vat_lines:
            row = [self.fmt.percent(v.rate), self.figure(v.base), self.figure(v.amount)]
            rows.append([*row, self.figure(v.base + v.amount)] if ttc else row)
        return rows

    def vat_note(self) -> str:
        """The sentence that explains why there is no VAT, if there is none."""
        return {
            "normal": "",
            "franchise": "TVA non applicable, art. 293 B du CGI",
            "exempt": "Exonération de TVA - article 261-4-4° a du CGI",
            "reverse": "Autoliquidation de la TVA - article 283-2 nonies du CGI : TVA due par le preneur",
        }[self.inv.vat_regime]

    def legal(self, *, siret: bool = True) -> str:
        """The supplier's legal line as footers carry it."""
        s = self.inv.supplier
        parts = [f"{s.name} - {s.legal_form} au capital de {s.capital} €"]
        if siret:
            parts.append(f"SIRET {self.fmt.siret(s.siret)}")
        parts += [f"RCS {s.rcs} {self.fmt.siren(s.siren)}", f"APE {s.ape}", f"TVA intracommunautaire {s.vat}"]
        return " - ".join(parts)

    def penalties(self) -> str:
        """The late-payment terms, with the figures that tempt a reader."""
        return self.rng.choice(
            (
                "En cas de retard de paiement, intérêts moratoires au taux BCE majoré de 8 points et indemnité "
                "forfaitaire "
                "pour frais de recouvrement de 40 €. Pas d'escompte pour paiement anticipé.",
                "Délai de paiement : 30 jours. Tout retard entraîne de plein droit une indemnité forfaitaire de "
                "40,00 EUR (décret "
                "n° 2013-269 du 29 mars 2013) et des intérêts au taux de 10,15 %.",
                "Paiement à 30 jours (art. R2192-10 du code de la commande publique). "
                "Indemnité de recouvrement : 40 euros. "
                "Escompte : néant.",
            )
        )

    def address(self, party: Party) -> list[str]:
        return [party.name, *party.address]

    def period(self) -> str:
        if not self.inv.period:
            return ""
        start, end = self.inv.period
        return f"du {self.fmt.day(start)} au {self.fmt.day(end)}"


@dataclass(frozen=True)
class Layout:
    """A family of documents: how they are drawn, and the shares and ranges its invoices are made up from."""

    name: str
    draw: Draw
    faces: tuple[str, ...] = ("helvetica", "times", "vera", "source", "serif")
    landscape: bool = False
    trades: tuple[str, ...] = ()
    items: tuple[int, int] = (1, 6)
    credit: float = 0.06  # share of credit notes
    retention: float = 0.0
    deposit: float = 0.06
    regimes: tuple[str, ...] = ("normal",) * 12 + ("franchise",)
    factor: float = 0.0
    delivery: float = 0.15
    rates: tuple[str, ...] = ("20", "10", "5.5", "2.1")
    shuffle: float = 0.0  # share of documents whose text is written out of order
    period: float = 0.2
    ascii_only: bool = False
    always_vat_table: bool = False
    names: Names = DEV_NAMES


FAMILIES: dict[str, dict[str, Layout]] = {"dev": {}, "heldout": {}}


def layout(family: str, **traits: Any) -> Callable[[Draw], Draw]:
    """Register a drawing function as a layout of the family, under its own name."""

    def register(draw: Draw) -> Draw:
        name = draw.__name__
        FAMILIES[family][name] = Layout(name=name, draw=draw, **traits)
        return draw

    return register


def glue(text: str) -> str:
    """The text with spaces at which ``Sheet.wrap`` does not break."""
    return text.replace(" ", GLUE)

"""Chooses a layout's wording: the layout gives synonyms, and one of them is used throughout a document.

This module contains no wording and no position on the page, so that sets of layouts share nothing that a reading rule
could depend on.
"""

from decimal import Decimal

from tools.invoice_generator.layout import Drawing
from tools.invoice_generator.model import Invoice

Facts = list[tuple[str, str]]
_FORMS = ("service", "engagement", "contract", "due", "recipient_siret")  # may be printed without a value


class Words:
    """One document's wording: ``Words(d, number=("Pièce n°", …), …)`` picks one synonym of each field."""

    def __init__(self, d: Drawing, **synonyms: tuple[str, ...]) -> None:
        self.d = d
        self._chosen = {field: d.rng.choice(choices) for field, choices in synonyms.items()}

    def __getitem__(self, field: str) -> str:
        if self.d.inv.credit_note and field in ("number", "due_amount"):
            field = {"number": "credit", "due_amount": "credit_due"}[field]
        return self._chosen[field]

    def value(self, field: str) -> str:
        """The value of that reference in this document's format; empty when the invoice lacks it."""
        inv, fmt = self.d.inv, self.d.fmt
        days = {
            "date": inv.issued,
            "due": inv.due,
            "order_date": inv.order_date,
            "delivery_date": inv.delivery_date,
        }
        if field in days:
            day = days[field]
            return fmt.day(day) if day else ""
        texts = {
            "number": inv.number,
            "recipient_siret": fmt.siret(inv.recipient.siret),
            "supplier_siret": fmt.siret(inv.supplier.siret),
            "supplier_vat": inv.supplier.vat,
            "service": inv.service_code,
            "engagement": inv.engagement,
            "contract": inv.contract,
            "client_code": inv.client_code,
            "iban": fmt.iban(inv.bank.iban) if inv.bank else "",
        }
        return texts[field] or ""

    def facts(self, *fields: str) -> Facts:
        """Label and value of those references; one that the invoice lacks is left out, or left empty."""
        found = [(self[field], self.value(field), field) for field in fields]
        return [(label, value) for label, value, f in found if value or (self.d.show_empty and f in _FORMS)]

    def said(self, *fields: str, mark: str = " : ") -> list[str]:
        """Each reference as one text: the label, the mark and the value."""
        return [f"{label}{mark}{value}".rstrip() for label, value in self.facts(*fields)]

    def sums(self, *, rates: bool = False) -> Facts:
        """The totals from before tax to what is due; without VAT the net may be the only other line."""
        inv, money = self.d.inv, self.d.money
        lines = [(self["ht"], money(inv.total_ht))]
        if inv.vat_regime == "normal":
            if rates:
                lines += [(f"{self['rate']} {self.d.fmt.percent(v.rate)}", money(v.amount)) for v in inv.vat_lines]
            if not rates or len(inv.vat_lines) > 1:
                lines.append((self["tva"], money(inv.total_tva)))
        elif self.d.rng.random() < 0.5:
            lines.append((self["tva"], money(inv.total_tva)))
        bare = inv.vat_regime == "normal" or bool(inv.retention or inv.deposit)
        if bare or self.d.rng.random() < 0.6:
            lines.append((self["ttc"], money(inv.total_ttc)))
        return [*lines, *self.deductions(), (self["due_amount"], money(inv.amount_due))]

    def deductions(self) -> Facts:
        """The deductions from the total, if there are any."""
        inv = self.d.inv
        lines = []
        if inv.retention:
            lines.append(
                (f"{self['retention']} {self.d.fmt.percent(inv.retention_rate)}", self.d.money(-inv.retention))
            )
        if inv.deposit:
            lines.append((self["deposit"], self.d.money(-inv.deposit)))
        return lines

    @property
    def original(self) -> tuple[str, str] | None:
        """The number and day of the invoice that a credit note corrects."""
        inv = self.d.inv
        if not (inv.credit_note and inv.original_number and inv.original_date):
            return None
        return inv.original_number, self.d.fmt.day(inv.original_date)


def vat_of(amount: Decimal, rate: Decimal) -> Decimal:
    """The VAT of one line, to the cent."""
    return (amount * rate / 100).quantize(Decimal("0.01"))


def carried(inv: Invoice, upto: int) -> Decimal:
    """The sum of the first ``upto`` lines, before tax."""
    return sum((item.amount for item in inv.items[:upto]), Decimal("0.00"))

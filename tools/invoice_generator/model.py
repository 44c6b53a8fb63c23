"""The data of one invoice before it is drawn, its arithmetic, and the true values that a reader should find.

Amounts are Decimal euros. A credit note's amounts are positive here and in the truth, whatever sign its
page prints: that is the convention of the truth files the accuracy table reads.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal) -> Decimal:
    """The amount rounded half up to the cent, as French invoices are."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Party:
    """A supplier, a public body, a factor or a delivery place."""

    name: str
    siret: str | None = None
    vat: str | None = None
    street: str = ""
    postcode: str = ""
    town: str = ""
    phone: str = ""
    mail: str = ""
    legal_form: str = ""
    capital: str = ""
    rcs: str = ""
    ape: str = ""

    @property
    def siren(self) -> str | None:
        return self.siret[:9] if self.siret else None

    @property
    def city_line(self) -> str:
        return f"{self.postcode} {self.town}"

    @property
    def address(self) -> list[str]:
        return [self.street, self.city_line]


@dataclass(frozen=True)
class BankAccount:
    """A French account: the IBAN and the RIB digits it is made of."""

    iban: str
    bank: str
    branch: str
    number: str
    key: str
    bic: str
    name: str


@dataclass(frozen=True)
class Item:
    """One line of goods: its amount is quantity × unit price, to the cent."""

    code: str
    text: str
    unit: str
    quantity: Decimal
    price: Decimal
    rate: Decimal

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.price)


@dataclass(frozen=True)
class VatLine:
    """One rate of the VAT table."""

    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Invoice:
    """Everything a layout may print. ``None`` means that this invoice does not have it."""

    number: str
    issued: date
    supplier: Party
    recipient: Party
    items: tuple[Item, ...]
    due: date | None = None
    service_code: str | None = None
    engagement: str | None = None
    contract: str | None = None
    bank: BankAccount | None = None
    credit_note: bool = False
    original_number: str | None = None
    original_date: date | None = None
    order_date: date | None = None
    delivery_date: date | None = None
    period: tuple[date, date] | None = None
    delivery: Party | None = None
    factor: Party | None = None
    client_code: str = ""
    retention_rate: Decimal = ZERO  # percent of TTC kept back (works contracts)
    deposit: Decimal = ZERO  # already paid, euros TTC
    vat_regime: str = "normal"  # normal | franchise (293 B) | exempt (261) | reverse (autoliquidation)
    subject: str = ""
    tags: tuple[str, ...] = field(default=())

    @property
    def vat_lines(self) -> tuple[VatLine, ...]:
        """One line per rate, dearest first; VAT is each base's, rounded to the cent."""
        bases: dict[Decimal, Decimal] = {}
        for item in self.items:
            bases[item.rate] = bases.get(item.rate, ZERO) + item.amount
        return tuple(VatLine(r, b, cents(b * r / 100)) for r, b in sorted(bases.items(), reverse=True))

    @property
    def total_ht(self) -> Decimal:
        return sum((item.amount for item in self.items), ZERO)

    @property
    def total_tva(self) -> Decimal:
        return sum((line.amount for line in self.vat_lines), ZERO)

    @property
    def total_ttc(self) -> Decimal:
        return self.total_ht + self.total_tva

    @property
    def retention(self) -> Decimal:
        return cents(self.total_ttc * self.retention_rate / 100)

    @property
    def amount_due(self) -> Decimal:
        return self.total_ttc - self.retention - self.deposit

    def fields(self) -> dict[str, object]:
        """The truth's ``fields``: normal forms, ``None`` for what the invoice does not have."""
        return {
            "invoice_number": self.number,
            "invoice_type": "credit_note" if self.credit_note else "invoice",
            "invoice_date": self.issued.isoformat(),
            "due_date": self.due.isoformat() if self.due else None,
            "supplier_name": self.supplier.name,
            "supplier_siret": self.supplier.siret,
            "supplier_siren": self.supplier.siren,
            "supplier_vat": self.supplier.vat,
            "recipient_name": self.recipient.name,
            "recipient_siret": self.recipient.siret,
            "recipient_siren": self.recipient.siren,
            "recipient_vat": None,
            "service_code": self.service_code,
            "engagement_number": self.engagement,
            "contract_number": self.contract,
            "currency": "EUR",
            "total_ht": f"{self.total_ht:.2f}",
            "total_tva": f"{self.total_tva:.2f}",
            "total_ttc": f"{self.total_ttc:.2f}",
            "amount_due": f"{self.amount_due:.2f}",
            "vat_lines": [
                {"rate": f"{v.rate:.2f}", "base": f"{v.base:.2f}", "amount": f"{v.amount:.2f}"} for v in self.vat_lines
            ],
            "iban": self.bank.iban if self.bank else None,
        }

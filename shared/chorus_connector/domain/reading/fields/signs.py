"""Signs that contradict a positive invoice: a total below zero, an amount due that is owed to the recipient.

Amounts are read without their sign; the type says that a document is a credit note. On a document that calls itself an
invoice a negative total would lose its sign: submitted automatically, it would claim money that must be paid back. So a
person decides which it is.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.result import FieldReading
from chorus_connector.domain.reading.typed.amounts import to_cents

if TYPE_CHECKING:
    from chorus_connector.domain.reading.document import Document  # imports the page reader: not needed for XML alone


def sign_problems(kind: str | None, ttc: Decimal | None, due: Decimal | None) -> Iterator[Problem]:
    """The problems to show for a document of that type with these signed sums (Decimal euros)."""
    if kind == "credit_note":
        return
    if ttc is not None and ttc < 0:
        yield _negative_total()
    elif due is not None and due < 0:
        yield _negative_due()


def printed_signs(fields: Mapping[FieldName, FieldReading], document: "Document") -> Iterator[Problem]:
    """``sign_problems`` for the printed pages: a sum is negative when every printed copy of it has a minus."""
    printed = {to_cents(each.value) for amounts in document.amounts.values() for each in amounts}

    def signed(name: FieldName) -> Decimal | None:
        value = Decimal(str(fields[name].value)) if name in fields else None
        return -value if value and -value in printed and value not in printed else value

    kind = fields.get("invoice_type")
    yield from sign_problems(str(kind.value) if kind else None, signed("total_ttc"), signed("amount_due"))


def _negative_total() -> Problem:
    return Problem(
        field="invoice_type",
        code="negative_total",
        fr="Le total est négatif et le document ne s'appelle pas un avoir : choisissez le type (facture ou avoir) ; "
        "les montants s'écrivent sans signe.",
        en="The total is negative and the document is not called a credit note: choose the type (invoice or credit "
        "note); amounts are written without a sign.",
    )


def _negative_due() -> Problem:
    return Problem(
        field="amount_due",
        code="negative_due",
        fr="Le net à payer est négatif : un trop-perçu ne se demande pas au destinataire. Corrigez le montant à payer "
        "(0 si tout est réglé).",
        en="The amount due is negative: an overpayment is not asked of the recipient. Correct the amount due (0 when "
        "everything is paid).",
    )

"""What the law keeps: files of what was sent or may have been, for ten years from the end of the accounting year."""

from datetime import datetime, timedelta

import pytest

from chorus_connector.domain.invoices.invoice import Attempt, Deposit, Invoice
from chorus_connector.domain.invoices.retention import RETENTION, kept_until, was_sent
from chorus_connector.domain.invoices.states import State
from tests.builders import NOW, an_invoice

STARTED = NOW + timedelta(days=3)
ATTEMPT = Attempt(
    attempt_id="a", phase="SENDING", started_at=STARTED, invoice_number="F", recipient_siret="", total_ttc="1.00"
)
DEPOSIT = Deposit(chorus_id=1, invoice_number="F", status="DEPOSEE")


@pytest.mark.parametrize(
    ("invoice", "sent"),
    [
        (an_invoice(State.READY), False),
        (an_invoice(State.REFUSED), False),
        (an_invoice(State.IN_DOUBT, attempt=ATTEMPT), True),
        (an_invoice(State.SUBMITTED, deposit=DEPOSIT), True),
        (an_invoice(State.SUBMITTED, attempt=ATTEMPT, deposit=DEPOSIT), True),
    ],
)
def test_what_the_portal_holds_or_may_hold_is_an_accounting_document(invoice: Invoice, sent: bool) -> None:
    assert was_sent(invoice) is sent


@pytest.mark.parametrize(
    ("invoice", "begun"),
    [
        (an_invoice(State.IN_DOUBT, attempt=ATTEMPT), STARTED),
        (an_invoice(State.SUBMITTED, deposit=DEPOSIT), NOW),
    ],
)
def test_it_is_kept_from_its_submission_or_else_from_its_arrival(invoice: Invoice, begun: datetime) -> None:
    assert kept_until(invoice) == begun + RETENTION


@pytest.mark.parametrize("year", range(2024, 2032))
def test_what_was_sent_on_the_first_day_of_an_accounting_year_is_kept_ten_years_from_its_end(year: int) -> None:
    assert datetime(year, 1, 1) + RETENTION >= datetime(year + 11, 1, 1)  # noqa: DTZ001 (days are counted, no zone)

"""What the client reads is the same in every form in which the portal may answer: none of them is published."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from chorus_connector.adapters.chorus import ChorusPortal
from chorus_connector.domain.invoices.submission import Submission
from tests.builders import NOW
from tests.real_portal import TOWN, gateway
from tools.simulator.dialect import Dialect
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings

DEPARTMENT = "22000001200017"
"""The simulator's body that wants a service."""
DIALECTS: list[dict[str, Any]] = [
    {"empty_search_message": "GDP_MSG_01.012"},
    {"empty_search_code": 20007, "empty_search_message": "GFT_MSG_01.075"},
    *({"flags": value} for value in ("oui_non", "text", "number")),
    *({"dates": value} for value in ("french", "milliseconds")),
    {"numbers": "text"},
    {"status_name": "statutFacture"},
    {"paging_block": "absent"},
    {"unknown_property": "nouveauChamp"},
    {"flags": "oui_non", "dates": "french", "numbers": "text", "status_name": "statutFacture"},
]


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(Settings(start=NOW, clock_runs=False)) as running:
        yield running


@pytest.fixture
def portal(server: SimulatorServer) -> Iterator[ChorusPortal]:
    with httpx.Client() as http:
        yield gateway(server, http)


def read_in(server: SimulatorServer, portal: ChorusPortal, dialect: Dialect) -> dict[str, Any]:
    """Everything the connector asks the portal about one invoice and its recipient, in that dialect."""
    server.portal.reset()
    server.portal.dialect = dialect
    submission = Submission.model_validate(
        {
            **dict.fromkeys(Submission.model_fields),
            "invoice_number": "FA-2026-17",
            "invoice_type": "invoice",
            "invoice_date": date(2026, 11, 2),
            "recipient_siret": TOWN,
            "currency": "EUR",
            "total_ht": Decimal("500.00"),
            "total_tva": Decimal("100.00"),
            "total_ttc": Decimal("600.00"),
            "amount_due": Decimal("600.00"),
            "vat_regime": "on_debits",
            "payment_method": "transfer",
            "framework": "A1",
        }
    )
    before = list(portal.find("FA-2026-17"))
    file_id = portal.upload("facture.pdf", b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n")
    deposit = portal.submit(submission, file_id=file_id, file_name="facture.pdf")
    return {
        "account": portal.account(),
        "recipient": portal.recipient(DEPARTMENT, now=NOW),
        "not there": before,
        "deposit": deposit.model_dump(exclude={"certificate"}),
        "found": list(portal.find("FA-2026-17")),
        "changes": portal.changes(since=None, page=1),
        "history": portal.history(deposit.chorus_id),
    }


@pytest.mark.row("B03")
@pytest.mark.parametrize("switches", DIALECTS, ids=lambda switches: " ".join(f"{k}={v}" for k, v in switches.items()))
def test_the_client_reads_the_same_in_every_dialect(
    server: SimulatorServer, portal: ChorusPortal, switches: dict[str, Any]
) -> None:
    usual = read_in(server, portal, Dialect())
    assert usual["not there"] == []
    assert usual["recipient"] is not None
    assert usual["recipient"].service_required
    other = read_in(server, portal, Dialect(**switches))
    assert other == usual

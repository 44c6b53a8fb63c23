"""Tracking and repairs through the HTTP API: a returned invoice is answered, and a local supplier is read by night."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from chorus_connector.domain.invoices.submission import Submission
from chorus_connector.domain.portal.credentials import OAuthCredentials
from tests.e2e.conftest import Running
from tests.patience import eventually
from tests.real_portal import TOWN, fault, gateway, the_supplier
from tools.demo import CREDENTIALS

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


@dataclass
class Followed:
    """A supplier with one invoice that was typed at the portal."""

    stack: Running
    supplier_id: str
    chorus_id: int

    def get(self, path: str) -> Any:
        return self.stack.api.call("GET", f"/suppliers/{self.supplier_id}/{path}")

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return httpx.request(
            method,
            f"{self.stack.stack.api_url}/suppliers/{self.supplier_id}/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.stack.stack.admin_token()}", **headers},
            trust_env=False,
            timeout=60,
        )

    def invoice(self) -> dict[str, Any]:
        return dict(self.get(f"invoices/portal-{self.chorus_id}"))

    def post(self, action: str, body: Any) -> httpx.Response:
        etag = f'"{self.invoice()["version"]}"'
        return self.raw("POST", f"invoices/portal-{self.chorus_id}/{action}", body, **{"If-Match": etag})

    def becomes(self, status: str, comment: str) -> None:
        portal = self.stack.simulator.portal
        with portal.lock:
            invoice = portal.invoices.get(self.chorus_id)
            assert invoice is not None
            portal.lives.by_hand(invoice, status, portal.catch_up(), comment)


@pytest.fixture(scope="module")
def tracked(stack: Running) -> Followed:
    supplier_id = stack.new_supplier()
    siret = stack.api.call("GET", f"/suppliers/{supplier_id}")["siret"]
    names = ("client_id", "client_secret", "technical_login", "technical_password")
    keys = OAuthCredentials(**{name: SecretStr(CREDENTIALS[name]) for name in names})
    with httpx.Client(trust_env=False) as http:
        portal = gateway(stack.simulator, http, supplier=the_supplier(siret=siret), credentials=keys)
        file_id = portal.upload("facture.pdf", b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n")
        deposit = portal.submit(_typed(), file_id=file_id, file_name="facture.pdf")
    return Followed(stack, supplier_id, deposit.chorus_id)


def _typed() -> Submission:
    none = ("service_code", "engagement_number", "contract_number", "original_invoice_number", "vat_exemption_reason")
    more = ("validator_siret", "validator_service", "bank_account", "comment")
    return Submission(
        invoice_number="TAPEE-1",
        invoice_type="invoice",
        invoice_date=date(2026, 10, 2),
        recipient_siret=TOWN,
        currency="EUR",
        total_ht=Decimal("500.00"),
        total_tva=Decimal("100.00"),
        total_ttc=Decimal("600.00"),
        amount_due=Decimal("600.00"),
        vat_regime="on_debits",
        payment_method="transfer",
        framework="A1",
        **dict.fromkeys((*none, *more)),
    )


@pytest.mark.row("S19")
def test_tracking_asks_the_portal_live(tracked: Followed) -> None:
    answer = tracked.get("tracking")
    (row,) = answer["invoices"]
    assert (answer["loading_mode"], answer["stale"]) == ("remote", False)
    assert (row["invoice_number"], row["origin"]) == ("TAPEE-1", "portal")
    assert row["deposit"]["status_meaning"]["fr"]
    assert row["deposit"]["status_meaning"]["neutral"] == {"code": 200, "fr": "Déposée", "en": "Deposited"}
    assert tracked.get("tracking?number=AUTRE")["invoices"] == []
    assert tracked.raw("GET", "tracking?sort=invoice_number&direction=ascending&limit=1").status_code == 200


@pytest.mark.row("S24", "B03", "B04")
def test_an_invoice_that_comes_back_is_a_task_and_leaves_again(tracked: Followed) -> None:
    tracked.becomes("A_RECYCLER", "engagement manquant")
    # two readings of one screen within seconds ask once
    assert eventually(lambda: bool(tracked.get("to-process")["invoices"]))
    (row,) = tracked.get("to-process")["invoices"]
    assert row["task"]["actions"] == ["recycle"]
    assert row["task"]["motive"] == "engagement manquant"
    forbidden = tracked.post("complete", {"comment": "voici"})
    assert (forbidden.status_code, forbidden.json()["code"]) == (409, "status_forbids")
    assert tracked.post("recycle", {}).status_code == 422
    repaired = tracked.post("recycle", {"engagement_number": "EJ-2026-9"})
    assert repaired.status_code == 200, repaired.text
    assert repaired.json()["repair"]["phase"] == "DONE"
    assert tracked.get("to-process")["invoices"] == []
    (held,) = tracked.stack.received("TAPEE-1")
    assert "EJ-2026-9" in json.dumps(held)


@pytest.mark.row("B07")
def test_the_whole_life_at_the_portal_is_notified(tracked: Followed) -> None:
    life = tracked.get(f"invoices/portal-{tracked.chorus_id}/portal-history")
    assert life["complete"]
    assert "A_RECYCLER" in [step["status"] for step in life["steps"]]
    assert "engagement manquant" in [step["comment"] for step in life["steps"]]
    steps = {step["status"]: step["meaning"]["neutral"] for step in life["steps"]}
    assert (steps["A_RECYCLER"], steps["DEPOSEE"]["code"]) == (None, 200)
    statuses = tracked.get("tracking/statuses")["statuses"]
    assert len(statuses) > 50
    assert sum(each["neutral"] is not None for each in statuses) == 10


@pytest.mark.row("S24")
def test_what_the_portal_holds_is_downloaded_and_the_list_exported(tracked: Followed) -> None:
    link = tracked.raw("POST", f"invoices/portal-{tracked.chorus_id}/portal-file").json()
    assert httpx.get(link["url"], trust_env=False).content.startswith(b"%PDF")
    export = tracked.raw("POST", "tracking/export").json()
    text = httpx.get(export["url"], trust_env=False).content.decode("utf-8-sig")
    assert export["rows"] == 1
    assert "TAPEE-1" in text


@pytest.mark.row("S20")
def test_with_the_portal_down_the_last_known_list_says_how_old_it_is(tracked: Followed) -> None:
    eventually(lambda: not tracked.get("tracking")["stale"], patience=5)
    fault(tracked.stack.simulator, "factures/rechercher/fournisseur", effect="status", status=500, times=None)
    try:
        # two readings of one screen within seconds ask once
        assert eventually(lambda: bool(tracked.get("tracking")["stale"]))
        answer = tracked.get("tracking")
    finally:
        tracked.stack.simulator.portal.faults.clear()
    assert [row["invoice_number"] for row in answer["invoices"]] == ["TAPEE-1"]


@pytest.mark.row("S21", "S22")
def test_a_local_supplier_is_retrieved_by_the_nightly_functions(tracked: Followed) -> None:
    supplier = tracked.stack.api.call("GET", f"/suppliers/{tracked.supplier_id}")
    version = f'"{supplier["version"]}"'
    changed = httpx.patch(
        f"{tracked.stack.stack.api_url}/suppliers/{tracked.supplier_id}",
        json={"loading_mode": "local"},
        headers={"Authorization": f"Bearer {tracked.stack.stack.admin_token()}", "If-Match": version},
        trust_env=False,
        timeout=30,
    )
    assert changed.status_code == 200, changed.text
    before = datetime.now(UTC).isoformat()
    tracked.becomes("MANDATEE", "")
    tracked.stack.stack.run_schedule_now()

    def retrieved() -> bool:
        answer = tracked.get("tracking")
        assert (answer["loading_mode"], answer["stale"]) == ("local", False)
        return (answer["retrieved_at"] or "") > before

    assert eventually(retrieved)
    assert tracked.invoice()["deposit"]["status"] == "MANDATEE"
    night = tracked.stack.stack.boto_client("lambda").invoke(
        FunctionName=tracked.stack.stack.outputs["SyncNightlyFunction"], Payload=b"{}"
    )
    assert "FunctionError" not in night
    assert "suppliers" in json.loads(night["Payload"].read())


@pytest.mark.row("S23")
def test_a_local_suppliers_lists_are_there_while_the_portal_is_down(tracked: Followed) -> None:
    fault(tracked.stack.simulator, "*", effect="status", status=503, times=None)
    try:
        lists = {name: tracked.get(name) for name in ("tracking", "to-process")}
    finally:
        tracked.stack.simulator.portal.faults.clear()
    assert [row["invoice_number"] for row in lists["tracking"]["invoices"]] == ["TAPEE-1"]
    assert {answer["loading_mode"] for answer in lists.values()} == {"local"}
    assert not any(answer["stale"] for answer in lists.values())

"""Sending while the portal loses answers or is down, on a stack of its own: no other test meets the faults."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chorus_connector.adapters.table.breakers import DynamoBreakers
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.domain.portal.breaker import Circuit
from tests.e2e.conftest import Running
from tests.real_portal import fault
from tools.demo import CREDENTIALS, FOLDER, Api, Sample, seed
from tools.invoice_generator.demo import DEMO_RECIPIENTS
from tools.local_stack.stack import LocalStack
from tools.simulator.server import SimulatorServer

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SETTLE_SECONDS = 5
"""After so long, an invoice that the portal does not have was never deposited."""
SAMPLES = ("facture-site-internet.pdf", "releve-fournitures-chu.pdf", "chu-supervision.pdf")
"""Invoices that lack nothing."""


@dataclass
class Sender:
    """A supplier with a technical account of its own. The invoices' own SIRET is replaced by a metadata."""

    running: Running
    siret: str
    supplier_id: str = field(init=False)

    def __post_init__(self) -> None:
        simulator = self.running.simulator.base_url
        seed(simulator, siret=self.siret, name="Fournisseur", structures=DEMO_RECIPIENTS, login=self.login)
        keys = {**CREDENTIALS, "technical_login": self.login}
        self.supplier_id = self.running.api.provision(name="Fournisseur", siret=self.siret, credentials=keys)
        self.change(associations={"": {"supplier_siret": "Fournisseur"}})

    @property
    def path(self) -> str:
        return f"/suppliers/{self.supplier_id}"

    @property
    def login(self) -> str:
        return f"TECH_{self.siret}@cpro.fr"

    def change(self, **values: Any) -> None:
        """Change the supplier's configuration."""
        version = self.running.api.call("GET", self.path)["version"]
        self.running.api.call("PATCH", self.path, json=values, headers={"If-Match": f'"{version}"'})

    def ready(self, sample: Sample) -> str:
        """Upload the sample; gives the document's id once nothing lacks."""
        document = self.running.api.call(
            "POST",
            f"{self.path}/documents",
            params={"file_name": sample.file, "folder": FOLDER, "metadata.Fournisseur": self.siret},
            content=sample.data,
            headers={"Content-Type": "application/pdf"},
        )["document_id"]
        self.settled(document, "READY")
        return str(document)

    def settled(self, document: str, *states: str) -> dict[str, Any]:
        return self.running.wait_for(self.supplier_id, document, *states)

    def sent_by_the_schedule(self, document: str, patience: float = 60) -> dict[str, Any]:
        """The invoice once it is submitted; the ten-minute run is repeated until then."""
        deadline = time.monotonic() + patience
        while (invoice := self.settled(document, "READY", "HELD", "IN_DOUBT", "SUBMITTED"))["state"] != "SUBMITTED":
            assert time.monotonic() < deadline, invoice["problems"]
            self.running.stack.run_schedule_now()
            time.sleep(2)
        return invoice

    def at_the_portal(self, invoice: dict[str, Any]) -> list[int]:
        """The portal's ids of what it holds from this supplier under the invoice's number."""
        held = self.running.received(invoice["invoice_number"])
        return [each["identifiantFactureCPP"] for each in held if each["fournisseur"] == self.siret]

    def ten_minutes_pass(self, *documents: str) -> None:
        """Ten minutes pass for the supplier's breaker and these documents: their times move back."""
        stack = self.running.stack
        table = stack.outputs["TableName"]
        client, shift = stack.boto_client("dynamodb"), timedelta(minutes=10)
        breakers = DynamoBreakers(client, table, portal="http://unused.invalid", supplier_id=self.supplier_id)
        before = breakers.get()
        times = {name: at - shift for name, at in before.supplier if isinstance(at, datetime)}
        breakers.save(before, Circuit(before.portal, before.supplier.model_copy(update=times)))
        invoices = DynamoInvoices(client, table, self.supplier_id)
        for document in documents:
            invoice = invoices.get(document)
            if invoice.due_at is not None:
                invoices.reschedule(invoice.model_copy(update={"due_at": invoice.due_at - shift}))

    def news(self) -> list[str]:
        """What the feed says of the access to the portal, oldest first."""
        page = self.running.api.call("GET", f"{self.path}/notifications")
        return [each["access"] for each in reversed(page["notifications"]) if each["kind"] == "portal"]

    def actions(self, document: str) -> list[str]:
        events = self.running.api.call("GET", f"{self.path}/invoices/{document}/history")["events"]
        return [event["action"] for event in events]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("sending")
    with (
        SimulatorServer() as simulator,
        LocalStack(
            folder,
            chorus_base_url=simulator.base_url,
            retry_after=2,
            environment={"SETTLE_SECONDS": str(SETTLE_SECONDS)},
        ) as stack,
        Api(stack.api_url, stack.admin_token()) as api,
    ):
        yield Running(stack, simulator, api)


@pytest.fixture(scope="module")
def sender(running: Running) -> Sender:
    return Sender(running, "90000000200015")


@pytest.mark.row("S06")
def test_an_invoice_leaves_by_itself_only_while_automatic_submission_is_on(
    sender: Sender, samples: dict[str, Sample]
) -> None:
    sender.change(automatic_submission=False)
    document = sender.ready(samples["facture-site-internet.pdf"])
    sender.running.stack.run_schedule_now()
    time.sleep(3)
    assert sender.settled(document, "READY")["deposit"] is None
    sender.change(automatic_submission=True)
    assert sender.at_the_portal(sender.sent_by_the_schedule(document)) != []


@pytest.mark.row("B01", "B03")
@pytest.mark.parametrize(
    ("phase", "file", "settled_by"),
    [("after", "chu-supervision.pdf", "submitted"), ("before", "releve-fournitures-chu.pdf", "proven_absent")],
    ids=["the portal has it", "the portal never had it"],
)
def test_a_lost_answer_is_settled_by_asking_and_the_invoice_is_there_once(
    sender: Sender, samples: dict[str, Sample], phase: str, file: str, settled_by: str
) -> None:
    document = sender.ready(samples[file])
    fault(sender.running.simulator, "factures/soumettre", effect="reset", phase=phase, login=sender.login)
    sender.running.stack.run_schedule_now()
    doubtful = sender.settled(document, "IN_DOUBT")
    assert len(sender.at_the_portal(doubtful)) == (phase == "after")
    submitted = sender.sent_by_the_schedule(document)
    assert sender.at_the_portal(submitted) == [submitted["deposit"]["chorus_id"]]
    actions = sender.actions(document)
    assert settled_by in actions[actions.index("answer_lost") :]


@pytest.mark.row("B08", "B03")
def test_an_outage_holds_one_suppliers_invoices_which_leave_afterwards_and_touches_no_other(
    running: Running, samples: dict[str, Sample]
) -> None:
    victim, neighbour = Sender(running, "90000000300012"), Sender(running, "90000000400019")
    documents = [victim.ready(samples[file]) for file in SAMPLES]
    theirs = neighbour.ready(samples["facture-site-internet.pdf"])
    fault(running.simulator, "*", status=503, times=None, login=victim.login)
    running.stack.run_schedule_now()
    for document in documents:
        held = victim.settled(document, "HELD", "SUBMITTED")
        assert (held["state"], [each["code"] for each in held["problems"]]) == ("HELD", ["portal_unavailable"])
    neighbour.settled(theirs, "SUBMITTED")
    running.simulator.portal.faults.clear()
    for document in documents:
        submitted = victim.sent_by_the_schedule(document, patience=420)  # a pause of two minutes, then a probe’s lease
        assert victim.at_the_portal(submitted) == [submitted["deposit"]["chorus_id"]]


@pytest.mark.row("B08", "S10", "S11", "B03")
def test_after_ten_minutes_of_pistes_bad_mood_all_is_submitted_by_the_second_run_and_people_heard_twice(
    running: Running, samples: dict[str, Sample]
) -> None:
    sender = Sender(running, "90000000500016")
    me = running.stack.subject(running.stack.admin_token())
    running.api.call("PUT", f"{sender.path}/configuration/notifications/portal/{me}", json={})
    documents = [sender.ready(samples[file]) for file in SAMPLES]

    def held_for_now() -> None:
        for document in documents:
            held = sender.settled(document, "HELD", "SUBMITTED")
            codes = [each["code"] for each in held["problems"]]
            assert (held["state"], codes) == ("HELD", ["piste_refuses_for_now"])

    running.simulator.portal.tokens.revoke_all()
    fault(running.simulator, "token", effect="empty", status=400, times=None)
    running.stack.run_schedule_now()
    held_for_now()
    running.simulator.portal.faults.clear()
    fault(running.simulator, "*", effect="empty", status=401, times=None, login=sender.login)
    sender.ten_minutes_pass(*documents)
    running.stack.run_schedule_now()
    time.sleep(30)  # the first worker that is let through is refused five times
    held_for_now()
    running.simulator.portal.faults.clear()
    for _ in range(2):
        sender.ten_minutes_pass(*documents)
        running.stack.run_schedule_now()
        time.sleep(15)
    for document in documents:
        submitted = sender.settled(document, "HELD", "SUBMITTED")
        assert submitted["state"] == "SUBMITTED", submitted["problems"]
        assert sender.at_the_portal(submitted) == [submitted["deposit"]["chorus_id"]]
    assert sender.news() == ["piste_refuses_for_now", "credentials_work_again"]


@pytest.mark.row("S10")
def test_a_trial_of_credentials_asks_piste_twice_for_a_token(running: Running) -> None:
    sender = Sender(running, "90000000600013")
    asked = running.simulator.portal.calls.counts().get("token", 0)
    fault(running.simulator, "token", effect="empty", status=400, times=None)
    with pytest.raises(RuntimeError, match=r"422 .*PISTE refuses the application"):
        running.api.call("PUT", f"{sender.path}/credentials", json={**CREDENTIALS, "client_secret": "another"})
    running.simulator.portal.faults.clear()
    assert running.simulator.portal.calls.counts()["token"] - asked == 2

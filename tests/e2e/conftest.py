"""One local stack for the whole run: starting it costs seconds, and suppliers keep tests apart as they do tenants."""

import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.reading.unattended import NewLayouts
from tests.e2e.checked import every_answer_checked
from tests.patience import PATIENCE
from tools.demo import TRUSTS_SCANS, Api, Sample, running_stack, seed
from tools.invoice_generator.demo import DEMO_RECIPIENTS, DEMO_SUPPLIER, demo_samples
from tools.local_stack.stack import LocalStack
from tools.simulator.server import SimulatorServer

_SIRENS = itertools.count(1)


@dataclass
class Running:
    """The stack, the simulator, and the API as an administrator of the installation."""

    stack: LocalStack
    simulator: SimulatorServer
    api: Api

    def new_supplier(
        self, *, name: str = "Fournisseur d'essai", siret: str | None = None, new_layouts: NewLayouts = "send"
    ) -> str:
        """A provisioned tenant of its own for a test; gives its id."""
        siret = siret or f"9{next(_SIRENS):08d}00017"
        seed(self.simulator.base_url, siret=siret, name=name, structures=())
        return self.api.provision(name=name, siret=siret, new_layouts=new_layouts)

    def as_user(self, name: str) -> Api:
        """The API, called by another user."""
        return Api(self.stack.api_url, self.stack.user_token(name))

    def wait_for(self, supplier_id: str, document_id: str, *states: str, patience: float = PATIENCE) -> dict[str, Any]:
        """Wait for one of the states and return the document; fails with its history on a timeout."""
        deadline = time.monotonic() + patience
        while True:
            invoice = self.api.call("GET", f"/suppliers/{supplier_id}/invoices/{document_id}")
            if invoice["state"] in states:
                return dict(invoice)
            if time.monotonic() > deadline:
                story = self.api.call("GET", f"/suppliers/{supplier_id}/invoices/{document_id}/history")
                raise AssertionError(f"still {invoice['state']}: {invoice['problems']} {story['events']}")
            time.sleep(0.1)

    def emails_to(self, address: str) -> list[dict[str, Any]]:
        """The e-mails that the emulator took for that address, the first first."""
        sent = httpx.get(f"{self.stack.endpoint_url}/_ministack/ses/messages", trust_env=False).json()
        return [each for each in _emails_in(sent) if address in each.get("To", [])]

    def confirmation_page(self, address: str) -> str:
        """The page that the last e-mail to that address links to, under the address of the local stack."""
        link = re.findall(r"https?://\S+(/email-confirmations/\S+)", self.emails_to(address)[-1]["BodyText"])
        return f"{self.stack.api_url}{link[-1]}"

    def confirm(self, address: str) -> None:
        """Follow the link of the last e-mail to that address, as its owner does: open the page, press the button."""
        page = self.confirmation_page(address)
        with httpx.Client(trust_env=False) as browser:
            assert "<button>" in browser.get(page).text
            browser.post(page).raise_for_status()

    def received(self, number: str) -> list[dict[str, Any]]:
        """What the simulator holds under an invoice number."""
        answer = httpx.get(f"{self.simulator.base_url}/_admin/invoices", params={"number": number}, trust_env=False)
        return list(answer.json()["invoices"])


def _emails_in(sent: Any) -> list[dict[str, Any]]:
    """ministack lists sent e-mails by account."""
    if isinstance(sent, list):
        return sent
    return [email for each in sent.values() if isinstance(each, list | dict) for email in _emails_in(each)]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("stack")
    with (
        running_stack(folder, open_directory=False, retry_after=2) as (local, simulator),
        Api(local.api_url, local.admin_token()) as api,
        every_answer_checked(local.api_url),
    ):
        seed(simulator.base_url, siret=DEMO_SUPPLIER["siret"], name=DEMO_SUPPLIER["name"], structures=DEMO_RECIPIENTS)
        yield Running(local, simulator, api)


@pytest.fixture(scope="session")
def samples() -> dict[str, Sample]:
    """The project's own invoices by file name."""
    return {name: Sample(name, data) for name, data, _ in demo_samples(day_in_paris(datetime.now(UTC)))}


@pytest.fixture(scope="session")
def expected() -> dict[str, dict[str, Any]]:
    """What the portal should receive of each of them."""
    return {name: values for name, _, values in demo_samples(day_in_paris(datetime.now(UTC)))}


@pytest.fixture(scope="session")
def demo_supplier(stack: Running) -> str:
    """The tenant whose invoices the samples are, with automatic submission on."""
    return stack.api.provision(
        name=DEMO_SUPPLIER["name"], siret=DEMO_SUPPLIER["siret"], confidence_threshold=TRUSTS_SCANS
    )

"""Demonstrates the main job: uploads PDFs through the HTTP API until they are invoices at the portal, one row per file.

Starts the simulator and the local stack in a temporary folder, provisions one supplier and polls its documents until
each is at the portal or waits for a person. Only the public API is used.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from chorus_connector.domain.reading.unattended import NewLayouts
from chorus_connector.domain.suppliers.identifier import IdentifierScheme
from tools.local_stack.stack import LocalStack
from tools.local_stack.temporary import temporary_folder
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings as SimulatorSettings

INLINE_BYTES = 4 * 1024 * 1024
"""The largest file sent in a request: a payload has 6 MB and base64 adds a third. Larger files go to the bucket."""

SETTLED = frozenset({"SUBMITTED", "TO_COMPLETE", "REFUSED", "UNUSABLE", "SET_ASIDE", "DUPLICATE", "HELD", "IN_DOUBT"})
"""States that a document leaves only when a person acts or the portal answers later."""

FOLDER = "factures"

TRUSTS_SCANS = 0.85
"""The samples' confidence threshold: it accepts an invoice number that only OCR has read, with a good score."""

CREDENTIALS = {
    "client_id": "demo-application",
    "client_secret": "demo-application-secret",
    "technical_login": "TECH_1_demo@cpro.fr",
    "technical_password": "Demo-password-1!",
}
"""Credentials that are valid at the simulator only."""


@dataclass(frozen=True)
class Sample:
    """A PDF of the demonstration."""

    file: str
    data: bytes


@dataclass(frozen=True)
class Row:
    """The result for one file; the values are the portal's once the invoice was submitted."""

    file: str
    state: str
    invoice_number: str | None = None
    recipient_siret: str | None = None
    service_code: str | None = None
    engagement_number: str | None = None
    total_ttc: str | None = None
    chorus_id: int | None = None
    portal_status: str | None = None
    problems: list[dict[str, str | None]] = field(default_factory=list)


@contextmanager
def running_stack(
    folder: Path,
    *,
    open_directory: bool,
    port: int | None = None,
    retry_after: int | None = None,
    keep: bool = False,
) -> Iterator[tuple[LocalStack, SimulatorServer]]:
    """The simulator and the local stack, started and connected."""
    with ExitStack() as running:
        simulator = running.enter_context(SimulatorServer(SimulatorSettings(open_directory=open_directory)))
        stack = running.enter_context(
            LocalStack(folder, chorus_base_url=simulator.base_url, port=port, retry_after=retry_after, keep=keep)
        )
        yield stack, simulator


class Api:
    """The connector's HTTP API, called as an administrator of one supplier."""

    def __init__(self, base_url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, **request: Any) -> Any:
        """The JSON answer. Raises RuntimeError with the API's message when it refuses."""
        answer = self._http.request(method, path, **request)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def provision(
        self,
        *,
        name: str,
        siret: str,
        scheme: IdentifierScheme = "SIRET",
        confidence_threshold: float | None = None,
        credentials: Mapping[str, str] = CREDENTIALS,
        new_layouts: NewLayouts = "send",
    ) -> str:
        """Create a supplier with credentials, one criterion and automatic submission; returns its id.

        ``siret`` is its SIRET, or its identifier of another ``scheme``.
        ``confidence_threshold`` is the least confidence with which a read value is sent; by default the product's.
        ``new_layouts``: whether documents of a new design are sent, or wait for a person as the product's default is.
        """
        identified = {"siret": siret} if scheme == "SIRET" else {"identifier": {"scheme": scheme, "value": siret}}
        supplier = self.call("POST", "/suppliers", json={"name": name, **identified})
        path = f"/suppliers/{supplier['supplier_id']}"
        supplier = self.call("PUT", f"{path}/credentials", json=dict(credentials))
        supplier = self.call(
            "POST",
            f"{path}/configuration/criteria",
            json={"folder": FOLDER},
            headers={"If-Match": f'"{supplier["version"]}"'},
        )
        self.call(
            "PATCH",
            path,
            json={"automatic_submission": True, "new_layouts": new_layouts}
            | ({"confidence_threshold": confidence_threshold} if confidence_threshold is not None else {}),
            headers={"If-Match": f'"{supplier["version"]}"'},
        )
        return str(supplier["supplier_id"])

    def upload(self, supplier_id: str, sample: Sample) -> str:
        """Upload in the request, or to the bucket when the file is large; returns the document's id."""
        if len(sample.data) <= INLINE_BYTES:
            document = self.call(
                "POST",
                f"/suppliers/{supplier_id}/documents",
                params={"file_name": sample.file[:200], "folder": FOLDER},
                content=sample.data,
                headers={"Content-Type": "application/pdf"},
            )
        else:
            document = self.call(
                "POST", f"/suppliers/{supplier_id}/uploads", json={"file_name": sample.file[:200], "folder": FOLDER}
            )
            form = document["upload"]
            httpx.post(
                form["url"], data=form["fields"], files={"file": sample.data}, timeout=60, trust_env=False
            ).raise_for_status()
        return str(document["document_id"])

    def invoices(self, supplier_id: str) -> dict[str, dict[str, Any]]:
        """Every document of the supplier by its id."""
        found: dict[str, dict[str, Any]] = {}
        cursor: str | None = None
        while True:
            params: dict[str, str | int] = {"limit": 100, **({"cursor": cursor} if cursor else {})}
            page = self.call("GET", f"/suppliers/{supplier_id}/invoices", params=params)
            found |= {invoice["document_id"]: invoice for invoice in page["invoices"]}
            cursor = page["cursor"]
            if cursor is None:
                return found


def run_demo(
    samples: Sequence[Sample],
    *,
    siret: str,
    scheme: IdentifierScheme = "SIRET",
    supplier_name: str,
    structures: Sequence[dict[str, Any]] = (),
    open_directory: bool,
    progress: Callable[[str, int, int], None],
    confidence_threshold: float | None = None,
    patience: float = 600,
) -> list[Row]:
    """Take every sample from PDF to portal; returns one row per sample, in their order.

    Calls ``progress(what, done, total)`` at every step. Stops when no state has changed for ``patience`` seconds; the
    other documents are then shown in their current state.
    """
    with temporary_folder("demo") as folder:
        progress("Démarrage de la pile locale · starting the local stack", 0, 0)
        with running_stack(folder, open_directory=open_directory) as (stack, simulator):
            seed(simulator.base_url, siret=siret, scheme=scheme, name=supplier_name, structures=structures)
            with Api(stack.api_url, stack.admin_token()) as api:
                supplier_id = api.provision(
                    name=supplier_name, siret=siret, scheme=scheme, confidence_threshold=confidence_threshold
                )
                uploaded: list[str] = []
                for count, sample in enumerate(samples, 1):
                    uploaded.append(api.upload(supplier_id, sample))
                    progress("Dépôt des PDF · uploading", count, len(samples))
                invoices = _settled(api, stack, supplier_id, set(uploaded), progress=progress, patience=patience)
            received = _received(simulator.base_url)
        return [_row(sample, invoices[document], received) for sample, document in zip(samples, uploaded, strict=True)]


def seed(
    simulator_url: str,
    *,
    siret: str,
    name: str,
    structures: Sequence[dict[str, Any]],
    scheme: IdentifierScheme = "SIRET",
    login: str = CREDENTIALS["technical_login"],
    attached: bool = True,
) -> None:
    """Register the supplier, its account and application, and further public structures in the simulator.

    ``attached``: whether the account is attached to the supplier's structure.
    """
    with httpx.Client(base_url=simulator_url, timeout=10, trust_env=False) as admin:
        admin.post("/_admin/structures", json=list(structures)).raise_for_status()
        admin.post(
            "/_admin/suppliers",
            json={
                "siret": siret,
                "identifier_type": scheme,
                "name": name,
                "client_id": CREDENTIALS["client_id"],
                "client_secret": CREDENTIALS["client_secret"],
                "login": login,
                "attached": attached,
                "password": CREDENTIALS["technical_password"],
            },
        ).raise_for_status()


def _settled(
    api: Api,
    stack: LocalStack,
    supplier_id: str,
    uploaded: set[str],
    *,
    progress: Callable[[str, int, int], None],
    patience: float,
) -> dict[str, dict[str, Any]]:
    """Wait until every document has settled, with ten-minute runs started while one is READY."""
    last_picture: dict[str, str] = {}
    invoices: dict[str, dict[str, Any]] = {}
    moved_at = time.monotonic()
    while True:
        # a document that moves to another list while they are read may be in none of this answer
        invoices |= api.invoices(supplier_id)
        picture = {document: invoices[document]["state"] if document in invoices else "moving" for document in uploaded}
        done = sum(state in SETTLED for state in picture.values())
        progress("Lecture, contrôle, dépôt · reading, checking, submitting", done, len(picture))
        if picture != last_picture:
            last_picture, moved_at = picture, time.monotonic()
        if done == len(picture) or time.monotonic() - moved_at > patience:
            return invoices
        if "READY" in picture.values():
            stack.run_schedule_now()
        time.sleep(0.3)


def _received(simulator_url: str) -> dict[int, dict[str, Any]]:
    """The invoices as the portal received them, by the portal's id."""
    answer = httpx.get(f"{simulator_url}/_admin/invoices", timeout=30, trust_env=False)
    answer.raise_for_status()
    return {int(invoice["identifiantFactureCPP"]): invoice for invoice in answer.json()["invoices"]}


def _row(sample: Sample, invoice: dict[str, Any], received: dict[int, dict[str, Any]]) -> Row:
    problems = [{"field": each["field"], "code": each["code"], "text": each["fr"]} for each in invoice["problems"]]
    deposit = invoice["deposit"]
    if deposit is None:
        return Row(
            file=sample.file,
            state=invoice["state"],
            invoice_number=invoice["invoice_number"],
            recipient_siret=invoice["recipient_siret"],
            service_code=invoice["service_code"],
            engagement_number=invoice["engagement_number"],
            total_ttc=invoice["total_ttc"],
            problems=problems,
        )
    sent = received[deposit["chorus_id"]]
    return Row(
        file=sample.file,
        state=invoice["state"],
        invoice_number=sent["numeroFacture"],
        recipient_siret=sent["codeDestinataire"],
        service_code=sent["codeServiceExecutant"],
        engagement_number=sent["numeroBonCommande"],
        total_ttc=f"{Decimal(str(sent['received']['montantTotal']['montantTtcTotal'])):.2f}",
        chorus_id=deposit["chorus_id"],
        portal_status=sent["statut"],
        problems=problems,
    )

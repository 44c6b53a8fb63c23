"""A supplier's system in ten lines: calls the simulated portal as the reference says, and nothing more.

Raw HTTP on purpose: these tests must fail when the simulator is wrong, not when a client is.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx

from tools.simulator.app import create_app
from tools.simulator.clock import PARIS
from tools.simulator.settings import Settings
from tools.simulator.suppliers import SupplierSeed, default_supplier

if TYPE_CHECKING:
    from tools.simulator.portal import Portal

NOON = datetime(2026, 10, 9, 12, 0, tzinfo=PARIS)
"""When the tests' stopped clock starts."""
JSON = "application/json;charset=utf-8"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"

TOWN = "21000001400014"  # no obligation
DEPARTMENT = "22000001200017"  # service
REGION = "23000001000010"  # engagement
METROPOLIS = "24000001800012"  # both


def siret_of(portal: Portal, name: str) -> str:
    """The SIRET of the directory's structure whose name contains `name`."""
    return next(one.siret for one in portal.directory.all() if name in one.name)


_LOOP = asyncio.Runner()


class Caller:
    """One supplier against one portal, over any httpx client."""

    def __init__(
        self, http: httpx.Client, portal: Portal, base_url: str = "", supplier: SupplierSeed | None = None
    ) -> None:
        self.http = http
        self.portal = portal
        self.base_url = base_url
        self.supplier = supplier or default_supplier()
        self._token: str | None = None

    def token_answer(self, **changes: str | None) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.supplier.client_id,
            "client_secret": self.supplier.client_secret.get_secret_value(),
            "scope": "openid",
        }
        given = {name: value for name, value in {**form, **changes}.items() if value is not None}
        return self.http.post(f"{self.base_url}/api/oauth/token", data=given)

    def headers(self, **changes: str | None) -> dict[str, str]:
        if self._token is None:
            self._token = self.token_answer().json()["access_token"]
        headers = {
            "authorization": f"Bearer {self._token}",
            "cpro-account": self.account_header(),
            "content-type": JSON,
            "accept": JSON,
        }
        renamed = {name.replace("_", "-"): value for name, value in changes.items()}
        return {name: value for name, value in {**headers, **renamed}.items() if value is not None}

    def account_header(self) -> str:
        pair = f"{self.supplier.login}:{self.supplier.password.get_secret_value()}"
        return base64.b64encode(pair.encode()).decode()

    def call(
        self, operation: str, body: Any = None, content: bytes | None = None, **headers: str | None
    ) -> httpx.Response:
        family, _, path = operation.partition("/")
        return self.http.post(
            f"{self.base_url}/cpro/{family}/v1/{path}",
            content=content if content is not None else json.dumps({} if body is None else body),
            headers=self.headers(**headers),
        )

    def ok(self, operation: str, body: Any = None) -> dict[str, Any]:
        answer = self.call(operation, body)
        payload: dict[str, Any] = answer.json()
        assert (answer.status_code, payload["codeRetour"]) == (200, 0), payload
        return payload

    def refused(self, operation: str, body: Any = None) -> dict[str, Any]:
        answer = self.call(operation, body)
        payload: dict[str, Any] = answer.json()
        assert payload["codeRetour"] != 0, payload
        return payload

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, f"{self.base_url}/_admin{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deposit_pdf(self, content: bytes = PDF, name: str = "facture.pdf") -> int:
        body = {"fichierFacture": b64(content), "nomFichier": name, "formatDepot": "PDF_NON_SIGNE"}
        file_id: int = self.ok("factures/deposer/pdf", body)["pieceJointeId"]
        return file_id

    def add_file(self, name: str = "rib.pdf", content: bytes = PDF) -> int:
        body = {
            "pieceJointeFichier": b64(content),
            "pieceJointeNom": name,
            "pieceJointeTypeMime": "application/pdf",
            "pieceJointeExtension": name.rpartition(".")[2].upper(),
        }
        file_id: int = self.ok("transverses/ajouter/fichier", body)["pieceJointeId"]
        return file_id

    def submit(self, number: str = "FA-1", **changes: Any) -> dict[str, Any]:
        return self.ok("factures/soumettre", self.invoice(number, **changes))

    def invoice(self, number: str | None = "FA-1", **changes: Any) -> dict[str, Any]:
        """A good soumettre body; `changes` are paths with `__` between steps, `...` takes a field away."""
        body: dict[str, Any] = {
            "modeDepot": "DEPOT_PDF_API",
            "numeroFactureSaisi": number,
            "dateFacture": "2026-10-09",
            "destinataire": {"codeDestinataire": TOWN},
            "fournisseur": {"idFournisseur": 26_000_001, "codeCoordonneesBancairesFournisseur": 1440},
            "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
            "references": {
                "deviseFacture": "EUR",
                "typeFacture": "FACTURE",
                "typeTva": "TVA_SUR_DEBIT",
                "modePaiement": "VIREMENT",
            },
            "montantTotal": {
                "montantHtTotal": 500.10,
                "montantTVA": 100.02,
                "montantTtcTotal": 600.12,
                "montantAPayer": 600.12,
            },
        }
        if "pieceJointePrincipale" not in changes:
            file_id = self.deposit_pdf()
            body["pieceJointePrincipale"] = [
                {"pieceJointePrincipaleDesignation": "facture.pdf", "pieceJointePrincipaleId": file_id}
            ]
        for path, value in changes.items():
            _put(body, path.split("__"), value)
        return body

    def pass_days(self, days: float) -> None:
        self.admin("POST", "/clock", {"advance_days": days})
        self._token = None  # tokens live an hour

    def found(self, **criteria: Any) -> list[dict[str, Any]]:
        answer = self.call("factures/rechercher/fournisseur", criteria).json()
        rows: list[dict[str, Any]] = answer.get("listeFactures", [])
        return rows


def in_process(settings: Settings | None = None) -> Caller:
    """A caller of a new portal inside this process; its clock is stopped at NOON unless settings say otherwise."""
    app = create_app(settings or Settings(start=NOON, clock_runs=False))
    return Caller(httpx.Client(transport=_InProcess(app), base_url="http://portal"), app.state.portal)


class _InProcess(httpx.BaseTransport):
    """httpx's own ASGI transport for a client that is not asynchronous."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return _LOOP.run(self._answered(request))

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _put(body: dict[str, Any], path: list[str], value: Any) -> None:
    *parents, last = path
    for step in parents:
        body = body.setdefault(step, {})
    if value is ...:
        body.pop(last, None)
    else:
        body[last] = copy.deepcopy(value)

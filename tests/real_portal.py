"""The real gateway and client against the simulator over HTTP: what contract, fault and bench tests share."""

import base64
from collections.abc import Callable
from typing import Any

import httpx
from pydantic import SecretStr

from chorus_connector.adapters.chorus import ChorusPortal
from chorus_connector.chorus_pro.credentials import ClientCertificate
from chorus_connector.chorus_pro.hosts import certificate_portal_at, portal_at
from chorus_connector.chorus_pro.retries import Patience
from chorus_connector.domain.portal.credentials import CertificateCredentials, Credentials, OAuthCredentials
from chorus_connector.domain.suppliers.supplier import Supplier
from tests.builders import a_supplier
from tools.simulator.faults import FaultSpec
from tools.simulator.server import SimulatorServer
from tools.simulator.suppliers import SupplierSeed, default_supplier

TOWN = "21000001400014"
"""The simulator's town hall, which asks for nothing."""
_DEPOSITS = ("factures/soumettre", "factures/deposer/flux")


def the_supplier(seed: SupplierSeed | None = None, **changes: Any) -> Supplier:
    """The tenant of the simulator's ready supplier; its structure id is not known yet."""
    given = seed or default_supplier()
    return a_supplier(**{"siret": given.siret, "portal_structure_id": None, **changes})


def keys_of(seed: SupplierSeed | None = None, **changes: str) -> OAuthCredentials:
    """That supplier's OAuth-PISTE keys, with some of them wrong if a test says so."""
    given = seed or default_supplier()
    keys = {
        "client_id": given.client_id,
        "client_secret": given.client_secret.get_secret_value(),
        "technical_login": given.login,
        "technical_password": given.password.get_secret_value(),
    }
    return OAuthCredentials(**{name: SecretStr(value) for name, value in {**keys, **changes}.items()})


def certificate_keys(certificate: bytes, password: str, **changes: str) -> CertificateCredentials:
    """The ready supplier's technical account behind a client certificate."""
    seed = default_supplier()
    keys = {"technical_login": seed.login, "technical_password": seed.password.get_secret_value()}
    return CertificateCredentials(
        certificate=SecretStr(base64.b64encode(certificate).decode()),
        certificate_password=SecretStr(password),
        **{name: SecretStr(value) for name, value in {**keys, **changes}.items()},
    )


def gateway(
    server: SimulatorServer,
    http: httpx.Client,
    *,
    supplier: Supplier | None = None,
    credentials: Credentials | None = None,
    seconds: float = 5.0,
    known: bool = True,
    certificate_http: Callable[[ClientCertificate], httpx.Client] | None = None,
) -> ChorusPortal:
    """``ports.Portal`` for that supplier; no call lasts longer than ``seconds``, and retries do not wait."""
    keys = credentials or keys_of()
    given: Callable[[], Credentials | None] = lambda: keys if known else None  # noqa: E731
    return ChorusPortal(
        hosts=portal_at(server.base_url),
        certificate_hosts=certificate_portal_at(server.base_url),
        certificate_http=certificate_http,
        http=http,
        supplier=supplier or the_supplier(),
        credentials=given,
        seconds_left=lambda: seconds,
        sleep=lambda _: None,
        patience=Patience(first_pause=0),
    )


def fault(server: SimulatorServer, operation: str, **spec: Any) -> None:
    """Make the next calls of an operation go wrong, as the admin API would."""
    with server.portal.lock:
        server.portal.faults.add(FaultSpec(operation=operation, **spec))


def deposits_taken(server: SimulatorServer) -> int:
    """How many deposits the portal has processed, whatever it answered."""
    calls = [call for operation in _DEPOSITS for call in server.portal.calls.listed(operation)]
    return sum(call["processed"] for call in calls)

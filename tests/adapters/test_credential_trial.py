"""Credentials tried on the simulator: what is wrong is named, whichever of the keys or rights it is."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from chorus_connector.chorus_pro.certificate import tls_context
from chorus_connector.chorus_pro.credentials import ClientCertificate
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalAccount, PortalUnreachable
from chorus_connector.domain.portal.credentials import Credentials
from chorus_connector.domain.suppliers.supplier import Supplier
from tests.builders import NOW
from tests.chorus_pro.test_certificate import AUTHORITY, PASSWORD, PEM, SUPPLIER, make
from tests.real_portal import certificate_keys, gateway, keys_of, the_supplier
from tools.simulator.server import SimulatorServer, Tls
from tools.simulator.settings import Settings
from tools.simulator.suppliers import FAMILIES, SupplierSeed, default_supplier

_TRUSTED = AUTHORITY.certificate.public_bytes(PEM).decode()
"""The gateway's own certificate is one the machine trusts, as the real one's is."""
STOPPED = Settings(start=NOW, clock_runs=False, default_supplier=False)


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(STOPPED) as running:
        yield running


def seed(server: SimulatorServer, **changes: object) -> SupplierSeed:
    """The simulator's ready supplier, with something missing."""
    supplier = default_supplier().model_copy(update=changes)
    server.portal.reset()
    server.portal.suppliers.put(supplier, server.portal.clock.now())
    return supplier


def trial(
    server: SimulatorServer,
    credentials: Credentials | None = None,
    *,
    known: bool = True,
    supplier: Supplier | None = None,
) -> PortalAccount:
    with ExitStack() as opened:

        def connections(certificate: ClientCertificate) -> httpx.Client:
            return opened.enter_context(httpx.Client(verify=tls_context(certificate, authority=_TRUSTED)))

        return gateway(
            server,
            opened.enter_context(httpx.Client()),
            supplier=supplier,
            credentials=credentials,
            known=known,
            certificate_http=connections,
        ).account()


def refused(attempt: Callable[[], PortalAccount]) -> str:
    with pytest.raises(CredentialsRefused) as refusal:
        attempt()
    return refusal.value.fault


def test_good_credentials_give_the_structure_the_bank_details_and_the_passwords_end(server: SimulatorServer) -> None:
    seed(server, password_age_days=400)
    account = trial(server)
    assert account.structure_id == server.portal.suppliers.all()[0].id
    assert [each.portal_id for each in account.bank_accounts] == [1440, 1441]
    assert account.password_expires_at is not None
    assert account.password_expires_at.date() == (NOW + timedelta(days=24)).date()


def test_no_bank_details_is_no_refusal(server: SimulatorServer) -> None:
    seed(server, bank_accounts=[])
    assert trial(server).bank_accounts == ()


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_a_wrong_application_is_named(server: SimulatorServer, name: str) -> None:
    seed(server)
    assert refused(lambda: trial(server, keys_of(**{name: "wrong"}))) == "piste_application"


@pytest.mark.parametrize("name", ["technical_login", "technical_password"])
def test_a_wrong_technical_account_is_named(server: SimulatorServer, name: str) -> None:
    seed(server)
    assert refused(lambda: trial(server, keys_of(**{name: "wrong"}))) == "technical_account"


@pytest.mark.parametrize("family", ["factures", "structures", "transverses"])
def test_a_family_without_consent_is_named_before_an_invoice_finds_out(server: SimulatorServer, family: str) -> None:
    seed(server, families=[each for each in FAMILIES if each != family])
    assert refused(lambda: trial(server)) == "api_consent"


def test_a_missing_raccordement_is_distinguished_from_a_missing_consent(server: SimulatorServer) -> None:
    seed(server, linked=False)
    assert refused(lambda: trial(server)) == "raccordement"


def test_an_expired_password_leads_to_the_same_advice(server: SimulatorServer) -> None:
    seed(server, password_age_days=425)
    assert refused(lambda: trial(server)) == "raccordement"


def test_an_account_of_another_structure_is_not_attached(server: SimulatorServer) -> None:
    seed(server, attached=False)
    assert refused(lambda: trial(server)) == "structure"


def test_a_structure_that_is_not_active_lacks_the_right_to_send(server: SimulatorServer) -> None:
    seed(server, active=False)
    assert refused(lambda: trial(server)) == "rights"


def test_credentials_that_were_never_saved_are_missing(server: SimulatorServer) -> None:
    seed(server)
    assert refused(lambda: trial(server, known=False)) == "missing"


def test_a_portal_that_is_down_is_no_refusal(server: SimulatorServer) -> None:
    seed(server)
    server.stop()
    try:
        with pytest.raises(PortalUnreachable):
            trial(server, keys_of(client_id="another, so that no token is kept"))
    finally:
        server.start()


# --- certificate mode ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gateway_5443(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorServer]:
    """The certificate gateway: it wants a client certificate of the authority in the TLS handshake."""
    folder = tmp_path_factory.mktemp("tls")
    pair = make("gateway", AUTHORITY)
    files = {"server.pem": pair.pem(), "authority.pem": AUTHORITY.certificate.public_bytes(PEM)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    tls = Tls(folder / "server.pem", folder / "server.pem", folder / "authority.pem")
    with SimulatorServer(Settings(start=NOW, clock_runs=False), tls=tls) as running:
        yield running


@pytest.mark.row("S18")
def test_a_p12_and_its_password_open_the_gateway(gateway_5443: SimulatorServer) -> None:
    account = trial(gateway_5443, certificate_keys(SUPPLIER.p12(), PASSWORD))
    assert account.structure_id == gateway_5443.portal.suppliers.all()[0].id


@pytest.mark.row("S18")
def test_a_pem_with_its_key_opens_it_too(gateway_5443: SimulatorServer) -> None:
    keys = certificate_keys(SUPPLIER.pem("its password"), "its password")
    pem = keys.model_copy(update={"certificate_format": "pem"})
    assert trial(gateway_5443, pem).structure_id


@pytest.mark.row("S10")
def test_a_wrong_certificate_password_is_named(gateway_5443: SimulatorServer) -> None:
    assert refused(lambda: trial(gateway_5443, certificate_keys(SUPPLIER.p12(), "wrong"))) == "certificate"


@pytest.mark.row("S10")
def test_what_is_no_certificate_is_named(gateway_5443: SimulatorServer) -> None:
    nonsense = certificate_keys(b"", PASSWORD).model_copy(update={"certificate": SecretStr("not base64 §")})
    assert refused(lambda: trial(gateway_5443, nonsense)) == "certificate"


@pytest.mark.row("S10")
def test_behind_a_good_certificate_a_wrong_account_is_named(gateway_5443: SimulatorServer) -> None:
    keys = certificate_keys(SUPPLIER.p12(), PASSWORD, technical_password="wrong")
    assert refused(lambda: trial(gateway_5443, keys)) == "technical_account"


def test_in_certificate_mode_too_only_our_own_structure_will_do(gateway_5443: SimulatorServer) -> None:
    keys, supplier = certificate_keys(SUPPLIER.p12(), PASSWORD), the_supplier(siret="73282932000074")
    assert refused(lambda: trial(gateway_5443, keys, supplier=supplier)) == "structure"

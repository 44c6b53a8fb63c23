"""Suppliers and recipients without SIRET at the portal: the simulator has one of each kind."""

from collections.abc import Iterator

import httpx
import pytest

from chorus_connector.adapters.chorus import ChorusPortal, overseas_bodies
from chorus_connector.chorus_pro.models import CritereStructure, StructureTrouvee
from chorus_connector.domain.portal.answers import CredentialsRefused
from chorus_connector.domain.portal.credentials import OAuthCredentials
from chorus_connector.domain.suppliers.identifier import IdentifierScheme, SupplierIdentifier
from tests.builders import NOW, a_supplier
from tests.real_portal import gateway
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings
from tools.simulator.suppliers import SupplierSeed, other_suppliers

RIDET_TOWN, TAHITI_TOWN = "0888888001", "Y88888001"


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(Settings(start=NOW, clock_runs=False)) as running:
        yield running


@pytest.fixture
def http(server: SimulatorServer) -> Iterator[httpx.Client]:
    server.portal.reset()
    with httpx.Client() as client:
        yield client


def portal_of(
    server: SimulatorServer, http: httpx.Client, seed: SupplierSeed, scheme: IdentifierScheme, value: str
) -> ChorusPortal:
    """The portal as a supplier with that identifier, with the account and application of the seed."""
    supplier = a_supplier(identifier=SupplierIdentifier(scheme=scheme, value=value), portal_structure_id=None)
    credentials = OAuthCredentials(
        client_id=seed.client_id,
        client_secret=seed.client_secret,
        technical_login=seed.login,
        technical_password=seed.password,
    )
    return gateway(server, http, supplier=supplier, credentials=credentials)


@pytest.mark.parametrize("seed", other_suppliers(), ids=lambda seed: seed.identifier_type)
def test_a_supplier_without_siret_is_found_among_the_accounts_structures(
    server: SimulatorServer, http: httpx.Client, seed: SupplierSeed
) -> None:
    portal = portal_of(server, http, seed, seed.identifier_type, seed.siret)  # type: ignore[arg-type]
    assert portal.attached_to() == {portal.account().structure_id}


def test_the_same_characters_under_another_scheme_are_another_supplier(
    server: SimulatorServer, http: httpx.Client
) -> None:
    tahiti = next(each for each in other_suppliers() if each.identifier_type == "TAHITI")
    with pytest.raises(CredentialsRefused) as refused:
        portal_of(server, http, tahiti, "RIDET", tahiti.siret).account()
    assert refused.value.fault == "structure"
    twin = server.portal.suppliers.put(
        tahiti.model_copy(update={"identifier_type": "RIDET"}), server.portal.clock.now()
    )
    assert portal_of(server, http, tahiti, "RIDET", tahiti.siret).account().structure_id == twin.id
    assert portal_of(server, http, tahiti, "TAHITI", tahiti.siret).account().structure_id != twin.id


def test_the_portals_spelling_of_an_identifier_does_not_count(server: SimulatorServer, http: httpx.Client) -> None:
    seed = other_suppliers()[0].model_copy(
        update={"identifier_type": "HORS_UE", "siret": "CH Müller & Fils SA", "login": "T9", "client_id": "c9"}
    )
    server.portal.suppliers.put(seed, server.portal.clock.now())
    assert portal_of(server, http, seed, "HORS_UE", "CHMULLERFILSSA").account().structure_id


@pytest.mark.parametrize("code", [RIDET_TOWN, TAHITI_TOWN])
def test_a_public_body_with_an_overseas_number_is_a_recipient(
    server: SimulatorServer, http: httpx.Client, code: str
) -> None:
    portal = gateway(server, http, supplier=a_supplier(siret="90123456700013", portal_structure_id=None))
    body = portal.recipient(code, now=NOW)
    assert body is not None
    assert (body.siret, body.active) == (code, True)
    assert portal.recipient("0777777001", now=NOW) is None


class TwoBodies:
    """A client whose directory has a number of both kinds."""

    def __init__(self, *schemes: str) -> None:
        self.rows = [
            StructureTrouvee(idStructureCPP=number, identifiantStructure="123456001", typeIdentifiantStructure=scheme)
            for number, scheme in enumerate(schemes)
        ]

    def search_structures(self, _wanted: CritereStructure, *, own_private_only: bool) -> list[StructureTrouvee]:
        assert own_private_only
        return self.rows


def test_a_number_that_two_public_bodies_have_names_none_of_them() -> None:
    one, both, siret = TwoBodies("TAHITI"), TwoBodies("TAHITI", "RIDET"), TwoBodies("AUTRE")
    assert overseas_bodies(one, "123456001") == one.rows  # type: ignore[arg-type]
    assert overseas_bodies(both, "123456001") == []  # type: ignore[arg-type]
    assert overseas_bodies(siret, "123456001") == []  # type: ignore[arg-type]


def test_a_company_is_no_recipient_by_its_overseas_number(server: SimulatorServer, http: httpx.Client) -> None:
    ridet = other_suppliers()[0]
    portal = portal_of(server, http, ridet, "RIDET", ridet.siret)
    assert portal.recipient(ridet.siret, now=NOW) is None

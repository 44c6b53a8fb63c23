"""The client and the simulator, each written from the reference alone: every call, made for real, must agree."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from chorus_connector.chorus_pro import models as m
from chorus_connector.chorus_pro.auth import TokenCache
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.credentials import ClientCertificate, PisteCredentials
from chorus_connector.chorus_pro.errors import (
    AccessDenied,
    CallRejected,
    DuplicateNumber,
    NoReadableAnswer,
    NotSent,
    PortalUnavailable,
    RefusalKind,
    Throttled,
)
from chorus_connector.chorus_pro.hosts import certificate_portal_at, portal_at
from chorus_connector.chorus_pro.operations import OPERATIONS
from tests.chorus_pro.doubles import Naps
from tests.chorus_pro.invoices import invoice
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings
from tools.simulator.suppliers import default_supplier

NOON = datetime(2026, 10, 9, 12, tzinfo=ZoneInfo("Europe/Paris"))
TOWN = "21000001400014"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
_numbers = itertools.count(1)


@dataclass
class World:
    """One simulator with its clock stopped, and a client of its ready supplier."""

    simulator: SimulatorServer
    http: httpx.Client
    client: ChorusProClient

    def admin(self, path: str, **body: object) -> None:
        self.http.post(f"{self.simulator.base_url}/_admin/{path}", json=body).raise_for_status()

    def fault(self, **spec: object) -> None:
        self.admin("faults", **spec)

    def supplier_id(self) -> int:
        return self.client.active_supplier_structures()[0].idStructureCPP

    def town_id(self) -> int:
        siret = m.CritereStructure(identifiantStructure=TOWN, typeIdentifiantStructure="SIRET")
        return self.client.search_structures(siret)[0].idStructureCPP

    def an_invoice(self, number: str | None = None, **changes: object) -> m.FactureASoumettre:
        draft = self.client.deposit_pdf(PDF, "facture.pdf")
        ready = invoice(number or f"FA-{next(_numbers)}", attachment=draft.pieceJointeId, supplier=self.supplier_id())
        recipient = m.Destinataire(codeDestinataire=TOWN)
        return ready.model_copy(update={"destinataire": recipient, **changes})

    def submitted(self, status: str | None = None, **changes: object) -> int:
        """The portal's id of a new invoice, moved to a status by its recipient."""
        sent = self.client.submit(self.an_invoice(**changes)).identifiantFactureCPP
        if status is not None:
            self.admin(f"invoices/{sent}/status", status=status, comment="RIB manquant")
        return sent

    def held(self, number: str) -> int:
        """How many invoices with this number the portal really holds."""
        found = self.http.get(f"{self.simulator.base_url}/_admin/invoices", params={"number": number})
        return len(found.json()["invoices"])


def of_default_supplier() -> PisteCredentials:
    seed = default_supplier()
    return PisteCredentials(
        seed.client_id, seed.client_secret.get_secret_value(), seed.login, seed.password.get_secret_value()
    )


def client_of(simulator: SimulatorServer, http: httpx.Client, **changes: str) -> ChorusProClient:
    own = of_default_supplier()
    names = ("client_id", "client_secret", "login", "password")
    who = PisteCredentials(**({name: getattr(own, name) for name in names} | changes))
    return ChorusProClient(portal_at(simulator.base_url), who, http=http, tokens=TokenCache(), sleep=Naps())


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorServer]:
    with SimulatorServer(Settings(start=NOON, clock_runs=False)) as simulator:
        yield simulator


@pytest.fixture
def world(running: SimulatorServer) -> Iterator[World]:
    with httpx.Client() as http:
        new = World(running, http, client_of(running, http))
        new.admin("reset")
        yield new


# --- every call -------------------------------------------------------------------------------------------------------


def deposit_and_report(world: World) -> None:
    flow = world.client.deposit_flow(PDF, "facture.pdf")
    with pytest.raises(CallRejected) as raised:
        world.client.flow_report(flow.numeroFluxDepot)
    assert raised.value.kind is RefusalKind.NOT_FOUND
    world.admin("clock", advance_seconds=3600)
    report = world.client.flow_report(flow.numeroFluxDepot, syntax="IN_DP_E2_CII_FACTURX")
    assert report.etatCourantDepotFlux == "IN_REJETE"  # the PDF carries no XML
    assert report.dateHeureEtatCourantFlux is not None


def submit_and_search(world: World) -> None:
    sent = world.client.submit(world.an_invoice("FA-2026-100"))
    assert (sent.numeroFacture, sent.statutFacture, sent.dateDepot) == ("FA-2026-100", "DEPOSEE", NOON.date())
    found = world.client.search_invoices(m.RechercheFactures(numeroFacture="FA-2026-100"))
    assert [one.identifiantFactureCPP for one in found] == [sent.identifiantFactureCPP]
    assert str(found[0].montantTTC) in {"1302.46", "1302.460000"}
    assert world.client.search_invoices(m.RechercheFactures(numeroFacture="ABSENT")) == []
    since = m.RechercheFactures(periodeDateHeureEtatCourantDu=NOON, idFournisseur=world.supplier_id())
    assert len(world.client.search_invoices(since)) == 1


def to_process(world: World) -> None:
    sent = world.submitted("SUSPENDUE")
    rows = world.client.invoices_to_process(world.supplier_id(), hide_rejected=True)
    assert [(one.identifiantFactureCPP, one.statut) for one in rows] == [(sent, "SUSPENDUE")]


def read(world: World) -> None:
    sent = world.submitted()
    held = world.client.read_invoice(sent)
    assert held.destinataire is not None
    assert held.references is not None
    assert held.montantTotal is not None
    assert held.destinataire.codeDestinataire == TOWN
    assert held.references.numeroBonCommande == "EJ-42"
    assert str(held.montantTotal.montantHtTotal).startswith("1234.56")
    assert [one.ligneTvaTauxManuel for one in held.recapitulatifDeTva.ligneTva] if held.recapitulatifDeTva else False
    assert len(held.pieceJointePrincipale) == 1


def history(world: World) -> None:
    story = world.client.read_history(world.submitted("SUSPENDUE"))
    assert story.historiquesDesStatuts is not None
    steps = story.historiquesDesStatuts.histoStatut
    assert {"DEPOSEE", "SUSPENDUE"} <= {one.histoStatutCode for one in steps}
    assert any(one.histoStatutCommentaire == "RIB manquant" for one in steps)
    assert all(one.histoStatutDatePassage is not None for one in steps)


def complete(world: World) -> None:
    sent = world.submitted("SUSPENDUE")
    file = world.client.add_file(PDF, "rib.pdf", mime_type="application/pdf")
    rib = m.PieceJointeComplementaire(
        pieceJointeComplementaireDesignation="RIB",
        pieceJointeComplementaireType="RIB",
        pieceJointeComplementaireId=file,
    )
    assert world.client.complete(sent, comment="RIB joint", attachments=[rib]).identifiantFactureCPP == sent
    assert world.client.read_invoice(sent).statutFacture == "COMPLETEE"
    with pytest.raises(CallRejected) as raised:
        world.client.complete(sent, comment="encore")
    assert (raised.value.code, raised.value.kind) == (20002, RefusalKind.WRONG_STATE)


def recycle(world: World) -> None:
    sent = world.submitted("A_RECYCLER")
    again = world.client.recycle(sent, recipient_siret=TOWN, engagement_number="EJ-43", comment="corrigé")
    assert again.identifiantFactureCPP == sent
    references = world.client.read_invoice(sent).references
    assert references is not None
    assert references.numeroBonCommande == "EJ-43"


def acknowledge(world: World) -> None:
    sent = world.submitted("REJETEE")
    world.client.acknowledge_rejections([sent])
    assert world.client.read_invoice(sent).rejetTraite is True


def correct_validator(world: World) -> None:
    frame = m.CadreDeFacturation(codeCadreFacturation="A9_FACTURE_SOUSTRAITANT", codeStructureValideur=TOWN)
    sent = world.submitted("ERREUR_FOURNISSEUR_SUR_VALIDEUR", cadreDeFacturation=frame)
    assert world.client.correct_validator(sent, structure_id=world.town_id()).idFacture == sent


def download_invoices(world: World) -> None:
    one, two = world.submitted(), world.submitted()
    assert world.client.download_invoices([one], with_attachments=False).startswith(b"%PDF")
    assert zipfile.is_zipfile(io.BytesIO(world.client.download_invoices([one, two])))
    assert b"<" in world.client.download_invoices([one], form="PIVOT")[:200]


def download_attachment(world: World) -> None:
    wanted = m.TelechargementPieceJointe(
        objetPieceJointe="DEMANDE_PAIEMENT",
        demandePaiement=m.DemandePaiementATelecharger(
            format="PDF",
            avecPiecesJointesComplementaires="NON",
            listeFacture=(m.IdFacture(idFacture=world.submitted()),),
        ),
    )
    assert world.client.download_attachment(wanted).startswith(b"%PDF")


def download_directory(world: World) -> None:
    assert zipfile.is_zipfile(io.BytesIO(world.client.download_directory()))


def recipients(world: World) -> None:
    assert [one.siret for one in world.client.search_recipients(siret=TOWN)] == [TOWN]
    assert world.client.search_recipients(siret="99999999999999") == []


def structures(world: World) -> None:
    siret = m.CritereStructure(identifiantStructure="22000001200017", typeIdentifiantStructure="SIRET")
    found = world.client.search_structures(siret)
    assert [one.identifiantStructure for one in found] == ["22000001200017"]
    parameters = world.client.read_structure(found[0].idStructureCPP).parametres
    assert parameters is not None
    assert parameters.codeServiceDoitEtreRenseigne is True
    services = world.client.search_services(found[0].idStructureCPP)
    assert {"DGS", "ARCHIVES"} <= {one.codeService for one in services}
    assert {one.codeService: one.estActif for one in services}["ARCHIVES"] is False
    service = world.client.read_service(found[0].idStructureCPP, services[0].idService)
    assert service.parametres is not None
    assert service.parametres.numeroEngagement in {True, False}


def own_structure(world: World) -> None:
    general = world.client.read_structure(world.supplier_id()).informationGenerales
    assert general is not None
    assert general.dateExpirationMotPasseCompteTech is not None


def account(world: World) -> None:
    supplier = world.supplier_id()
    assert [one.idStructure for one in world.client.memberships()] == [supplier]
    assert 1440 in {one.idCoordonneeBancaire for one in world.client.valid_bank_accounts(supplier)}


def not_empty(method: str, *arguments: str) -> Callable[[World], None]:
    def check(world: World) -> None:
        assert getattr(world.client, method)(*arguments)

    return check


EVERY_CALL: dict[str, Callable[[World], None]] = {
    "deposit_pdf": submit_and_search,
    "submit": submit_and_search,
    "search_invoices": submit_and_search,
    "deposit_flow": deposit_and_report,
    "flow_report": deposit_and_report,
    "invoices_to_process": to_process,
    "read_invoice": read,
    "read_history": history,
    "complete": complete,
    "add_file": complete,
    "recycle": recycle,
    "acknowledge_rejections": acknowledge,
    "correct_validator": correct_validator,
    "download_invoices": download_invoices,
    "download_attachment": download_attachment,
    "download_directory": download_directory,
    "search_recipients": recipients,
    "search_structures": structures,
    "read_structure": own_structure,
    "search_services": structures,
    "read_service": structures,
    "memberships": account,
    "active_supplier_structures": account,
    "valid_bank_accounts": account,
    "vat_rates": not_empty("vat_rates"),
    "vat_exemption_reasons": not_empty("vat_exemption_reasons"),
    "currencies": not_empty("currencies"),
    "countries": not_empty("countries"),
    "payment_modes": not_empty("payment_modes"),
    "deposit_modes": not_empty("deposit_modes"),
    "invoicing_frames": not_empty("invoicing_frames"),
    "payment_request_types": not_empty("payment_request_types"),
    "payment_request_states": not_empty("payment_request_states"),
    "next_statuses": not_empty("next_statuses", "MISE_A_DISPOSITION"),
    "attachment_types": not_empty("attachment_types"),
    "structure_identifier_types": not_empty("structure_identifier_types"),
    "flow_formats": not_empty("flow_formats"),
    "health_check": not_empty("health_check"),
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.method)
def test_every_operation_works_against_the_simulator(operation: object, world: World) -> None:
    method, label = operation.method, operation.label  # type: ignore[attr-defined]
    EVERY_CALL[method](world)
    assert world.simulator.portal.calls.counts()[label] >= 1


# --- refusals and faults ----------------------------------------------------------------------------------------------


def test_a_second_submission_of_a_number_is_a_duplicate(world: World) -> None:
    world.client.submit(world.an_invoice("FA-TWICE"))
    with pytest.raises(DuplicateNumber):
        world.client.submit(world.an_invoice("FA-TWICE"))


@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "reset", "phase": "after"},
        {"effect": "truncate"},
        {"effect": "html", "status": 502, "phase": "after"},
        {"effect": "empty", "status": 200, "phase": "after"},
        {"effect": "status", "status": 500, "phase": "after"},
        {"effect": "reset", "phase": "before"},
        {"effect": "status", "status": 503, "phase": "before"},
    ],
    ids=lambda fault: f"{fault['effect']} {fault.get('phase', 'after')}",
)
def test_a_lost_answer_is_a_doubt_that_a_search_resolves(fault: dict[str, object], world: World) -> None:
    ready = world.an_invoice("FA-LOST")
    world.fault(operation="factures/soumettre", **fault)
    with pytest.raises(NoReadableAnswer):
        world.client.submit(ready)
    found = world.client.search_invoices(m.RechercheFactures(numeroFacture="FA-LOST"))
    assert len(found) == world.held("FA-LOST") == (0 if fault.get("phase") == "before" else 1)


def test_an_answer_that_never_comes_is_a_doubt(world: World) -> None:
    ready = world.an_invoice("FA-STALL")
    world.fault(operation="factures/soumettre", effect="stall", seconds=2, phase="after")
    with pytest.raises(NoReadableAnswer):
        world.client.within(lambda: 0.15).submit(ready)
    assert world.held("FA-STALL") == 1


def test_a_portal_that_is_not_there_was_not_sent_anything(world: World) -> None:
    ready = world.an_invoice("FA-CLOSED")
    world.simulator.stop()
    try:
        with pytest.raises(NotSent):
            world.client.submit(ready)
    finally:
        world.simulator.start()
    assert world.client.submit(ready).numeroFacture == "FA-CLOSED"


def test_a_401_and_a_revoked_token_cost_one_renewal(world: World) -> None:
    ready = world.an_invoice("FA-401")
    world.fault(operation="factures/soumettre", effect="unauthorized")
    world.client.submit(ready)
    world.admin("tokens/revoke")
    assert world.client.vat_rates()
    assert world.held("FA-401") == 1
    assert world.simulator.portal.calls.counts()["token"] == 3


def test_reads_wait_for_throttling_and_an_outage_and_submissions_report_them(world: World) -> None:
    ready = world.an_invoice()
    world.fault(operation="*", effect="throttled", times=2, retry_after="3")
    with pytest.raises(Throttled) as raised:
        world.client.submit(ready)
    assert raised.value.retry_after == 3
    assert world.client.vat_rates()
    world.fault(operation="*", effect="html", status=503, times=None)
    with pytest.raises(PortalUnavailable):
        world.client.vat_rates()


@pytest.mark.parametrize(
    ("changes", "which"),
    [
        ({"client_id": "0d1ea2c4-0000-4000-8000-000000000000"}, "piste_application"),
        ({"client_secret": "wrong"}, "piste_application"),
        ({"password": "wrong"}, "technical_account"),
        ({"login": "TECH_1_000000@cpro.fr"}, "technical_account"),
    ],
    ids=["client id", "client secret", "password", "login"],
)
def test_each_wrong_credential_has_its_own_error(changes: dict[str, str], which: str, world: World) -> None:
    with pytest.raises(AccessDenied) as raised:
        client_of(world.simulator, world.http, **changes).vat_rates()
    assert raised.value.which == which


def test_an_api_without_consent_is_reported(world: World) -> None:
    world.admin("consents", client_id=of_default_supplier().client_id, families=["transverses"])
    assert world.client.vat_rates()
    with pytest.raises(AccessDenied) as raised:
        world.client.search_structures(m.CritereStructure())
    assert raised.value.which == "api_consent"


def test_an_expired_password_leaves_two_suspects(world: World) -> None:
    world.admin("passwords", login=of_default_supplier().login, password_age_days=425)
    with pytest.raises(AccessDenied) as raised:
        world.client.vat_rates()
    assert "technical_account" in raised.value.suspects


def test_a_listing_of_many_pages_is_complete(world: World) -> None:
    for _ in range(12):
        world.submitted()
    small = ChorusProClient(
        portal_at(world.simulator.base_url), of_default_supplier(), http=world.http, tokens=TokenCache(), page_size=5
    )
    assert len(small.search_invoices(m.RechercheFactures())) == 12


def test_certificate_paths_are_served_too(world: World) -> None:
    own = of_default_supplier()
    who = ClientCertificate(own.login, own.password, b"", None)
    client = ChorusProClient(certificate_portal_at(world.simulator.base_url), who, http=world.http, sleep=Naps())
    assert client.vat_rates()


@pytest.mark.parametrize("empty", ["code", "list", "absent"])
def test_nothing_found_is_an_empty_list_in_each_of_the_portals_ways(empty: str) -> None:
    settings = Settings(start=NOON, clock_runs=False, empty_search=empty)  # type: ignore[arg-type]
    with SimulatorServer(settings) as simulator, httpx.Client() as http:
        client = client_of(simulator, http)
        assert client.search_invoices(m.RechercheFactures(numeroFacture="ABSENT")) == []


def test_refusals_worn_as_http_400_are_refusals() -> None:
    with (
        SimulatorServer(Settings(start=NOON, clock_runs=False, refusal_status=400)) as simulator,
        httpx.Client() as http,
    ):
        with pytest.raises(CallRejected) as raised:
            client_of(simulator, http).read_invoice(1)
        assert (raised.value.status, raised.value.code is not None) == (400, True)

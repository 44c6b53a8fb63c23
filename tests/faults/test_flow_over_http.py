"""A Factur-X sent as a flow to the simulator: tracked until it is an invoice, exactly once in spite of faults."""

from collections.abc import Iterator
from typing import Any

import pytest

from chorus_connector.domain.invoices.states import State
from tests.faults.http_world import NUMBER, SIMULATED, World, die, points
from tests.faults.test_exactly_once_over_http import FAULTS
from tests.real_portal import TOWN, fault
from tools.simulator.directory import StructureSeed
from tools.simulator.server import SimulatorServer

DEPOSIT, REPORT = "factures/deposer/flux", "transverses/consulterCRDetaille"
UPLOAD, SUBMIT = "transverses/ajouter/fichier", "factures/soumettre"
REJECTED_WRITES = ("sending", "flow_deposited", "flow_rejected_for_format", "submitted")


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(SIMULATED) as running:
        yield running


@pytest.fixture
def world(server: SimulatorServer) -> Iterator[World]:
    with World(server, facturx=True) as fresh:
        yield fresh


def test_a_flow_is_unknown_then_pending_then_an_invoice(world: World) -> None:
    world.run_due_work()
    assert (world.invoice.state, world.held_by_the_portal()) == (State.SUBMITTING, [])
    for _ in range(2):
        world.pass_time(10)
        world.run_due_work()
        assert world.invoice.state is State.SUBMITTING
    world.recover()
    world.assert_sent_exactly_once()
    assert world.held_by_the_portal()[0].mode == "UPLOAD_API"


def test_a_rejected_flow_says_why(world: World) -> None:
    world.run_due_work()
    with world.server.portal.lock:  # the town closes while the flow waits
        world.server.portal.directory.put(StructureSeed(siret=TOWN, active=False))
    world.recover()
    assert world.invoice.state is State.REFUSED
    (problem,) = world.invoice.problems
    assert problem.code == "flow_rejected"
    assert "GDP" in problem.fr or "structure" in problem.fr.lower()
    assert world.held_by_the_portal() == []


@pytest.mark.parametrize("operation", [DEPOSIT, REPORT])
@pytest.mark.parametrize("spec", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_at_any_call(world: World, spec: dict[str, Any], operation: str) -> None:
    fault(world.server, operation, **spec)
    world.run_due_work()
    world.pass_time(6)
    world.run_due_work()
    assert not world.server.portal.faults.listed(), "the fault was not met"
    for _ in range(6):
        world.recover()
    world.assert_sent_exactly_once()


@pytest.mark.parametrize("point", points(DEPOSIT, REPORT, writes=("sending", "flow_deposited")))
def test_a_worker_that_dies_at_any_point(world: World, point: str) -> None:
    world.at(point, die)
    world.run_due_work()
    world.run_due_work()
    assert world.reached
    for _ in range(6):
        world.recover()
    world.assert_sent_exactly_once()


@pytest.fixture
def rejecting(server: SimulatorServer) -> Iterator[World]:
    with World(server, facturx=True, rejected=True) as fresh:
        yield fresh


def run_for_hours(world: World) -> None:
    for _ in range(24):
        world.pass_time(10)
        world.run_due_work()


def assert_sent_once_as_a_pdf(world: World) -> None:
    for _ in range(6):
        world.recover()
    (held,) = world.held_by_the_portal()
    assert (held.number, held.mode) == (NUMBER, "DEPOT_PDF_API")
    assert world.invoice.state is State.SUBMITTED
    sent = world.invoice.sent_file
    assert sent is not None
    assert (sent.rewritten, sent.sha256) == (True, held.main_file.sha256)
    assert [each.action for each in world.invoices.events("d1")].count("flow_rejected_for_format") == 1


@pytest.mark.row("B01")
def test_a_flow_rejected_for_its_format_goes_again_as_a_pdf_without_a_person(rejecting: World) -> None:
    rejecting.run_due_work()
    run_for_hours(rejecting)
    assert_sent_once_as_a_pdf(rejecting)
    assert len(rejecting.server.portal.flows.all()) == 1


@pytest.mark.acceptance
@pytest.mark.parametrize("point", points(DEPOSIT, REPORT, UPLOAD, SUBMIT, writes=REJECTED_WRITES))
def test_a_worker_that_dies_at_any_point_of_the_rejection_makes_no_second_invoice(rejecting: World, point: str) -> None:
    rejecting.at(point, die)
    rejecting.run_due_work()
    run_for_hours(rejecting)
    assert rejecting.reached
    assert_sent_once_as_a_pdf(rejecting)


@pytest.mark.acceptance
@pytest.mark.parametrize("operation", [DEPOSIT, REPORT, UPLOAD, SUBMIT])
@pytest.mark.parametrize("spec", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_at_any_call_of_the_rejection_makes_no_second_invoice(
    rejecting: World, spec: dict[str, Any], operation: str
) -> None:
    fault(rejecting.server, operation, **spec)
    rejecting.run_due_work()
    run_for_hours(rejecting)
    assert_sent_once_as_a_pdf(rejecting)

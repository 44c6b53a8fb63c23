"""Exactly once, with the real client against the simulator: whatever is cut, killed, doubled or refused,
after recovery the portal holds the invoice once and the connector knows its id.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.states import State
from tests.faults.http_world import CALLS, SECONDS_LEFT, SIMULATED, World, die, points
from tests.real_portal import fault
from tools.simulator.server import SimulatorServer

pytestmark = pytest.mark.row("B01")


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(SIMULATED) as running:
        yield running


@pytest.fixture
def world(server: SimulatorServer) -> Iterator[World]:
    with World(server) as fresh:
        yield fresh


FAULTS: dict[str, dict[str, Any]] = {
    "500": {"effect": "status", "status": 500},
    "500 after accepting": {"effect": "status", "status": 500, "phase": "after"},
    "502 with a page": {"effect": "html", "status": 502},
    "502 with a page after accepting": {"effect": "html", "status": 502, "phase": "after"},
    "503 with no body": {"effect": "empty", "status": 503},
    "200 with a page after accepting": {"effect": "html", "status": 200, "phase": "after"},
    "time-out before accepting": {"effect": "stall", "seconds": 60},
    "time-out after accepting": {"effect": "stall", "seconds": 60, "phase": "after"},
    "reset before accepting": {"effect": "reset"},
    "reset after accepting": {"effect": "reset", "phase": "after"},
    "reset in the middle of the answer": {"effect": "truncate"},
    "401 once": {"effect": "unauthorized"},
    "401 for good": {"effect": "unauthorized", "times": 5},
    "an empty 403": {"effect": "forbidden"},
    "429": {"effect": "throttled", "retry_after": "120"},
}


def test_without_a_fault_it_is_sent_at_once(world: World) -> None:
    world.run_due_work()
    world.assert_sent_exactly_once()


def test_answers_that_take_longer_on_a_busy_machine_are_no_time_outs(world: World) -> None:
    """These tests are about faults: only a portal that stalls may make a time-out, never the load."""
    fault(world.server, "*", effect="delay", seconds=SECONDS_LEFT * 1.5, times=None)
    world.run_due_work()
    world.assert_sent_exactly_once()


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("spec", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_at_any_call(world: World, spec: dict[str, Any], operation: str) -> None:
    fault(world.server, operation, **spec)
    world.run_due_work()
    assert not world.server.portal.faults.listed(), "the fault was not met"
    world.recover()
    world.assert_sent_exactly_once()


@pytest.mark.parametrize("spec", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_the_token_service(world: World, spec: dict[str, Any]) -> None:
    world.server.portal.tokens.revoke_all()
    fault(world.server, CALLS[1], effect="unauthorized")  # the token that was kept has expired
    fault(world.server, "token", **spec)
    world.run_due_work()
    world.recover()
    world.assert_sent_exactly_once()


@pytest.mark.acceptance
@pytest.mark.parametrize("operation", CALLS)
def test_a_portal_that_refuses_connections_from_then_on(world: World, operation: str) -> None:
    world.at(f"before {operation}", world.server.stop)
    world.run_due_work()
    assert world.held_by_the_portal() == []
    world.recover()
    world.assert_sent_exactly_once()


@pytest.mark.acceptance
@pytest.mark.parametrize("point", points(*CALLS))
def test_a_worker_that_dies_at_any_point(world: World, point: str) -> None:
    world.at(point, die)
    world.run_due_work()
    assert world.reached
    assert world.invoice.state is not State.SUBMITTED or point == "after submitted"
    world.recover()
    world.assert_sent_exactly_once()


@pytest.mark.acceptance
@pytest.mark.parametrize("first", range(1, 5))
@pytest.mark.parametrize("lost", range(1, 4))
def test_a_worker_that_loses_any_of_its_writes_to_others(world: World, first: int, lost: int) -> None:
    """DynamoDB cancels a transaction that meets another one, also when this worker alone has the document."""
    writes = iter(range(1, 100))

    def conflict(point: str) -> None:
        if point.startswith("before ") and first <= next(writes) < first + lost:
            raise StaleWrite

    world.table.on_write = conflict
    for _ in range(3):
        world.run_due_work()
        world.pass_time(10)
    world.recover()
    world.assert_sent_exactly_once()


@pytest.mark.acceptance
@pytest.mark.parametrize("point", points(*CALLS))
def test_a_second_worker_at_any_point(world: World, point: str) -> None:
    world.at(point, world.deliver)
    world.run_due_work()
    assert world.reached
    world.recover()
    world.assert_sent_exactly_once()


@pytest.mark.acceptance
@pytest.mark.parametrize("point", points(*CALLS))
def test_a_user_and_the_schedule_at_once_at_any_point(world: World, point: str) -> None:
    world.at(point, world.user_submits)
    world.run_due_work()
    assert world.reached
    world.recover()
    world.assert_sent_exactly_once()


def test_a_message_delivered_again_and_again(world: World) -> None:
    for _ in range(4):
        world.deliver()
    world.assert_sent_exactly_once()


def test_an_answer_is_lost_and_the_search_that_follows_too(world: World) -> None:
    fault(world.server, "factures/soumettre", effect="reset", phase="after")
    fault(world.server, "factures/rechercher/*", effect="truncate", times=6)
    for _ in range(4):
        world.run_due_work()
        world.pass_time(16)
    world.recover()
    world.assert_sent_exactly_once()


_CUTS = st.lists(
    st.tuples(st.sampled_from([*CALLS, "factures/rechercher/fournisseur", "token"]), st.sampled_from(sorted(FAULTS))),
    max_size=4,
)
_STEPS = st.lists(st.sampled_from(["run", "deliver", "user", "wait"]), min_size=1, max_size=6)


@pytest.mark.acceptance
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=_CUTS, death=st.none() | st.sampled_from(points(*CALLS)), steps=_STEPS)
def test_any_sequence_of_them(
    server: SimulatorServer, cuts: list[tuple[str, str]], death: str | None, steps: list[str]
) -> None:
    with World(server) as world:
        for operation, name in cuts:
            fault(server, operation, **FAULTS[name])
        if death is not None:
            world.at(death, die)
        acts: dict[str, Callable[[], None]] = {
            "run": world.run_due_work,
            "deliver": world.deliver,
            "user": world.user_submits,
            "wait": lambda: world.pass_time(17),
        }
        for step in steps:
            acts[step]()
            assert len(world.held_by_the_portal()) <= 1
        world.recover()
        world.assert_sent_exactly_once()

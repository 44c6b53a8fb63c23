"""The client and the simulator's PISTE in its bad moods, on the simulator's clock: every pause passes there only."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from chorus_connector.chorus_pro import models as m
from chorus_connector.chorus_pro.auth import TokenCache
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.errors import AccessDenied
from chorus_connector.chorus_pro.hosts import portal_at
from tests.builders import NOW
from tests.chorus_pro.test_client_against_simulator import of_default_supplier
from tools.simulator.moods import PisteMood, piste_mood
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings

pytestmark = pytest.mark.row("B08")


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(Settings(start=NOW, clock_runs=False)) as running:
        yield running


def client_of(simulator: SimulatorServer, http: httpx.Client) -> ChorusProClient:
    """A worker that has just started: it has no token yet, and its pauses pass on the simulator's clock."""
    return ChorusProClient(
        portal_at(simulator.base_url),
        of_default_supplier(),
        http=http,
        tokens=TokenCache(),
        sleep=lambda seconds: simulator.portal.clock.advance(timedelta(seconds=seconds)),
    )


def test_twenty_workers_get_through_a_gate_that_refuses_every_third_token_and_calls_that_follow_too_fast(
    simulator: SimulatorServer,
) -> None:
    mood = PisteMood(invalid_client_share=0.33, calls=1, window_seconds=1)
    with httpx.Client() as http, piste_mood(simulator.portal, mood):
        for _ in range(20):
            worker = client_of(simulator, http)
            assert worker.search_invoices(m.RechercheFactures(numeroFacture="-")) == []
            assert worker.vat_rates()


def test_a_gate_that_refuses_every_token_is_asked_five_times_and_may_pass(simulator: SimulatorServer) -> None:
    asked = simulator.portal.calls.counts().get("token", 0)
    mood = PisteMood(invalid_client_share=1, calls=None)
    with httpx.Client() as http, piste_mood(simulator.portal, mood), pytest.raises(AccessDenied) as refused:
        client_of(simulator, http).vat_rates()
    assert refused.value.passing
    assert simulator.portal.calls.counts()["token"] - asked == 5

"""One supplier's receivers that never end, another supplier's webhook, and two workers that share one queue."""

import queue
import socket
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from chorus_connector.adapters.webhooks import HttpsWebhookSender
from chorus_connector.domain.notifications.webhooks import SLOW_ANSWERS, EndpointSecrets
from chorus_connector.ports.notification_values import WebhookMessage
from chorus_connector.usecases.notifications.delivery import DeliverWebhook, Outcome
from tests.notifications.fakes import (
    FakeBoard,
    FakeDeliveries,
    FakeDeliverySlots,
    FakeEndpoints,
    FakeEndpointSecrets,
    FakeFeed,
)
from tests.notifications.test_notify import an_endpoint
from tests.notifications.test_webhooks import ENDLESS, SECRET, a_hostile_receiver, a_receiver, told

SECONDS, HANGING = 0.4, 10
SLOW, FASTER = 0.06, 100
"""A slow answer in seconds, and how much faster the workers' clock goes: it counts six."""


class Workers:
    """Two workers on one first-in-first-out queue: what SQS gives at worst. Messages that wait do not come back."""

    def __init__(self, *, slots: int) -> None:
        self.board = FakeBoard()
        self.secrets = FakeEndpointSecrets()
        self.outcomes: dict[str, list[Outcome]] = {"s1": [], "s2": []}
        self.done = threading.Event()
        self._slots = slots
        self._sender = HttpsWebhookSender(local=True, seconds=SECONDS)
        self._lock = threading.Lock()
        self._messages: queue.Queue[tuple[str, WebhookMessage]] = queue.Queue()

    def add(self, supplier_id: str, endpoint_id: str, url: str, *, events: int = 1) -> None:
        """An endpoint, and events for it."""
        self.board.endpoints[supplier_id, endpoint_id] = an_endpoint(endpoint_id, url=url)
        self.secrets.put(endpoint_id, EndpointSecrets(current=SECRET))
        for index in range(events):
            self._messages.put((supplier_id, WebhookMessage(endpoint_id, told(index))))

    def run(self) -> None:
        """Start both workers; ``done`` is set when the second supplier's event was delivered."""
        for _ in range(2):
            threading.Thread(target=self._work, daemon=True).start()

    def send(self, webhook_messages: Iterable[WebhookMessage], *, delay: timedelta = timedelta(0)) -> None:
        assert delay > timedelta(0)

    def _work(self) -> None:
        while not self.done.is_set():
            supplier_id, message = self._messages.get()
            outcome = self._box(supplier_id).deliver(message, now=datetime.now(UTC))
            self.outcomes[supplier_id].append(outcome)
            if supplier_id == "s2":
                self.done.set()

    def _box(self, supplier_id: str) -> DeliverWebhook:
        workers = self

        class Slots(FakeDeliverySlots):
            def take(self, now: datetime) -> str | None:
                with workers._lock:
                    return super().take(now)

        return DeliverWebhook(
            FakeEndpoints(self.board, supplier_id),
            self.secrets,
            FakeDeliveries(self.board, supplier_id),
            self._sender,
            self,
            Slots(self.board, supplier_id, slots=self._slots),
            FakeFeed(self.board, supplier_id),
            local=True,
            clock=lambda: FASTER * time.monotonic(),
        )


@pytest.mark.row("B13")
@pytest.mark.parametrize(("slots", "is_quick"), [(1, True), (HANGING, False)], ids=["a share", "no share"])
def test_a_suppliers_share_leaves_a_worker_to_the_others(*, slots: int, is_quick: bool) -> None:
    workers = Workers(slots=slots)
    _, drips = ENDLESS["100 continue"]
    with a_hostile_receiver(drips, connections=HANGING) as port, a_receiver() as (good, received):
        for index in range(HANGING):
            workers.add("s1", f"hostile{index}", f"http://127.0.0.1:{port}/{index}")
        workers.add("s2", "good", f"http://127.0.0.1:{good}/")
        began = time.monotonic()
        workers.run()
        assert workers.done.wait(10)
        waited = time.monotonic() - began
    assert len(received) == 1
    assert workers.outcomes["s2"] == ["delivered"]
    assert (waited < 3 * SECONDS) is is_quick, f"{waited:.2f} s"


@pytest.mark.row("B13")
def test_receivers_that_always_succeed_slowly_soon_hold_no_worker() -> None:
    """Without any share, each of ten endpoints gets three deliveries from each worker, of 25 events, and then rests."""
    workers = Workers(slots=HANGING)

    def slowly(connection: socket.socket) -> None:
        time.sleep(SLOW)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    with a_hostile_receiver(slowly, connections=25 * HANGING) as port, a_receiver() as (good, received):
        for index in range(HANGING):
            workers.add("s1", f"slow{index}", f"http://127.0.0.1:{port}/{index}", events=25)
        workers.add("s2", "good", f"http://127.0.0.1:{good}/")
        began = time.monotonic()
        workers.run()
        assert workers.done.wait(40)
        waited = time.monotonic() - began
    assert len(received) == 1
    assert workers.outcomes["s1"].count("delivered") <= 2 * SLOW_ANSWERS * HANGING
    assert waited < 25 * HANGING * SLOW / 2, f"{waited:.2f} s"
    assert all(each.health.slow_since for (_, name), each in workers.board.endpoints.items() if name != "good")

"""Receivers that never end, on the local stack: they do not delay another supplier's webhooks."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.conftest import Running
from tests.e2e.test_notifications import Receiver, a_receiver
from tests.patience import eventually
from tools.demo import Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

ENDPOINTS = 10


@contextmanager
def a_receiver_that_drips() -> Iterator[tuple[int, list[float]]]:
    """Answers each connection with ``100 Continue`` every second, without end; gives its port and its calls' times."""
    called: list[float] = []
    stopped = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while not stopped.wait(1):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                called.append(time.monotonic())
                threading.Thread(target=drip, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listener.getsockname()[1], called
        finally:
            stopped.set()


def _an_event(stack: Running, supplier_id: str, sample: Sample) -> str:
    """The id of an event of the supplier: an uploaded document waits for a person."""
    administrator = stack.stack.subject(stack.stack.admin_token())
    stack.api.call("PUT", f"/suppliers/{supplier_id}/configuration/notifications/waiting/{administrator}", json={})
    document_id = stack.api.upload(supplier_id, sample)
    stack.wait_for(supplier_id, document_id, "TO_COMPLETE")
    feed = f"/suppliers/{supplier_id}/notifications"
    assert eventually(lambda: bool(stack.api.call("GET", feed)["notifications"]))
    return str(stack.api.call("GET", feed)["notifications"][0]["id"])


def _replay(stack: Running, supplier_id: str, webhook: dict[str, Any], event: str) -> None:
    path = f"/suppliers/{supplier_id}/configuration/webhooks/{webhook['webhook_id']}/replay"
    assert stack.api.call("POST", path, json={"ids": [event]})["queued"] == 1


@pytest.mark.row("B13")
def test_ten_receivers_that_drip_do_not_delay_another_suppliers_webhook(
    stack: Running, samples: dict[str, Sample]
) -> None:
    alice, bob = (stack.new_supplier(name=name) for name in ("Alice", "Bob"))
    events = {each: _an_event(stack, each, samples["facture-site-internet.pdf"]) for each in (alice, bob)}
    with a_receiver_that_drips() as (port, called), a_receiver(Receiver()) as good:
        webhooks = f"/suppliers/{bob}/configuration/webhooks"
        hostile = [
            stack.api.call("POST", webhooks, json={"url": f"http://127.0.0.1:{port}/{index}"})
            for index in range(ENDPOINTS)
        ]
        own = stack.api.call("POST", f"/suppliers/{alice}/configuration/webhooks", json={"url": good.url})
        for each in hostile:
            _replay(stack, bob, each, events[bob])
        assert eventually(lambda: len(called) > 0)
        waited = []
        for count in range(1, 6):
            began = time.monotonic()
            _replay(stack, alice, own, events[alice])
            assert eventually(lambda: len(good.accepted) == count)  # noqa: B023
            waited.append(time.monotonic() - began)
        assert max(waited) < 5, f"alice waited {waited}"
        signer = Webhook(own["secret"])
        assert all(signer.verify(each["body"], each) for each in good.received)

        def outcomes() -> list[tuple[str, str]]:
            paths = [f"{webhooks}/{each['webhook_id']}/deliveries" for each in hostile]
            shown = [stack.api.call("GET", path)["deliveries"] for path in paths]
            return [(each["outcome"], each["detail"]) for deliveries in shown for each in deliveries]

        assert eventually(lambda: ("failing", "timeout") in outcomes()), outcomes()
        for each in hostile:
            version = stack.api.call("GET", f"{webhooks}/{each['webhook_id']}")["version"]
            path = f"{webhooks}/{each['webhook_id']}"
            stack.api.call("DELETE", path, headers={"If-Match": f'"{version}"'})
    assert "Task timed out" not in stack.stack.logs("webhook_delivery")

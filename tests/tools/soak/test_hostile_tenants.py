"""The hostile tenants of a soak run: a receiver that never answers, and bombs that fit into a request."""

import socket

import pytest

from tools.demo import INLINE_BYTES
from tools.hostile_pdfs.kinds import hostile_pdf
from tools.soak.hostile import BOMB_SIZE, BOMBS, DrippingReceiver


def test_the_receiver_sends_bytes_and_never_an_answer() -> None:
    receiver = DrippingReceiver(every=0.01)
    port = int(receiver.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        received = b""
        while received.count(b"\r\n\r\n") < 3:
            received += sender.recv(100)
    receiver.close()
    assert received.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"") == b""
    assert receiver.connections == 1


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_fits_into_a_request(bomb: str) -> None:
    assert len(hostile_pdf(bomb, BOMB_SIZE)) <= INLINE_BYTES

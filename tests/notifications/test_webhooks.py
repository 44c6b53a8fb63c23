"""Signed webhooks: who may be an endpoint, what reaches it, when it is tried again."""

import hmac
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.x509.oid import NameOID
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from chorus_connector.adapters.queues.notifications import SqsDueWebhooks, SqsWebhooks, parse_webhook
from chorus_connector.adapters.webhooks import HttpsWebhookSender
from chorus_connector.domain.errors import Conflict, Invalid, NotFound, StaleWrite
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.notification import Notification, notification_of
from chorus_connector.domain.notifications.webhooks import (
    ENDPOINT_PROBE_LEASE,
    FAILURES_TO_PAUSE,
    FIRST_ENDPOINT_PAUSE,
    MAX_ENDPOINTS,
    MAX_WAITS,
    ROTATION,
    SLOW_ANSWERS,
    SLOW_ENDPOINT_REST,
    TRIES,
    EndpointHealth,
    EndpointSecrets,
    WebhookDelivery,
    check_url,
    is_allowed,
    next_try_in,
    payload,
)
from chorus_connector.domain.quotas import QuotaExceeded
from chorus_connector.ports.notification_values import DueWebhook, Signed, Undeliverable, WebhookMessage
from chorus_connector.usecases.notifications.delivery import DeliverWebhook, HandOutWebhooks
from chorus_connector.usecases.notifications.endpoints import ManageEndpoints, ReplayNotifications
from tests.builders import NOW, an_invoice
from tests.notifications.fakes import (
    FakeBoard,
    FakeCourier,
    FakeDeliveries,
    FakeDeliverySlots,
    FakeDueWebhooks,
    FakeEndpoints,
    FakeEndpointSecrets,
    FakeFeed,
    FakeWebhookQueue,
)
from tests.notifications.test_notify import an_endpoint, waits

pytestmark = pytest.mark.row("B06")

SECRET = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OTHER = SecretStr("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")


def told(index: int = 0) -> Notification:
    notification = notification_of(None, waits(f"d{index}", index))
    assert notification is not None
    return notification


class World:
    """One supplier with one endpoint, and its receiver."""

    def __init__(self, *answers: int | str, **endpoint: object) -> None:
        self.board = FakeBoard()
        self.board.endpoints = {("s1", "e1"): an_endpoint(**endpoint)}
        self.secrets = FakeEndpointSecrets()
        self.secrets.put("e1", EndpointSecrets(current=SECRET))
        self.webhook_sender = FakeCourier(*answers)
        self.queue = FakeWebhookQueue(self.board)
        self.endpoints = FakeEndpoints(self.board, "s1")
        self.deliveries = FakeDeliveries(self.board, "s1")
        self.feed = FakeFeed(self.board, "s1")
        self.replayed: list[int] = []

    @property
    def box(self) -> DeliverWebhook:
        return DeliverWebhook(
            self.endpoints,
            self.secrets,
            self.deliveries,
            self.webhook_sender,
            self.queue,
            FakeDeliverySlots(self.board, "s1", slots=2),
            self.feed,
            local=False,
        )

    @property
    def manage(self) -> ManageEndpoints:
        return ManageEndpoints(self.endpoints, self.secrets, local=False, by="alice")

    @property
    def replay(self) -> ReplayNotifications:
        return ReplayNotifications(self.endpoints, self.feed, self.queue, self.replayed.append)

    def carry_to_the_end(self, webhook_message: WebhookMessage, *, now: datetime = NOW) -> list[timedelta]:
        """As the queue and the ten-minute run do: again when it is due; gives the waits in between."""
        self.feed.add(webhook_message.notification)
        waits: list[timedelta] = []
        outcome = self.box.deliver(webhook_message, now=now)
        while outcome == "failing":
            delivery = self.board.deliveries["s1", webhook_message.endpoint_id, webhook_message.notification.id]
            if delivery.due_at is not None:
                waits.append(delivery.due_at - now)
                due = DueWebhook("s1", webhook_message.endpoint_id, webhook_message.notification.id)
                now = delivery.due_at
                outcome = self.box.deliver_due(due, now=now)
            else:
                waits.append(self.queue.delays.pop())
                now += waits[-1]
                outcome = self.box.deliver(self.queue.sent.pop(), now=now)
        return waits


# --- the message -----------------------------------------------------------------------------------------------


def test_each_event_carries_id_type_supplier_document_time_state_and_status() -> None:
    body = json.loads(payload(told()))
    assert body == {
        "id": told().id,
        "type": "document.waiting",
        "timestamp": "2026-11-20T10:00:00.000000Z",
        "data": {
            "id": told().id,
            "supplier_id": "s1",
            "document_id": "d0",
            "occurred_at": "2026-11-20T10:00:00.000000Z",
            "state": "TO_COMPLETE",
            "status": None,
            "neutral_status": None,
            "previous_status": None,
        },
    }


def test_the_signature_is_the_specifications_own_example() -> None:
    webhook_sender = HttpsWebhookSender(local=False)
    moment = datetime.fromtimestamp(1614265330, tz=UTC)
    headers = webhook_sender.sign(
        '{"test": 2432232314}', message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", now=moment, secrets=[SECRET]
    )
    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_during_a_rotation_a_receiver_with_either_secret_can_verify() -> None:
    now = datetime.now(UTC)
    secrets = EndpointSecrets(current=SECRET).rotated(OTHER, now=now)
    webhook_sender = HttpsWebhookSender(local=False)
    body = payload(told())
    during = webhook_sender.sign(body, message_id=told().id, now=now, secrets=secrets.at(now))
    for secret in (SECRET, OTHER):
        assert Webhook(secret.get_secret_value()).verify(body, during)["id"] == told().id
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET.get_secret_value()).verify(body.replace("TO_COMPLETE", "SUBMITTED"), during)
    after = webhook_sender.sign(body, message_id=told().id, now=now, secrets=secrets.at(now + ROTATION))
    assert Webhook(OTHER.get_secret_value()).verify(body, after)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET.get_secret_value()).verify(body, after)


def test_a_documents_metadata_never_travels() -> None:
    class Sqs:
        def send_message_batch(self, **request: Any) -> dict[str, str]:
            self.entries: list[dict[str, str]] = request["Entries"]
            return {}

    sqs = Sqs()
    labelled = notification_of(None, an_invoice(State.TO_COMPLETE, metadata={"owner": "alice" * 50_000}))
    assert labelled is not None
    SqsWebhooks(sqs, "q", "s1").send([WebhookMessage("e1", labelled, again=True)])
    (entry,) = sqs.entries
    assert "alice" not in entry["MessageBody"]
    assert entry["MessageGroupId"] == "s1"
    bare = labelled.model_copy(update={"metadata": {}})
    assert parse_webhook(entry["MessageBody"]) == WebhookMessage("e1", bare, again=True)
    with pytest.raises(ValueError, match="not a webhook message"):
        parse_webhook("{}")


def test_messages_wait_in_the_queue_no_shorter_than_asked_and_count_their_waits() -> None:
    class Sqs:
        def send_message_batch(self, **request: Any) -> dict[str, str]:
            self.entries: list[dict[str, Any]] = request["Entries"]
            return {}

    sqs = Sqs()
    message = WebhookMessage("e1", told(), waits=3)
    SqsWebhooks(sqs, "q", "s1").send([message], delay=timedelta(seconds=4.2))
    assert sqs.entries[0]["DelaySeconds"] == 5
    assert parse_webhook(sqs.entries[0]["MessageBody"]) == message
    due = DueWebhook("s1", "e1", told().id)
    SqsDueWebhooks(sqs, "q").send([due])
    assert sqs.entries[0]["MessageGroupId"] == "s1"
    assert parse_webhook(sqs.entries[0]["MessageBody"]) == due


def test_a_delivery_that_an_older_release_wrote_still_reads() -> None:
    tried = {"endpoint_id": "e1", "notification_id": told().id, "type": "document.waiting", "tries": 2}
    tried |= {"last_try_at": "2026-11-20T10:00:00Z", "outcome": "failing", "detail": "503"}
    assert WebhookDelivery.model_validate(tried).due_at is None


# --- where it may go -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/", "url_not_https"),
        ("ftp://example.org/", "url_malformed"),
        ("https://example.org:0/", "url_malformed"),
        ("HTTPS://example.org/\n", "url_malformed"),
        ("https:///path", "url_malformed"),
        ("example.org", "url_malformed"),
        ("https://user:secret@example.org/", "url_malformed"),
        ("https://example.org/#part", "url_malformed"),
        ("https://example.org/a b", "url_malformed"),
        ("https://example.org/\r\nX: y", "url_malformed"),
        ("https://example.org\\@127.0.0.1/", "url_malformed"),
        ("https://exämple.org/", "url_malformed"),
        ("https://example.org:99999/", "url_malformed"),
        ("https://[::1", "url_malformed"),
        ("https://[::::]/x", "url_malformed"),
        ("https://[1.2.3.4]/x", "url_malformed"),
        ("https://[abc]/x", "url_malformed"),
        ("https://.example.org/", "url_malformed"),
        ("https://a..example.org/", "url_malformed"),
        (f"https://{'a' * 64}.example.org/", "url_malformed"),
        (f"https://example.org/{'a' * 2000}", "url_malformed"),
        ("https://example.org:22/", "url_port"),
        ("https://example.org:80/", "url_port"),
        ("https://example.org:6379/", "url_port"),
        ("https://127.0.0.1/", "url_not_public"),
        ("https://[::1]/", "url_not_public"),
        ("https://10.0.0.1/", "url_not_public"),
        ("https://169.254.169.254/latest/meta-data", "url_not_public"),
        ("https://[::ffff:169.254.169.254]/", "url_not_public"),
    ],
)
def test_an_address_that_may_be_no_endpoint_is_refused_with_its_reason(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_url(url, local=False)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_only_the_local_environment_has_endpoints_on_this_machine_and_plain_http() -> None:
    assert check_url("http://127.0.0.1:8080/hook?x=1", local=True)
    assert check_url("https://example.org:8443/hook?x=1", local=False)
    with pytest.raises(Invalid):
        check_url("http://10.0.0.1/", local=True)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "192.0.0.8",
        "192.168.1.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::", "2002:a9fe:a9fe::", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_no_message_goes_to_a_private_loopback_or_link_local_address(address: str) -> None:
    assert not is_allowed(ip_address(address), local=False)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_messages_go_to_the_public_internet(address: str) -> None:
    assert is_allowed(ip_address(address), local=False)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6_clothes_is_judged_as_itself(address: object) -> None:
    for clothed in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_allowed(ip_address(clothed), local=False) == is_allowed(ip_address(str(address)), local=False)


# --- carrying --------------------------------------------------------------------------------------------------


@contextmanager
def a_receiver(
    status: int = 204, location: str = "", *, tls: Path | None = None
) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A server on this machine; gives its port and what it was sent."""
    received: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            received.append({**{name.lower(): value for name, value in self.headers.items()}, "body": body})
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port, received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def to(url: str) -> Signed:
    return Signed(url, {"webhook-id": "evt_1"}, '{"a":1}')


def test_the_connection_goes_to_the_address_that_was_judged_under_the_endpoints_own_name() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with a_receiver() as (port, received):
        webhook_sender = HttpsWebhookSender(local=True, resolve=resolve)
        assert webhook_sender.carry(to(f"http://hooks.example.org:{port}/path?x=1")) == 204
    assert asked == ["hooks.example.org"]
    assert received[0]["host"] == f"hooks.example.org:{port}"
    assert (received[0]["webhook-id"], received[0]["body"]) == ("evt_1", '{"a":1}')


def test_the_certificate_is_checked_against_the_name_though_the_connection_goes_to_an_address(tmp_path: Path) -> None:
    certificate = _self_signed(tmp_path, "hooks.example.org")
    trust = ssl.create_default_context(cafile=str(certificate))
    with a_receiver(tls=certificate) as (port, received):
        webhook_sender = HttpsWebhookSender(local=True, resolve=lambda *_: ["127.0.0.1"], trust=trust)
        assert webhook_sender.carry(to(f"https://hooks.example.org:{port}/")) == 204
        with pytest.raises(Undeliverable, match="connection_failed"):
            webhook_sender.carry(to(f"https://other.example.org:{port}/"))
    assert len(received) == 1


def _self_signed(folder: Path, name: str) -> Path:
    """A certificate for that name and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(certificate.public_bytes(pem) + private)
    return path


def test_a_redirect_is_not_followed() -> None:
    with a_receiver() as (aim, reached), a_receiver(307, f"http://127.0.0.1:{aim}/") as (port, _):
        assert HttpsWebhookSender(local=True).carry(to(f"http://127.0.0.1:{port}/")) == 307
        assert reached == []


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"]])
def test_a_name_with_any_private_address_is_refused_before_a_connection(addresses: list[str]) -> None:
    with pytest.raises(Undeliverable) as failure:
        HttpsWebhookSender(local=False, resolve=lambda *_: addresses).carry(to("https://hooks.example.org/"))
    assert failure.value.reason == "refused_address"


def test_numbers_that_are_this_machine_in_disguise_are_refused() -> None:
    for host in ("2130706433", "0x7f.1", "127.1"):
        with pytest.raises(Undeliverable) as failure:
            HttpsWebhookSender(local=False).carry(to(f"https://{host}/"))
        assert failure.value.reason in {"refused_address", "unknown_host"}


def test_an_unknown_host_and_a_refused_connection_have_their_messages() -> None:
    nobody = HttpsWebhookSender(local=True, resolve=lambda *_: [])
    with pytest.raises(Undeliverable, match="unknown_host"):
        nobody.carry(to("https://hooks.example.org/"))
    with a_receiver() as (port, _):
        pass
    with pytest.raises(Undeliverable, match="connection_failed"):
        HttpsWebhookSender(local=True).carry(to(f"http://127.0.0.1:{port}/"))


_HOST_PARTS = st.sampled_from(["a", "xn--", "xn--a-", "-", "_", ".", ":", "::", "1", "1.2.3.4", "0x7f", "%", "[", "]"])


def test_an_odd_address_is_refused_or_its_delivery_has_an_outcome() -> None:
    """Whatever passes the check at registration raises nothing else when it is sent."""
    sender = HttpsWebhookSender(local=True, resolve=lambda *_: ["127.0.0.1"], seconds=1)

    @given(
        host=st.lists(_HOST_PARTS, max_size=6).map("".join) | st.from_regex(r"\[[0-9a-f:.]{0,12}\]", fullmatch=True),
        rest=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8),
    )
    @example(host="xn--a-", rest="")  # the handshake decodes it
    @settings(max_examples=100, deadline=None)
    def check(host: str, rest: str) -> None:
        url = f"https://{host}:{port}/{rest}"
        with suppress(Invalid), pytest.raises(Undeliverable):
            sender.carry(to(check_url(url, local=True)))

    with a_hostile_receiver(lambda _: None, connections=150) as port:
        check()


# --- receivers that never end -----------------------------------------------------------------------------------


def _drips(first: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(200):  # two seconds: a sender without a deadline is noticed
            connection.sendall(drop)
            time.sleep(0.01)

    return behave


def _reads_slowly(connection: socket.socket) -> None:
    for _ in range(200):
        connection.recv(1)
        time.sleep(0.01)


def _flood_of_tickets(certificate: Path, connection: socket.socket) -> None:
    """A TLS 1.3 server that sends session tickets for five seconds after the handshake, and no answer."""
    secrets = certificate.with_suffix(".secrets")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.minimum_version, context.num_tickets, context.keylog_filename = ssl.TLSVersion.TLSv1_3, 0, str(secrets)
    theirs, ours = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(theirs, ours, server_side=True)
    finished = False
    while not finished:
        try:
            tls.do_handshake()
            finished = True
        except ssl.SSLWantReadError:
            connection.sendall(ours.read())
            theirs.write(connection.recv(65536))
    connection.sendall(ours.read())
    line = next(each for each in secrets.read_text().splitlines() if each.startswith("SERVER_TRAFFIC_SECRET_0"))
    name, secret = str((tls.cipher() or ("",))[0]), bytes.fromhex(line.split()[2])
    digest = "sha384" if "SHA384" in name else "sha256"
    cipher: Any = ChaCha20Poly1305 if "CHACHA" in name else AESGCM
    key = _hkdf_label(secret, b"key", 16 if "AES_128" in name else 32, digest)
    start, cipher = int.from_bytes(_hkdf_label(secret, b"iv", 12, digest)), cipher(key)
    ticket = struct.pack("!IIB", 7200, 1, 1) + b"\0" + struct.pack("!H", 8) + b"ticketxx" + b"\0\0"
    tickets = (b"\x04" + len(ticket).to_bytes(3) + ticket) * 600 + b"\x16"
    until, count = time.monotonic() + 5, 0
    while time.monotonic() < until:
        header = b"\x17\x03\x03" + struct.pack("!H", len(tickets) + 16)
        connection.sendall(header + cipher.encrypt((start ^ count).to_bytes(12), tickets, header))
        count += 1


def _hkdf_label(secret: bytes, label: bytes, length: int, digest: str) -> bytes:
    """HKDF-Expand-Label of RFC 8446, section 7.1, without a context; for at most one block."""
    name = b"tls13 " + label
    info = struct.pack("!HB", length, len(name)) + name + b"\0\1"
    return hmac.digest(secret, info, digest)[:length]


ENDLESS = {
    "100 continue": ("http", _drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    "a header byte": ("http", _drips(b"HTTP/1.1 200 OK\r\nx: ", b"a")),
    "header lines": ("http", _drips(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n")),
    "bytes of a handshake": ("https", _drips(b"\x16\x03\x03\x40\x00", b"\x02")),
    "a reader": ("http", _reads_slowly),
    "a silent handshake": ("https", _reads_slowly),
}


RECEIVER = "the receiver of a test"


def _threads_of_the_product() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name != RECEIVER}


@contextmanager
def a_hostile_receiver(behave: Callable[[socket.socket], None], *, connections: int = 1) -> Iterator[int]:
    """A server on this machine that behaves so on each of so many connections; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    behave(connection)

        for _ in range(connections):
            threading.Thread(target=serve, daemon=True, name=RECEIVER).start()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_receiver_that_drips_is_a_timeout_at_the_deadline_of_the_whole_delivery(kind: str) -> None:
    scheme, behave = ENDLESS[kind]
    webhook_sender = HttpsWebhookSender(local=True, seconds=0.2)
    with a_hostile_receiver(behave) as port:
        began = time.monotonic()
        with pytest.raises(Undeliverable, match="timeout"):
            webhook_sender.carry(to(f"{scheme}://127.0.0.1:{port}/"))
    assert time.monotonic() - began < 1


@pytest.mark.row("B13")
def test_a_receiver_that_floods_tls_records_without_data_is_a_timeout_and_leaves_no_thread(tmp_path: Path) -> None:
    """OpenSSL reads such records without returning, so no timeout between two reads ends the delivery."""
    certificate = _self_signed(tmp_path, "hooks.example.org")
    trust = ssl.create_default_context(cafile=str(certificate))
    sender = HttpsWebhookSender(local=True, resolve=lambda *_: ["127.0.0.1"], trust=trust, seconds=0.5)
    threads = _threads_of_the_product()
    with a_hostile_receiver(partial(_flood_of_tickets, certificate)) as port:
        began = time.monotonic()
        with pytest.raises(Undeliverable, match="timeout"):
            sender.carry(to(f"https://hooks.example.org:{port}/"))
        assert 0.4 < time.monotonic() - began < 1.5
    assert _threads_of_the_product() <= threads


def test_an_answer_is_taken_when_its_headers_are_there_though_its_body_never_ends() -> None:
    with a_hostile_receiver(_drips(b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n", b"x")) as port:
        assert HttpsWebhookSender(local=True, seconds=0.5).carry(to(f"http://127.0.0.1:{port}/")) == 200


def test_a_name_that_resolves_too_slowly_is_a_timeout() -> None:
    answer = threading.Event()

    def resolve(*_: object) -> list[str]:
        answer.wait(60)
        return ["127.0.0.1"]

    with pytest.raises(Undeliverable, match="timeout"):
        HttpsWebhookSender(local=True, resolve=resolve, seconds=0.1).carry(to("http://hooks.example.org/"))
    assert not answer.is_set(), "the sender did not wait for the answer"
    answer.set()


# --- trying again ----------------------------------------------------------------------------------------------


def test_a_failed_message_is_tried_eight_times_over_about_a_day() -> None:
    world = World(*[503] * 99)
    waited = world.carry_to_the_end(WebhookMessage("e1", told()))
    assert len(world.webhook_sender.carried) == TRIES == 8
    assert waited == sorted(waited)
    assert timedelta(hours=20) < sum(waited, timedelta()) < timedelta(hours=26)
    (delivery,) = world.board.deliveries.values()
    assert (delivery.outcome, delivery.tries, delivery.detail, delivery.due_at) == ("gave_up", 8, "503", None)
    assert world.queue.sent == [], "nothing waits any more"


def test_what_waits_longer_than_a_queue_can_delay_waits_in_the_table() -> None:
    world = World(*[503] * 99)
    world.feed.add(told())
    message, now, due = WebhookMessage("e1", told()), NOW, None
    for _ in range(3):
        assert world.box.deliver(message, now=now) == "failing"
        now += world.queue.delays[-1]
    assert [round(each.total_seconds()) for each in world.queue.delays] == pytest.approx([5, 60, 600], rel=0.09)
    world.queue.sent.clear()
    assert world.box.deliver(message, now=now) == "failing"
    due = world.board.deliveries["s1", "e1", told().id].due_at
    assert due is not None
    assert due - now > timedelta(minutes=55)
    assert world.queue.sent == []
    assert world.box.deliver(message, now=now) == "nothing", "the queue delivers a message twice; the table has it"
    early = due - timedelta(seconds=1)
    assert world.box.deliver_due(DueWebhook("s1", "e1", told().id), now=early) == "nothing"
    assert len(world.webhook_sender.carried) == 4


def test_an_event_that_the_feed_does_not_hold_yet_is_left_to_the_notifier_that_has_not_finished() -> None:
    world = World(*[503] * 4)
    message, now = WebhookMessage("e1", told()), NOW
    for _ in range(4):
        world.box.deliver(message, now=now)
        now += timedelta(minutes=20)
    due = world.board.deliveries["s1", "e1", told().id].due_at
    assert due is not None
    assert world.box.deliver_due(DueWebhook("s1", "e1", told().id), now=due) == "nothing"
    assert world.board.deliveries["s1", "e1", told().id].due_at is None, "it is not handed out without end"
    assert world.box.deliver(message, now=due) == "delivered", "the notifier's message when it starts again"


@pytest.mark.parametrize("gone", [True, False])
def test_an_event_that_waits_for_an_endpoint_that_is_deleted_or_off_is_given_up(gone: bool) -> None:
    world = World(*[503] * 4)
    world.feed.add(told())
    message, now = WebhookMessage("e1", told()), NOW
    for _ in range(4):
        world.box.deliver(message, now=now)
        now += timedelta(minutes=20)
    if gone:
        world.board.endpoints.clear()
    else:
        world.board.endpoints["s1", "e1"] = an_endpoint(enabled=False)
    due = world.board.deliveries["s1", "e1", told().id].due_at
    assert due is not None
    assert world.box.deliver_due(DueWebhook("s1", "e1", told().id), now=due) == "gave_up"
    delivery = world.board.deliveries["s1", "e1", told().id]
    assert (delivery.outcome, delivery.detail, delivery.due_at) == ("gave_up", "disabled", None)


def test_a_worker_that_dies_before_it_queued_the_retry_leaves_its_message_to_be_delivered_again() -> None:
    world = World(503)

    class Crash(Exception):
        pass

    def die(_: str) -> None:
        raise Crash

    world.board.on_write = die
    with pytest.raises(Crash):
        world.box.deliver(WebhookMessage("e1", told()), now=NOW)
    world.board.on_write = lambda _: None
    assert world.box.deliver(WebhookMessage("e1", told()), now=NOW + timedelta(minutes=3)) == "delivered"


# --- endpoints that fail again and again -----------------------------------------------------------------------


def fail(world: World, times: int, *, now: datetime = NOW) -> None:
    for index in range(times):
        world.box.deliver(WebhookMessage("e1", told(index)), now=now)


def test_an_endpoint_that_fails_five_times_in_a_row_is_paused_and_it_is_written_down() -> None:
    world = World(*["timeout"] * 99)
    fail(world, FAILURES_TO_PAUSE - 1)
    assert world.endpoints.get("e1").health.paused_since is None
    assert world.board.changes == []
    fail(world, 3)
    health = world.endpoints.get("e1").health
    assert (health.failures, health.last_failure) == (FAILURES_TO_PAUSE, "timeout")
    assert (health.paused_since, health.paused_until) == (NOW, NOW + FIRST_ENDPOINT_PAUSE)
    assert len(world.webhook_sender.carried) == FAILURES_TO_PAUSE, "nothing is sent in the pause"
    assert [(each.by, each.action, each.item) for each in world.board.changes] == [
        ("webhook_delivery", "paused", "webhooks/e1")
    ]
    assert world.endpoints.get("e1").version == 1, "an administrator's If-Match still holds"


def test_a_success_in_between_starts_the_count_again() -> None:
    world = World(*(["timeout"] * (FAILURES_TO_PAUSE - 1) + [200]) * 3)
    for index in range(3 * FAILURES_TO_PAUSE):
        world.box.deliver(WebhookMessage("e1", told(index)), now=NOW)
    assert world.endpoints.get("e1").health == EndpointHealth()
    assert world.board.changes == []


def test_a_try_in_the_pause_counts_is_not_sent_and_waits_for_its_end() -> None:
    world = World(*[503] * 99)
    fail(world, FAILURES_TO_PAUSE)
    assert world.box.deliver(WebhookMessage("e1", told(9)), now=NOW) == "failing"
    delivery = world.board.deliveries["s1", "e1", told(9).id]
    assert (delivery.tries, delivery.detail, delivery.due_at) == (1, "paused", None)
    assert world.queue.delays[-1] == FIRST_ENDPOINT_PAUSE


def test_after_the_pause_one_delivery_probes_and_its_success_ends_the_pause() -> None:
    world = World(*[503] * FAILURES_TO_PAUSE)
    fail(world, FAILURES_TO_PAUSE)
    later = NOW + FIRST_ENDPOINT_PAUSE
    first = world.endpoints.get("e1")
    world.endpoints.save_health(first, first.health.with_probe_claimed(later))
    assert world.box.deliver(WebhookMessage("e1", told(8)), now=later) == "failing", "another delivery probes"
    assert len(world.webhook_sender.carried) == FAILURES_TO_PAUSE
    after_lease = later + ENDPOINT_PROBE_LEASE
    assert world.box.deliver(WebhookMessage("e1", told(9)), now=after_lease) == "delivered"
    assert world.endpoints.get("e1").health == EndpointHealth()
    assert [each.action for each in world.board.changes] == ["paused", "resumed"]


def test_each_failed_probe_doubles_the_pause_up_to_an_hour() -> None:
    world = World(*[503] * 99)
    fail(world, FAILURES_TO_PAUSE)
    pauses, now = [], NOW
    for index in range(9):
        until = world.endpoints.get("e1").health.paused_until
        assert until is not None
        pauses.append((until - now) // FIRST_ENDPOINT_PAUSE)
        now = until
        world.box.deliver(WebhookMessage("e1", told(100 + index)), now=now)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len([each for each in world.board.changes if each.action == "paused"]) == 1, "its owner is told once"


def test_of_deliveries_that_were_under_way_when_the_pause_began_none_makes_it_longer() -> None:
    health = EndpointHealth()
    for _ in range(FAILURES_TO_PAUSE + 5):
        health = health.after_failure("timeout", NOW, probe=False)
    assert (health.failures, health.paused_until) == (FAILURES_TO_PAUSE, NOW + FIRST_ENDPOINT_PAUSE)


def test_a_persons_change_ends_the_pause() -> None:
    world = World(*["timeout"] * FAILURES_TO_PAUSE)
    fail(world, FAILURES_TO_PAUSE)
    world.manage.change("e1", version=1, changes={"enabled": True}, now=NOW)
    assert world.endpoints.get("e1").health == EndpointHealth()
    assert world.box.deliver(WebhookMessage("e1", told(9)), now=NOW) == "delivered"


@given(
    down_for=st.integers(0, 30 * 60),
    arrivals=st.lists(st.integers(0, 30 * 60), min_size=1, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_an_event_is_never_lost_and_reaches_a_receiver_that_works_again_in_time(
    down_for: int, arrivals: list[int]
) -> None:
    """A receiver is down for so many minutes: each event is delivered in its timetable, or given up at its end."""
    world = World()
    clock = NOW

    class Receiver(FakeCourier):
        def carry(self, message: Signed) -> int:
            super().carry(message)
            return 503 if clock < NOW + timedelta(minutes=down_for) else 200

    world.webhook_sender = Receiver()
    pending: list[tuple[datetime, int, WebhookMessage | DueWebhook]] = []
    for index, minutes in enumerate(sorted(arrivals)):
        world.feed.add(told(index))
        pending.append((NOW + timedelta(minutes=minutes), index, WebhookMessage("e1", told(index))))
    while pending:
        pending.sort(key=lambda each: each[:2])
        clock, index, message = pending.pop(0)
        if isinstance(message, DueWebhook):
            outcome = world.box.deliver_due(message, now=clock)
        else:
            outcome = world.box.deliver(message, now=clock)
        if outcome == "failing":
            delivery = world.board.deliveries["s1", "e1", told(index).id]
            if delivery.due_at is not None:
                pending.append((delivery.due_at, index, DueWebhook("s1", "e1", told(index).id)))
            else:
                pending.append((clock + world.queue.delays.pop(), index, world.queue.sent.pop()))
    for index, minutes in enumerate(sorted(arrivals)):
        delivery = world.board.deliveries["s1", "e1", told(index).id]
        assert delivery.outcome in {"delivered", "gave_up"}
        assert delivery.tries <= TRIES
        if delivery.outcome == "gave_up":
            arrived = NOW + timedelta(minutes=minutes)
            assert delivery.last_try_at - arrived > timedelta(hours=21), "not before the timetable's end"
            assert down_for > 20 * 60


# --- one supplier's share of the workers -------------------------------------------------------------------------


def test_a_supplier_holds_no_more_workers_than_its_slots_and_its_further_messages_wait_longer_and_longer() -> None:
    world = World()
    slots = FakeDeliverySlots(world.board, "s1", slots=2)
    held = [slots.take(NOW), slots.take(NOW)]
    message = WebhookMessage("e1", told())
    for _ in range(7):
        assert world.box.deliver(message, now=NOW) == "crowded"
        message = world.queue.sent[-1]
    for delay, least in zip(world.queue.delays, (5, 10, 20, 40, 80, 160, 320), strict=True):
        assert timedelta(seconds=least) <= delay <= timedelta(seconds=1.5 * least)
    assert (world.webhook_sender.carried, world.board.deliveries) == ([], {})
    slots.release(str(held[0]))
    assert world.box.deliver(message, now=NOW) == "delivered"
    assert list(world.board.slots) == [("s1", "1")], "its own slot is free again"


@pytest.mark.row("B13")
def test_an_event_that_never_finds_a_slot_is_looked_at_a_few_times_and_given_up() -> None:
    world = World()
    world.feed.add(told())
    slots = FakeDeliverySlots(world.board, "s1", slots=2)
    message, now, outcomes = WebhookMessage("e1", told()), NOW, []
    while "gave_up" not in outcomes:
        world.board.slots.clear()
        assert slots.take(now)
        assert slots.take(now)
        waiting = world.deliveries.get("e1", told().id)
        if waiting is None:
            outcomes.append(world.box.deliver(message, now=now))
        else:
            assert world.box.deliver(message, now=now) == "nothing", "the queue delivers a message twice"
            outcomes.append(world.box.deliver_due(DueWebhook("s1", "e1", told().id), now=now))
        waiting = world.deliveries.get("e1", told().id)
        if waiting is None:
            now, message = now + world.queue.delays[-1], world.queue.sent[-1]
        else:
            now = waiting.due_at or now
    assert outcomes == ["crowded"] * MAX_WAITS + ["gave_up"]
    assert timedelta(hours=11) < now - NOW < timedelta(hours=18)
    delivery = world.board.deliveries["s1", "e1", told().id]
    assert (delivery.detail, delivery.tries, delivery.due_at) == ("crowded", 0, None)


class SlowWorld(World):
    """A receiver whose answers take so many seconds."""

    seconds = 9.5

    @property
    def box(self) -> DeliverWebhook:
        clock = count(0, self.seconds)
        return replace(super().box, clock=lambda: next(clock))


def make_slow(world: World) -> datetime:
    """The end of the rest of an endpoint that just became slow."""
    for index in range(SLOW_ANSWERS):
        assert world.endpoints.get("e1").health.slow_since is None
        world.box.deliver(WebhookMessage("e1", told(index)), now=NOW)
    health = world.endpoints.get("e1").health
    assert health.slow_since == NOW
    assert health.slow_until == NOW + timedelta(seconds=9.5) + SLOW_ENDPOINT_REST
    return health.slow_until


@pytest.mark.row("B13")
@pytest.mark.parametrize("answers", [(), ("timeout",) * SLOW_ANSWERS, ("timeout", 200, 503)])
def test_a_slow_endpoint_gets_one_delivery_at_a_time_and_a_rest_after_it(answers: tuple[int | str, ...]) -> None:
    world = SlowWorld(*answers)
    rested = make_slow(world)
    assert world.box.deliver(WebhookMessage("e1", told(7)), now=NOW + timedelta(minutes=1)) == "slow"
    assert len(world.webhook_sender.carried) == SLOW_ANSWERS, "nothing is sent while it rests"
    assert world.queue.sent[-1].waits == 1
    assert world.board.slots == {}, "it takes no slot either"
    during: list[str] = []

    class Second(FakeCourier):
        def carry(self, message: Signed) -> int:
            if not during:
                during.append("")
                during[0] = world.box.deliver(WebhookMessage("e1", told(8)), now=rested)
            return super().carry(message)

    world.webhook_sender = Second()
    assert world.box.deliver(WebhookMessage("e1", told(7)), now=rested) == "delivered"
    assert during == ["slow"]
    assert world.endpoints.get("e1").health.is_resting(rested + SLOW_ENDPOINT_REST)


def test_a_quick_answer_ends_the_slowness_and_two_slow_ones_for_each_quick_one_do_not_escape_it() -> None:
    world = SlowWorld()
    rested = make_slow(world)
    world.seconds = 0.1
    assert world.box.deliver(WebhookMessage("e1", told(7)), now=rested) == "delivered"
    health = world.endpoints.get("e1").health
    assert (health.slow_since, health.slow_until) == (None, None)
    for seconds in (0.1, 9.5, 9.5):
        health = health.after_seconds(timedelta(seconds=seconds), NOW)
    assert health.slow_since == NOW
    for _ in range(SLOW_ANSWERS):
        health = health.after_seconds(timedelta(seconds=0.1), NOW)
    assert health == EndpointHealth()


def test_the_health_that_an_older_release_wrote_still_reads() -> None:
    assert EndpointHealth.model_validate_json('{"failures":2,"last_failure":"503"}').slow_since is None


def test_an_event_from_the_table_waits_in_the_table_when_no_slot_is_free() -> None:
    world = World(*[503] * 4)
    world.feed.add(told())
    now = NOW
    for _ in range(4):
        world.box.deliver(WebhookMessage("e1", told()), now=now)
        now += timedelta(minutes=20)
    before = world.board.deliveries["s1", "e1", told().id]
    assert before.due_at is not None
    world.queue.sent.clear()
    slots = FakeDeliverySlots(world.board, "s1", slots=2)
    slots.take(before.due_at)
    slots.take(before.due_at)
    assert world.box.deliver_due(DueWebhook("s1", "e1", told().id), now=before.due_at) == "crowded"
    waiting = world.board.deliveries["s1", "e1", told().id]
    assert (waiting.tries, waiting.waits, waiting.detail) == (before.tries, 1, "crowded")
    assert waiting.due_at is not None
    assert waiting.due_at > before.due_at
    assert world.queue.sent == []


def test_one_suppliers_due_events_leave_room_for_the_others() -> None:
    board, handed_out = FakeBoard(), []

    class Queue:
        def send(self, due: Iterable[DueWebhook]) -> None:
            handed_out.extend(due)

    for supplier_id, events in (("s1", 9), ("s2", 2)):
        for index in range(events):
            waiting = WebhookDelivery(
                endpoint_id="e1",
                notification_id=told(index).id,
                type="document.waiting",
                tries=4,
                last_try_at=NOW,
                outcome="failing",
                detail="503",
                due_at=NOW,
            )
            FakeDeliveries(board, supplier_id).put(waiting)
    installation: Any = FakeDueWebhooks(board)
    assert HandOutWebhooks(installation, Queue(), of_each=5).run(now=NOW) == 7
    assert [each.supplier_id for each in handed_out] == ["s1", "s2", "s1", "s2", "s1", "s1", "s1"]


def test_a_delivery_that_raises_an_unforeseen_error_is_a_failure_of_its_endpoint_and_pauses_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()

    class Broken(FakeCourier):
        def carry(self, message: Signed) -> int:
            raise RuntimeError(message.url)

    world.webhook_sender = Broken()
    fail(world, FAILURES_TO_PAUSE)
    assert {each.detail for each in world.board.deliveries.values()} == {"unexpected_error"}
    assert world.endpoints.get("e1").health.paused_since == NOW
    assert world.board.slots == {}
    assert [each.error for each in caplog.records] == ["RuntimeError"] * FAILURES_TO_PAUSE  # type: ignore[attr-defined]
    assert "http" not in caplog.text


def test_an_error_of_our_own_calls_is_no_failure_of_the_endpoint_and_frees_the_slot() -> None:
    world = World()

    class Broken(FakeEndpointSecrets):
        def get(self, endpoint_id: str) -> EndpointSecrets | None:
            raise RuntimeError

    world.secrets = Broken()
    with pytest.raises(RuntimeError):
        world.box.deliver(WebhookMessage("e1", told()), now=NOW)
    assert (world.board.slots, world.board.deliveries) == ({}, {})
    assert world.endpoints.get("e1").health == EndpointHealth()


@given(seed=st.text(max_size=20), tries=st.integers(1, TRIES - 1))
def test_the_waits_grow_differ_a_little_and_are_the_same_for_the_same_message(seed: str, tries: int) -> None:
    delay = next_try_in(tries, seed=seed)
    assert delay is not None
    assert delay == next_try_in(tries, seed=seed)
    longer = next_try_in(tries + 1, seed=seed)
    assert longer is None or delay < longer


@pytest.mark.parametrize("trouble", [500, 404, 302, "timeout", "connection_failed"])
def test_whatever_is_no_success_is_tried_again(trouble: int | str) -> None:
    world = World(trouble)
    assert len(world.carry_to_the_end(WebhookMessage("e1", told()))) == 1
    (delivery,) = world.board.deliveries.values()
    assert (delivery.outcome, delivery.tries) == ("delivered", 2)


def test_a_delivered_event_is_sent_again_only_on_request() -> None:
    world = World()
    for again in (False, False, True):
        world.carry_to_the_end(WebhookMessage("e1", told(), again=again))
    assert [each.headers["webhook-id"] for each in world.webhook_sender.carried] == [told().id] * 2


def test_an_endpoint_that_is_gone_or_off_is_left_alone() -> None:
    assert World().box.deliver(WebhookMessage("other", told()), now=NOW) == "nothing"
    world = World(enabled=False)
    assert world.box.deliver(WebhookMessage("e1", told()), now=NOW) == "nothing"
    assert world.webhook_sender.carried == []


def test_a_receiver_that_says_gone_is_switched_off_and_it_is_written_down() -> None:
    world = World(410)
    assert world.carry_to_the_end(WebhookMessage("e1", told())) == []
    endpoint = world.endpoints.get("e1")
    assert (endpoint.enabled, endpoint.disabled_because) == (False, "gone")
    assert [(each.by, each.action) for each in world.board.changes] == [("webhook_delivery", "switched_off")]
    on = world.manage.change("e1", version=endpoint.version, changes={"enabled": True}, now=NOW)
    assert (on.enabled, on.disabled_because) == (True, None)


def test_a_message_whose_address_may_not_be_any_more_is_not_carried() -> None:
    world = World(url="http://127.0.0.1/")
    assert world.box.deliver(WebhookMessage("e1", told()), now=NOW) == "failing"
    assert world.webhook_sender.carried == []
    (delivery,) = world.board.deliveries.values()
    assert delivery.detail == "refused_address"


# --- configuring -----------------------------------------------------------------------------------------------


def create(world: World, endpoint_id: str = "e2", url: str = "https://example.org/") -> None:
    world.manage.create(
        endpoint_id=endpoint_id, url=url, types=("document.waiting",), description="", secret=OTHER, now=NOW
    )


def test_a_new_endpoint_has_its_secret_and_its_line_in_the_audit_trail_which_holds_no_secret() -> None:
    world = World()
    create(world)
    kept = world.secrets.get("e2")
    assert kept is not None
    assert kept.at(NOW) == (OTHER,)
    (line,) = world.board.changes
    assert (line.item, line.action, line.by, line.before) == ("webhooks/e2", "created", "alice", None)
    assert OTHER.get_secret_value() not in line.model_dump_json()
    assert OTHER.get_secret_value() not in repr(kept)


def test_an_endpoint_that_may_not_be_leaves_nothing_behind() -> None:
    world = World()
    with pytest.raises(Invalid):
        create(world, url="https://192.168.0.1/")
    for index in range(MAX_ENDPOINTS - 1):
        create(world, f"e{index + 2}")
    with pytest.raises(Conflict):
        create(world, "one too many")
    assert len(world.endpoints.all()) == MAX_ENDPOINTS
    assert world.secrets.get("one too many") is None


def test_a_change_needs_the_version_it_starts_from_and_a_good_address() -> None:
    world = World()
    with pytest.raises(StaleWrite):
        world.manage.change("e1", version=9, changes={"description": "x"}, now=NOW)
    with pytest.raises(Invalid):
        world.manage.change("e1", version=1, changes={"url": "http://example.org/"}, now=NOW)
    changed = world.manage.change("e1", version=1, changes={"description": "x"}, now=NOW)
    assert (changed.version, changed.description) == (2, "x")
    (line,) = world.board.changes
    assert (line.before, line.after) == ({"description": ""}, {"description": "x"})


def test_a_new_secret_signs_at_once_beside_the_former_for_a_day() -> None:
    world = World()
    world.manage.rotate("e1", secret=OTHER, now=NOW)
    world.carry_to_the_end(WebhookMessage("e1", told()))
    signed = world.webhook_sender.carried[0].headers["webhook-signature"].split(" ")
    assert signed == [OTHER.get_secret_value(), SECRET.get_secret_value()]
    assert world.endpoints.get("e1").secret_rotated_at == NOW
    with pytest.raises(NotFound):
        world.manage.rotate("nope", secret=OTHER, now=NOW)


def test_of_two_rotations_at_once_the_stale_one_touches_no_secret() -> None:
    world = World()
    first = world.endpoints.get("e1")
    world.manage.rotate("e1", secret=OTHER, now=NOW)
    kept = world.secrets.get("e1")

    class Behind(FakeEndpoints):
        def get(self, endpoint_id: str) -> object:
            return first

    with pytest.raises(StaleWrite):
        ManageEndpoints(Behind(world.board, "s1"), world.secrets, local=False, by="bob").rotate(
            "e1", secret=SecretStr("whsec_late"), now=NOW
        )
    assert world.secrets.get("e1") == kept


def test_a_deleted_endpoint_takes_its_secret_along() -> None:
    world = World()
    with pytest.raises(StaleWrite):
        world.manage.delete("e1", version=9, now=NOW)
    world.manage.delete("e1", version=1, now=NOW)
    assert list(world.endpoints.all()) == []
    assert world.secrets.get("e1") is None


# --- sending again ---------------------------------------------------------------------------------------------


def test_events_are_sent_again_by_id_with_their_first_id() -> None:
    world = World()
    for index in range(3):
        world.feed.add(told(index))
    replayed = world.replay.ids("e1", [told(1).id, "evt_unknown", "evt_" + "0" * 32])
    assert (replayed.queued, replayed.cursor) == (1, None)
    assert [(each.notification.id, each.again) for each in world.queue.sent] == [(told(1).id, True)]


def test_events_are_sent_again_by_period_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorus_connector.usecases.notifications.endpoints.REPLAYED_AT_A_TIME", 2)
    world = World()
    for index in range(5):
        world.feed.add(told(index))
    since, until = NOW + timedelta(minutes=1), NOW + timedelta(minutes=4)
    first = world.replay.period("e1", since, until, cursor=None)
    second = world.replay.period("e1", since, until, cursor=first.cursor)
    assert (first.queued, second.queued, second.cursor) == (2, 1, None)
    assert [each.notification.document_id for each in world.queue.sent] == ["d1", "d2", "d3"]


def test_a_replay_sends_only_subscribed_kinds_and_nothing_to_a_disabled_endpoint() -> None:
    world = World()
    world.board.endpoints["s1", "e1"] = an_endpoint("e1", "document.submitted")
    world.feed.add(told())
    assert world.replay.ids("e1", [told().id]).queued == 0
    world.board.endpoints["s1", "e1"] = an_endpoint(enabled=False)
    with pytest.raises(Conflict):
        world.replay.ids("e1", [told().id])


def test_replayed_events_are_counted_before_any_is_queued() -> None:
    world = World()
    for index in range(3):
        world.feed.add(told(index))
    world.replay.ids("e1", [told(0).id, told(1).id])
    world.replay.ids("e1", ["evt_" + "0" * 32])
    assert world.replayed == [2]
    world.queue.sent.clear()

    def full(_: int) -> None:
        raise QuotaExceeded("replayed_events", 60)

    with pytest.raises(QuotaExceeded):
        ReplayNotifications(world.endpoints, world.feed, world.queue, full).ids("e1", [told(0).id])
    assert world.queue.sent == []


# --- what the documentation says -------------------------------------------------------------------------------


def test_the_guides_own_way_to_verify_takes_our_signature_and_no_other() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "def verify" in block]
    known: dict[str, Any] = {}
    exec(code, known)
    now, body = datetime.now(UTC), payload(told())
    webhook_sender = HttpsWebhookSender(local=False)
    headers = webhook_sender.sign(body, message_id=told().id, now=now, secrets=[OTHER, SECRET])
    late = webhook_sender.sign(body, message_id=told().id, now=now - timedelta(minutes=6), secrets=[SECRET])
    verify, secret = known["verify"], SECRET.get_secret_value()
    assert verify(secret, headers, body.encode())
    assert not verify(secret, headers, body.encode() + b" ")
    assert not verify(secret, late, body.encode())
    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" in guide


def test_the_former_secret_signs_until_the_end_of_its_rotation_and_never_without_one() -> None:
    rotated = EndpointSecrets(current=SECRET).rotated(OTHER, now=NOW)
    assert rotated.at(NOW + timedelta(hours=24) - timedelta(seconds=1)) == (OTHER, SECRET)
    assert rotated.at(NOW + timedelta(hours=24)) == (OTHER,)
    assert EndpointSecrets(current=SECRET).at(NOW) == (SECRET,)
    assert EndpointSecrets(current=SECRET, previous=OTHER).at(NOW) == (SECRET,)

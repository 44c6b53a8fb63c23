"""Webhook requests to suppliers' endpoints: signed as Standard Webhooks defines, sent to public addresses only.

The host name is resolved here, all its addresses are checked, and the connection goes to a checked address: a name
that resolves differently the next time (DNS rebinding) gains nothing. Redirects are not followed, answers not read.

A delivery has one deadline for everything: the name's resolution, the connection, TLS, the request and the answer's
headers. A receiver that drips bytes is a ``timeout`` like one that is silent.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpcore
from standardwebhooks.webhooks import Webhook

from chorus_connector.chorus_pro.deadline import DeadlineBackend, seconds_from_now, within
from chorus_connector.domain.notifications.webhooks import is_allowed
from chorus_connector.ports.notification_values import Signed, Undeliverable

if TYPE_CHECKING:
    from pydantic import SecretStr

_SECONDS = 10.0
_CONNECT_SECONDS = 5.0

Resolve = Callable[[str, int], Sequence[str]]


class HttpsWebhookSender:
    """``ports.WebhookSender``. ``local`` allows addresses of this machine; ``seconds`` is the whole delivery's time."""

    def __init__(
        self,
        *,
        local: bool,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        self._trust = trust or httpcore.default_ssl_context()
        self._backend = _CheckedBackend(resolve or _addresses, local=local, seconds=seconds)
        self._seconds = seconds

    def sign(self, body: str, *, message_id: str, now: datetime, secrets: Sequence[SecretStr]) -> dict[str, str]:
        signatures = (Webhook(each.get_secret_value()).sign(message_id, now, body) for each in secrets)
        return {
            "content-type": "application/json",
            "user-agent": "chorus-connector-webhooks",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def carry(self, message: Signed) -> int:
        timeouts = {"connect": min(_CONNECT_SECONDS, self._seconds)}
        try:
            headers = [*message.headers.items(), ("host", urlsplit(message.url).netloc)]
            with (
                within(seconds_from_now(self._seconds)),
                httpcore.ConnectionPool(ssl_context=self._trust, network_backend=self._backend) as http,
                http.stream(
                    "POST",
                    message.url,
                    headers=headers,
                    content=message.body.encode(),
                    extensions={"timeout": timeouts},
                ) as response,
            ):
                return response.status
        except httpcore.TimeoutException:
            raise Undeliverable("timeout") from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise Undeliverable("connection_failed") from None
        except ValueError:  # an address that the HTTP client or TLS understands differently from ``check_url``
            raise Undeliverable("refused_address") from None


class _CheckedBackend(DeadlineBackend):
    """Connects to an address of the host that was checked. Raises Undeliverable without one."""

    def __init__(self, resolve: Resolve, *, local: bool, seconds: float) -> None:
        super().__init__()
        self._resolve = resolve
        self._local = local
        self._seconds = seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return super().connect_tcp(self._checked_address(host, port), port, timeout, local_address, socket_options)

    def _checked_address(self, host: str, port: int) -> str:
        """An address of the host. Raises Undeliverable when it has none, or one that is not allowed."""
        addresses = self._resolved_in_time(host, port)
        if not addresses:
            raise Undeliverable("unknown_host")
        if not all(is_allowed(ip_address(each), local=self._local) for each in addresses):
            raise Undeliverable("refused_address")
        return addresses[0]

    def _resolved_in_time(self, host: str, port: int) -> Sequence[str]:
        """The host's addresses. The system's resolver cannot be interrupted, so it runs in a thread of its own."""
        answers: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()

        def resolve() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError):
                answers.put(())

        threading.Thread(target=resolve, daemon=True).start()
        try:
            return answers.get(timeout=self._seconds)
        except queue.Empty:
            raise Undeliverable("timeout") from None


def _addresses(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # IPv4 first: a function outside a VPC has no IPv6
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    return [str(each[4][0]) for each in found]

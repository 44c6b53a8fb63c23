"""Webhook requests to suppliers' endpoints: signed as Standard Webhooks defines, sent to public addresses only.

The host name is resolved here, all its addresses are checked, and the connection goes to a checked address: a name
that resolves differently the next time (DNS rebinding) gains nothing. Redirects are not followed, answers not read.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from standardwebhooks.webhooks import Webhook

from chorus_connector.domain.notifications.webhooks import is_allowed
from chorus_connector.ports.notification_values import Signed, Undeliverable

if TYPE_CHECKING:
    from pydantic import SecretStr

_PORTS = {"https": 443, "http": 80}
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)

Resolve = Callable[[str, int], Sequence[str]]


class HttpsWebhookSender:
    """``ports.WebhookSender``. ``local`` allows addresses of this machine."""

    def __init__(self, http: httpx.Client, *, local: bool, resolve: Resolve | None = None) -> None:
        self._http = http
        self._local = local
        self._resolve = resolve or _addresses

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
        parts = urlsplit(message.url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        address = self._checked_address(host, port)
        place = f"[{address}]" if ":" in address else address
        target = parts._replace(netloc=f"{place}:{port}").geturl()
        # TLS still checks the certificate against the host name
        extensions: dict[str, Any] = {"sni_hostname": host}
        try:
            with self._http.stream(
                "POST",
                target,
                content=message.body.encode(),
                headers={**message.headers, "host": parts.netloc},
                extensions=extensions,
            ) as response:
                return response.status_code
        except httpx.TimeoutException:
            raise Undeliverable("timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Undeliverable("connection_failed") from None

    def _checked_address(self, host: str, port: int) -> str:
        """An address of the host. Raises Undeliverable when it has none, or one that is not allowed."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise Undeliverable("unknown_host") from None
        if not addresses:
            raise Undeliverable("unknown_host")
        if not all(is_allowed(ip_address(each), local=self._local) for each in addresses):
            raise Undeliverable("refused_address")
        return addresses[0]


def webhook_client() -> httpx.Client:
    """A client without redirects, proxies from the environment or kept connections."""
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=0)
    return httpx.Client(follow_redirects=False, trust_env=False, timeout=_TIMEOUT, limits=limits)


def _addresses(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # IPv4 first: a function outside a VPC has no IPv6
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    return [str(each[4][0]) for each in found]

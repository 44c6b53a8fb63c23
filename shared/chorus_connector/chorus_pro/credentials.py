"""The credentials of a caller: a technical account with a PISTE application or with a client certificate.

Values only. Their reprs show nothing, because a repr can end in a log.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Literal


def _basic(login: str, password: str) -> str:
    return base64.b64encode(f"{login}:{password}".encode()).decode("ascii")


@dataclass(frozen=True, slots=True)
class PisteCredentials:
    """A PISTE application (client id and secret) and a Chorus Pro technical account."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    login: str = field(repr=False)
    password: str = field(repr=False)

    def headers(self, token: str | None) -> dict[str, str]:
        """The two credentials of every call through PISTE: the application's token and the account."""
        return {"Authorization": f"Bearer {token}", "cpro-account": _basic(self.login, self.password)}


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A client certificate (p12, or PEM holding both certificate and key) and a technical account."""

    login: str = field(repr=False)
    password: str = field(repr=False)
    certificate: bytes = field(repr=False)
    certificate_password: str | None = field(repr=False)
    form: Literal["p12", "pem"] = "p12"

    def headers(self, token: str | None) -> dict[str, str]:  # noqa: ARG002  (same call as PISTE's)
        """HTTP Basic with the technical account; the certificate itself travels in the TLS handshake."""
        return {"Authorization": f"Basic {_basic(self.login, self.password)}"}


ClientCredentials = PisteCredentials | ClientCertificate

"""Turns a client certificate held as a secret into a TLS context, for the certificate gateway (port 5443).

Python's ssl only loads certificates from files. The key therefore passes through a private temporary file
(mode 0600), encrypted under a one-time password when it comes from a p12, and deleted before this function
returns. `cryptography` is imported only here and only for p12, so that token mode never pays for it.
"""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile
from typing import TYPE_CHECKING

import httpx

from chorus_connector.chorus_pro.errors import AccessDenied

if TYPE_CHECKING:
    from chorus_connector.chorus_pro.credentials import ClientCertificate


def tls_context(credentials: ClientCertificate, *, authority: str | None = None) -> ssl.SSLContext:
    """A context with the client certificate; `authority` is an additional PEM root to trust.

    Raises AccessDenied("certificate") when the file or its password is wrong.
    """
    context = httpx.create_ssl_context()
    if authority is not None:
        context.load_verify_locations(cadata=authority)
    try:
        pem, password = _as_pem(credentials)
        _load(context, pem, password)
    except (ValueError, TypeError, ssl.SSLError):
        raise AccessDenied("certificate", "certificate") from None
    return context


def _as_pem(credentials: ClientCertificate) -> tuple[bytes, str | None]:
    if credentials.form == "pem":
        return credentials.certificate, credentials.certificate_password
    return _pem_from_p12(credentials.certificate, credentials.certificate_password)


def _pem_from_p12(content: bytes, password: str | None) -> tuple[bytes, str]:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  (30 ms, certificate mode only)
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415

    bundle = pkcs12.load_pkcs12(content, password.encode() if password else None)
    if bundle.key is None or bundle.cert is None:
        raise ValueError("a p12 without its key or its certificate")
    once = secrets.token_urlsafe(32)
    key = bundle.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(once.encode()),
    )
    chain = [bundle.cert, *bundle.additional_certs]
    return key + b"".join(c.certificate.public_bytes(serialization.Encoding.PEM) for c in chain), once


def _load(context: ssl.SSLContext, pem: bytes, password: str | None) -> None:
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        # Without a password ssl would ask on the terminal; an empty one fails at once.
        context.load_cert_chain(path, password=password or "")
    finally:
        os.unlink(path)

"""Opens a client certificate as the TLS connection would, to say what is wrong with it before the portal is asked."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from chorus_connector.domain.portal.certificates import CertificateMistake, certificate_mistake, validity_problem

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from chorus_connector.domain.portal.credentials import CertificateCredentials
    from chorus_connector.domain.problem import Problem

_LEAST_RSA_BITS = 2048
_KEY = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.+?-----END \1PRIVATE KEY-----", re.DOTALL)
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


def certificate_problem(credentials: CertificateCredentials, now: datetime) -> Problem | None:
    """What the portal's gateway would refuse, or what does not open; None when only the portal can tell more."""
    try:
        certificate = _opened(credentials)
    except _Mistake as found:
        return certificate_mistake(found.mistake)
    return validity_problem(certificate.not_valid_before_utc, certificate.not_valid_after_utc, now)


def certificate_end(credentials: CertificateCredentials) -> datetime | None:
    """When the certificate ends; None for one that does not open."""
    try:
        return _opened(credentials).not_valid_after_utc
    except _Mistake:
        return None


def _opened(credentials: CertificateCredentials) -> x509.Certificate:
    given = credentials.certificate_password
    password = given.get_secret_value().encode() if given and given.get_secret_value() else None
    data = _decoded(credentials.certificate.get_secret_value())
    key, certificate = (_in_p12 if credentials.certificate_format == "p12" else _in_pem)(data, password)
    if key.public_key() != certificate.public_key():
        raise _Mistake("key_of_another")
    _check_strength(certificate)
    return certificate


class _Mistake(Exception):
    def __init__(self, mistake: CertificateMistake) -> None:
        super().__init__(mistake)
        self.mistake = mistake


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _Mistake("not_base64") from None
    if not data:
        raise _Mistake("unreadable")
    return data


def _in_p12(data: bytes, password: bytes | None) -> tuple[PrivateKeyTypes, x509.Certificate]:
    if b"-----BEGIN " in data:
        raise _Mistake("pem_sent_as_p12")
    if not _is_p12(data):
        raise _Mistake("without_key" if _is_der_certificate(data) else "unreadable")
    try:
        bundle = pkcs12.load_pkcs12(data, password)
    except UnsupportedAlgorithm:
        raise _Mistake("protection_unsupported") from None
    except ValueError:
        raise _Mistake(_why_closed(data, password)) from None
    if bundle.key is None:
        raise _Mistake("without_key")
    if bundle.cert is None:
        raise _Mistake("key_of_another" if bundle.additional_certs else "without_certificate")
    return bundle.key, bundle.cert.certificate


def _why_closed(data: bytes, password: bytes | None) -> CertificateMistake:
    """Why a whole p12 does not open with this password."""
    if password is None:
        return "password_missing"
    try:
        pkcs12.load_pkcs12(data, None)
    except (ValueError, UnsupportedAlgorithm):
        return "password_wrong"
    return "password_not_needed"


def _in_pem(data: bytes, password: bytes | None) -> tuple[PrivateKeyTypes, x509.Certificate]:
    """The first key and the first certificate, as ``ssl`` takes them."""
    if b"-----BEGIN " not in data:
        raise _Mistake(
            "p12_sent_as_pem" if _is_p12(data) else "without_key" if _is_der_certificate(data) else "unreadable"
        )
    key = _KEY.search(data)
    if key is None:
        raise _Mistake("without_key" if b"-----BEGIN CERTIFICATE-----" in data else "unreadable")
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise _Mistake("without_certificate")
    try:
        certificate = x509.load_pem_x509_certificates(data)[0]
    except ValueError:
        raise _Mistake("unreadable") from None
    return _pem_key(key.group(0), password), certificate


def _pem_key(block: bytes, password: bytes | None) -> PrivateKeyTypes:
    protected = b"ENCRYPTED" in block
    if protected and password is None:
        raise _Mistake("password_missing")
    try:
        return serialization.load_pem_private_key(block, password if protected else None)
    except UnsupportedAlgorithm:
        raise _Mistake("protection_unsupported") from None
    except (ValueError, TypeError):
        raise _Mistake("password_wrong" if protected else "unreadable") from None


def _is_p12(data: bytes) -> bool:
    """Whether it is a whole DER sequence that begins with version 3, as each p12 does."""
    if data[:1] != b"\x30" or len(data) < 8:
        return False
    first = data[1]
    if first == 0x80:  # of indefinite length: the end is not known from here
        return data[2:5] == b"\x02\x01\x03"
    count = first & 0x7F if first & 0x80 else 0
    length = int.from_bytes(data[2 : 2 + count]) if count else first
    return data[2 + count : 5 + count] == b"\x02\x01\x03" and len(data) >= 2 + count + length


def _is_der_certificate(data: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        return False
    return True


def _check_strength(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if not (
        isinstance(key, rsa.RSAPublicKey)
        or (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES))
    ):
        raise _Mistake("key_unsupported")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        raise _Mistake("key_weak")
    if isinstance(certificate.signature_hash_algorithm, hashes.MD5 | hashes.SHA1):
        raise _Mistake("key_weak")

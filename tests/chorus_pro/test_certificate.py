"""Certificate mode: a p12 or a PEM, a gateway that wants it, and a key that stays nowhere."""

import datetime
import ipaddress
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from chorus_connector.chorus_pro import certificate
from chorus_connector.chorus_pro.certificate import tls_context
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.credentials import ClientCertificate
from chorus_connector.chorus_pro.errors import AccessDenied
from chorus_connector.chorus_pro.hosts import certificate_portal_at
from tests.chorus_pro.doubles import Naps, read_request
from tests.chorus_pro.invoices import invoice

PASSWORD = "p12-password"
PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Pair:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def pem(self, password: str | None = None) -> bytes:
        hidden = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        key = self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, hidden)
        return key + self.certificate.public_bytes(PEM)

    def p12(self, password: str = PASSWORD) -> bytes:
        hidden = serialization.BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(b"x", self.key, self.certificate, None, hidden)


def make(name: str, issuer: Pair | None = None) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is not None:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(authority, critical=False)
    else:
        usage = x509.KeyUsage(
            key_cert_sign=True,
            crl_sign=True,
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    return Pair(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))


AUTHORITY = make("authority")
SUPPLIER = make("supplier", AUTHORITY)


def credentials(
    content: bytes, password: str | None = PASSWORD, form: Literal["p12", "pem"] = "p12"
) -> ClientCertificate:
    return ClientCertificate("TECH_1", "secret", content, password, form)


@contextmanager
def gateway(version: ssl.TLSVersion) -> Iterator[tuple[str, list[bytes]]]:
    """A gateway that talks only to certificates of AUTHORITY; yields its URL and the requests it read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=AUTHORITY.certificate.public_bytes(PEM).decode())
    with tempfile.NamedTemporaryFile() as file:
        file.write(make("gateway", AUTHORITY).pem())
        file.flush()
        context.load_cert_chain(file.name)
    listener = socket.create_server(("127.0.0.1", 0))
    received: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    received.append(read_request(connection))
                    body = b'{"codeRetour":0,"identifiantFactureCPP":8}'
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            except OSError:
                plain.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", received
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def submit_with(who: ClientCertificate, url: str) -> int:
    context = tls_context(who, authority=AUTHORITY.certificate.public_bytes(PEM).decode())
    with httpx.Client(verify=context) as http:
        client = ChorusProClient(certificate_portal_at(url), who, http=http, sleep=Naps())
        return client.submit(invoice()).identifiantFactureCPP


@pytest.mark.parametrize(
    "who",
    [
        credentials(SUPPLIER.p12()),
        credentials(SUPPLIER.pem(PASSWORD), form="pem"),
        credentials(SUPPLIER.pem(), None, form="pem"),
    ],
    ids=["p12", "pem with a password", "bare pem"],
)
def test_the_gateway_sees_the_certificate_and_the_technical_account(who: ClientCertificate) -> None:
    with gateway(ssl.TLSVersion.TLSv1_3) as (url, received):
        assert submit_with(who, url) == 8
    head = received[0].split(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"post /service/factures/soumettre http/1.1")
    assert b"authorization: basic " in head
    assert b"cpro-account" not in head


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_the_gateway_does_not_know_is_refused_credentials_and_not_a_doubt(
    version: ssl.TLSVersion,
) -> None:
    stranger = make("stranger", make("another authority"))
    with gateway(version) as (url, received):
        with pytest.raises(AccessDenied) as raised:
            submit_with(credentials(stranger.p12()), url)
        assert raised.value.which == "certificate"
        assert received == []


@pytest.mark.parametrize(
    "who",
    [
        credentials(SUPPLIER.p12(), "wrong"),
        credentials(SUPPLIER.p12(), None),
        credentials(b"not a p12"),
        credentials(SUPPLIER.pem(PASSWORD), "wrong", form="pem"),
        credentials(SUPPLIER.pem(PASSWORD), None, form="pem"),
        credentials(SUPPLIER.certificate.public_bytes(PEM), None, form="pem"),
        credentials(b"", None, form="pem"),
    ],
    ids=["wrong password", "no password", "not a p12", "wrong pem password", "no pem password", "no key", "empty"],
)
def test_a_certificate_that_cannot_be_opened_is_named(who: ClientCertificate) -> None:
    with pytest.raises(AccessDenied) as raised:
        tls_context(who)
    assert raised.value.which == "certificate"


def test_the_key_is_never_in_the_clear_on_disk_and_its_file_is_gone_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    load = ssl.SSLContext.load_cert_chain

    def watched(self: ssl.SSLContext, path: str, password: str | None = None) -> None:
        written.append(Path(path).read_bytes())
        assert Path(path).stat().st_mode & 0o077 == 0
        load(self, path, password=password)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    certificate.tls_context(credentials(SUPPLIER.p12()))
    assert b"ENCRYPTED PRIVATE KEY" in written[0]
    assert list(tmp_path.iterdir()) == []


def test_token_mode_never_imports_cryptography() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, chorus_connector.chorus_pro.client; print('cryptography' in sys.modules)",
        ],
        env={"PYTHONPATH": str(Path(certificate.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"

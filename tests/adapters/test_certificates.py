"""Each mistake that a person makes with a client certificate has its code, and no answer shows anything of the file."""

import base64
import datetime
import textwrap

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from chorus_connector.adapters.certificates import certificate_end, certificate_problem
from chorus_connector.domain.portal.credentials import CertificateCredentials

NOW = datetime.datetime(2026, 11, 30, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
PASSWORD = "mot-de-passe-secret"
PEM = serialization.Encoding.PEM
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def certificate(key: Key, *, begins: datetime.timedelta = -DAY, ends: datetime.timedelta = DAY) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "menuiserie-durand")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW + begins).not_valid_after(NOW + ends)
    return builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())


KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
GOOD = certificate(KEY)


def key_pem(key: Key = KEY, password: str | None = None) -> bytes:
    hidden = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, hidden)


def cert_pem(cert: x509.Certificate = GOOD) -> bytes:
    return cert.public_bytes(PEM)


def p12(key: Key | None = KEY, cert: x509.Certificate | None = GOOD, password: str | None = PASSWORD) -> bytes:
    hidden = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"x", key, cert, None, hidden)


def p12_without_key() -> bytes:
    hidden = serialization.BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(b"x", None, None, [GOOD], hidden)


def judged(content: bytes | str, form: str, password: str | None) -> str | None:
    text = content if isinstance(content, str) else base64.b64encode(content).decode()
    keys = CertificateCredentials(
        technical_login=SecretStr("TECH"),
        technical_password=SecretStr("secret-du-compte"),
        certificate=SecretStr(text),
        certificate_format=form,  # type: ignore[arg-type]
        certificate_password=SecretStr(password) if password is not None else None,
    )
    problem = certificate_problem(keys, NOW)
    if problem is None:
        return None
    assert problem.blocking
    shown = problem.model_dump_json()
    assert not [
        secret for secret in (PASSWORD, "menuiserie", "secret-du-compte", text[:40]) if secret and secret in shown
    ]
    return problem.code.removeprefix("certificate_")


def test_a_certificate_says_its_end_and_a_file_that_does_not_open_says_none() -> None:
    def keys(content: bytes) -> CertificateCredentials:
        return CertificateCredentials(
            technical_login=SecretStr("TECH"),
            technical_password=SecretStr("x"),
            certificate=SecretStr(base64.b64encode(content).decode()),
            certificate_password=SecretStr(PASSWORD),
        )

    ending = certificate(KEY, begins=-DAY, ends=9 * DAY)
    assert certificate_end(keys(p12(cert=ending))) == ending.not_valid_after_utc
    assert certificate_end(keys(b"no p12")) is None


@pytest.mark.row("S18")
@pytest.mark.parametrize(
    ("content", "form", "password", "said"),
    [
        (p12(), "p12", PASSWORD, None),
        (p12(password=None), "p12", None, None),
        (key_pem(password=PASSWORD) + cert_pem(), "pem", PASSWORD, None),
        (cert_pem() + key_pem(), "pem", None, None),
        (key_pem() + cert_pem(), "pem", "a password that no one needs", None),
        (key_pem().decode(), "pem", None, "not_base64"),
        ("ceci n'est pas du base64", "p12", PASSWORD, "not_base64"),
        (b"no p12", "p12", "x", "unreadable"),
        (b"no PEM", "pem", "x", "unreadable"),
        (p12()[:-40], "p12", PASSWORD, "unreadable"),
        (cert_pem() + key_pem(), "p12", None, "pem_sent_as_p12"),
        (p12(), "pem", PASSWORD, "p12_sent_as_pem"),
        (p12(), "p12", None, "password_missing"),
        (p12(), "p12", "", "password_missing"),
        (p12(), "p12", "wrong", "password_wrong"),
        (p12(password=None), "p12", "wrong", "password_not_needed"),
        (key_pem(password=PASSWORD) + cert_pem(), "pem", None, "password_missing"),
        (key_pem(password=PASSWORD) + cert_pem(), "pem", "wrong", "password_wrong"),
        (cert_pem(), "pem", None, "without_key"),
        (GOOD.public_bytes(serialization.Encoding.DER), "p12", PASSWORD, "without_key"),
        (GOOD.public_bytes(serialization.Encoding.DER), "pem", None, "without_key"),
        (p12_without_key(), "p12", PASSWORD, "without_key"),
        (key_pem(), "pem", None, "missing_in_file"),
        (p12(cert=None), "p12", PASSWORD, "missing_in_file"),
        (key_pem(OTHER) + cert_pem(), "pem", None, "key_of_another"),
        (key_pem() + cert_pem(certificate(OTHER)) + cert_pem(), "pem", None, "key_of_another"),
        (p12(cert=certificate(KEY, begins=-9 * DAY, ends=-DAY)), "p12", PASSWORD, "expired"),
        (p12(cert=certificate(KEY, begins=DAY, ends=9 * DAY)), "p12", PASSWORD, "not_yet_valid"),
        (key_pem() + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "pem", None, "unreadable"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_own_code(content: bytes | str, form: str, password: str | None, said: str | None) -> None:
    assert judged(content, form, password) == said


@pytest.mark.row("S18")
def test_a_key_that_is_too_short_or_of_another_kind_is_named() -> None:
    short = rsa.generate_private_key(65537, 1024)
    assert judged(p12(short, certificate(short)), "p12", PASSWORD) == "key_weak"
    edwards = ed25519.Ed25519PrivateKey.generate()
    assert judged(p12(edwards, certificate(edwards)), "p12", PASSWORD) == "key_unsupported"


def test_the_lines_of_the_command_base64_are_one_text() -> None:
    lines = "\n".join(textwrap.wrap(base64.b64encode(p12()).decode(), 76))
    assert judged(lines, "p12", PASSWORD) is None


@given(st.binary(max_size=300), st.sampled_from(["p12", "pem"]), st.sampled_from([None, "", "x"]))
@settings(max_examples=200)
def test_no_file_is_answered_with_an_error(content: bytes, form: str, password: str | None) -> None:
    assert judged(content, form, password) is not None


@given(st.integers(0, len(p12()) - 1), st.integers(1, 255))
@settings(max_examples=100)
def test_no_damage_is_answered_with_an_error(at: int, by: int) -> None:
    damaged = bytearray(p12())
    damaged[at] ^= by
    judged(bytes(damaged), "p12", PASSWORD)

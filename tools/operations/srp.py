"""Prove a password to Cognito without sending it: the client's side of SRP (flow USER_SRP_AUTH).

The group is RFC 3526's with 3,072 bits, the generator 2. RFC 5054 leaves hashes and padding open; these are the ones of
AWS's own SDKs (amazon-cognito-identity-js, AuthenticationHelper).
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
GENERATOR = 2


class NotTheServer(RuntimeError):
    """The answer of the server is one that would reveal the password's proof; no honest server sends it."""


class PasswordProof:
    """One sign-in's proof. ``public`` is the value SRP_A of the first request."""

    def __init__(self, pool_id: str, password: str, *, secret: int | None = None) -> None:
        self._pool = pool_id.split("_", 1)[1]
        self._password = password
        self._secret = secret or secrets.randbits(1024)
        self._public = pow(GENERATOR, self._secret, PRIME)
        self.public = f"{self._public:x}"

    def answer(self, challenge: Mapping[str, str], now: datetime) -> dict[str, str]:
        """The responses to PASSWORD_VERIFIER. Raises NotTheServer."""
        user, block = challenge["USER_ID_FOR_SRP"], challenge["SECRET_BLOCK"]
        timestamp = _timestamp(now)
        key = self._key(user, salt=int(challenge["SALT"], 16), server=int(challenge["SRP_B"], 16))
        signed = (self._pool + user).encode() + b64decode(block) + timestamp.encode()
        return {
            "USERNAME": challenge["USERNAME"],
            "TIMESTAMP": timestamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": b64encode(hmac.digest(key, signed, sha256)).decode(),
        }

    def _key(self, user: str, *, salt: int, server: int) -> bytes:
        mixed = _hashed(_padded(self._public), _padded(server))
        if server % PRIME == 0 or mixed == 0:
            raise NotTheServer
        identity = sha256(f"{self._pool}{user}:{self._password}".encode()).digest()
        private = _hashed(_padded(salt), identity)
        multiplier = _hashed(_padded(PRIME), _padded(GENERATOR))
        base = server - multiplier * pow(GENERATOR, private, PRIME)
        session = pow(base, self._secret + mixed * private, PRIME)
        return _derived_key(session, mixed)


def _derived_key(session: int, mixed: int) -> bytes:
    """The key that signs the proof; both sides derive it from the shared session value."""
    return HKDF(SHA256(), length=16, salt=_padded(mixed), info=b"Caldera Derived Key").derive(_padded(session))


def _hashed(*parts: bytes) -> int:
    """SHA-256 of the parts, as a number."""
    return int.from_bytes(sha256(b"".join(parts)).digest(), "big")


def _padded(number: int) -> bytes:
    """The number as Java's BigInteger writes it: big-endian, with a zero byte before a first bit that is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _timestamp(now: datetime) -> str:
    """As Cognito reads it: English whatever the locale is, the day without a leading zero, UTC."""
    weekday, month, day, clock, year = now.astimezone(UTC).ctime().split()
    return f"{weekday} {month} {day} {clock} UTC {year}"

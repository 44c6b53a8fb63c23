"""A user pool that answers a sign-in as AWS documents it: real SRP, sessions that can be used once, real TOTP codes.

Written from the API reference and RFC 2945, not from the client: it shares no arithmetic with it.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tools.operations.srp import PRIME as N

_A_PROOF_IS_GOOD_FOR = timedelta(seconds=10)  # "within a few seconds"


def totp(secret: str) -> TOTP:
    """What an authenticator application computes from the key it was shown (RFC 6238, 30 seconds, six digits)."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30, enforce_key_length=False)


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "RespondToAuthChallenge")


@dataclass
class Person:
    """A user of the fake pool; ``temporary`` until the first sign-in."""

    name: str
    password: str
    temporary: bool = False
    secret: str = ""
    used_codes: set[str] = field(default_factory=set)


@dataclass
class FakeCognito:
    """The calls of a sign-in. ``requires_mfa`` is MfaConfiguration ON; ``now`` is Cognito's clock."""

    pool_id: str = "eu-west-3_AbCdEf123"
    client_id: str = "people"
    requires_mfa: bool = True
    people: dict[str, Person] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open: dict[str, dict[str, Any]] = {}
        self._proofs: dict[str, dict[str, Any]] = {}

    def add(self, name: str, password: str, **more: Any) -> Person:
        self.people[name] = Person(name, password, **more)
        return self.people[name]

    def initiate_auth(self, **request: Any) -> dict[str, Any]:
        self.calls.append(("InitiateAuth", request))
        self._check_client(request)
        parameters = request["AuthParameters"]
        if request["AuthFlow"] == "REFRESH_TOKEN_AUTH":
            if not parameters["REFRESH_TOKEN"].startswith("refresh-"):
                raise refusal("NotAuthorizedException", "Invalid Refresh Token")
            return _result(parameters["REFRESH_TOKEN"].removeprefix("refresh-"), renewed=True)
        assert request["AuthFlow"] == "USER_SRP_AUTH"
        name, public = parameters["USERNAME"], int(parameters["SRP_A"], 16)
        if public % N == 0:
            raise refusal("InvalidParameterException", "Invalid SRP_A")
        # an unknown person gets a challenge too (PreventUserExistenceErrors)
        password = self.people[name].password if name in self.people else secrets.token_hex()
        salt, private = secrets.randbits(128), secrets.randbits(1024)
        verifier = pow(2, self._x(salt, name, password), N)
        shown = (self._k() * verifier + pow(2, private, N)) % N
        block = base64.b64encode(secrets.token_bytes(200)).decode()
        u = _sha(_signed(public), _signed(shown))
        session = pow(public * pow(verifier, u, N), private, N)
        self._proofs[block] = {"name": name, "key": _hkdf(session, u), "at": self.now}
        challenge = {"USERNAME": name, "USER_ID_FOR_SRP": name, "SALT": f"{salt:x}", "SRP_B": f"{shown:x}"}
        return {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": {**challenge, "SECRET_BLOCK": block}}

    def respond_to_auth_challenge(self, **request: Any) -> dict[str, Any]:
        self.calls.append(("RespondToAuthChallenge", request))
        self._check_client(request)
        name, responses = request["ChallengeName"], request["ChallengeResponses"]
        if name == "PASSWORD_VERIFIER":
            return self._verified(responses)
        person = self._session(request["Session"], name)
        assert responses["USERNAME"] == person.name
        if name == "NEW_PASSWORD_REQUIRED":
            if len(responses["NEW_PASSWORD"]) < 12:
                raise refusal(
                    "InvalidPasswordException", "Password did not conform with policy: Password not long enough"
                )
            person.password, person.temporary = responses["NEW_PASSWORD"], False
        elif name == "SOFTWARE_TOKEN_MFA":
            self._check_code(person, person.secret, responses["SOFTWARE_TOKEN_MFA_CODE"], "CodeMismatchException")
        else:
            assert name == "MFA_SETUP"
            assert person.secret, "the session of VerifySoftwareToken finishes the setup"
        del self._open[request["Session"]]
        return self._next(person, done=name)

    def associate_software_token(self, *, Session: str) -> dict[str, Any]:  # noqa: N803 (Cognito's)
        person = self._session(Session, "MFA_SETUP")
        del self._open[Session]
        secret = base64.b32encode(secrets.token_bytes(20)).decode()
        return {"SecretCode": secret, "Session": self._opened(person, "ASSOCIATED", secret=secret)}

    def verify_software_token(self, *, Session: str, UserCode: str) -> dict[str, Any]:  # noqa: N803 (Cognito's)
        person = self._session(Session, "ASSOCIATED")
        secret = self._open[Session]["secret"]
        self._check_code(person, secret, UserCode, "EnableSoftwareTokenMFAException")
        person.secret = secret
        del self._open[Session]
        return {"Status": "SUCCESS", "Session": self._opened(person, "MFA_SETUP")}

    def _verified(self, responses: dict[str, str]) -> dict[str, Any]:
        proof = self._proofs[responses["PASSWORD_CLAIM_SECRET_BLOCK"]]
        name, timestamp = proof["name"], responses["TIMESTAMP"]
        if not re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [1-3]?\d \d\d:\d\d:\d\d UTC \d{4}", timestamp):
            raise refusal(
                "InvalidParameterException", "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
            )
        block = base64.b64decode(responses["PASSWORD_CLAIM_SECRET_BLOCK"])
        signed = self.pool_id.split("_")[1].encode() + name.encode() + block + timestamp.encode()
        wanted = base64.b64encode(hmac.new(proof["key"], signed, hashlib.sha256).digest()).decode()
        late = self.now - proof["at"] > _A_PROOF_IS_GOOD_FOR
        if late or not hmac.compare_digest(wanted, responses["PASSWORD_CLAIM_SIGNATURE"]) or name not in self.people:
            raise refusal("NotAuthorizedException", "Incorrect username or password.")
        return self._next(self.people[name], done="PASSWORD_VERIFIER")

    def _next(self, person: Person, *, done: str) -> dict[str, Any]:
        parameters: dict[str, str]
        if person.temporary:
            name, parameters = "NEW_PASSWORD_REQUIRED", {"requiredAttributes": "[]", "userAttributes": json.dumps({})}
        elif self.requires_mfa and not person.secret:
            name, parameters = "MFA_SETUP", {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'}
        elif person.secret and done not in {"SOFTWARE_TOKEN_MFA", "MFA_SETUP"}:
            name, parameters = "SOFTWARE_TOKEN_MFA", {"FRIENDLY_DEVICE_NAME": "phone"}
        else:
            return _result(person.name)
        parameters["USER_ID_FOR_SRP"] = person.name
        return {"ChallengeName": name, "Session": self._opened(person, name), "ChallengeParameters": parameters}

    def _opened(self, person: Person, name: str, **more: str) -> str:
        session = secrets.token_urlsafe(24)
        self._open[session] = {"person": person, "for": name, **more}
        return session

    def _session(self, session: str, name: str) -> Person:
        if session not in self._open or self._open[session]["for"] != name:
            raise refusal("NotAuthorizedException", "Invalid session for the user, session can only be used once.")
        person: Person = self._open[session]["person"]
        return person

    def _check_code(self, person: Person, secret: str, code: str, mismatch: str) -> None:
        if code in person.used_codes:
            raise refusal("ExpiredCodeException", "Your software token has already been used once.")
        try:
            totp(secret).verify(code.encode(), int(self.now.timestamp()))
        except InvalidToken:
            raise refusal(mismatch, "Code mismatch") from None
        person.used_codes.add(code)

    def _check_client(self, request: dict[str, Any]) -> None:
        assert request["ClientId"] == self.client_id

    def _x(self, salt: int, name: str, password: str) -> int:
        inner = hashlib.sha256(f"{self.pool_id.split('_')[1]}{name}:{password}".encode()).digest()
        return _sha(_signed(salt), inner)

    def _k(self) -> int:
        return _sha(_signed(N), b"\x02")


def _result(name: str, *, renewed: bool = False) -> dict[str, Any]:
    tokens = {"AccessToken": f"access-{name}", "ExpiresIn": 900, "TokenType": "Bearer"}
    return {"AuthenticationResult": tokens if renewed else {**tokens, "RefreshToken": f"refresh-{name}"}}


def _signed(number: int) -> bytes:
    text = f"{number:x}"
    text = "0" * (len(text) % 2) + text
    return bytes.fromhex("00" + text if text[0] in "89abcdef" else text)


def _sha(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


def _hkdf(session: int, u: int) -> bytes:
    extracted = hmac.new(_signed(u), _signed(session), hashlib.sha256).digest()
    return hmac.new(extracted, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]

"""Sign a person in to an installation's user pool, with each challenge that the pool may set.

A first sign-in is: password, new password, authenticator. A later one: password, code of the authenticator.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

from botocore.exceptions import ClientError

from tools.operations.srp import NotTheServer, PasswordProof

_WRONG_CODE = frozenset({"CodeMismatchException", "EnableSoftwareTokenMFAException", "ExpiredCodeException"})
_WEAK_PASSWORD = frozenset({"InvalidPasswordException", "PasswordHistoryPolicyViolationException"})
_TRIES = 3
"""How often an answer that was refused is asked for again; the challenge stays open in between."""


class SignInFailed(RuntimeError):
    """The sign-in cannot be finished; the text says why in one line."""


class Questions(Protocol):
    """What a sign-in asks the person. ``problem`` is why the previous answer was refused, or empty."""

    def new_password(self, problem: str) -> str: ...

    def code(self, problem: str) -> str: ...

    def show_authenticator(self, secret: str, uri: str) -> None: ...


@dataclass(frozen=True)
class Tokens:
    """Tokens of a person. A renewal gives no new refresh token."""

    access: str
    refresh: str | None
    seconds: int


class SignIn:
    """Sign-in through one client of one pool. ``cognito`` is a boto3 client; these calls need no AWS credentials."""

    def __init__(self, cognito: Any, *, pool_id: str, client_id: str, questions: Questions, issuer: str) -> None:
        self._cognito = cognito
        self._pool_id = pool_id
        self._client = {"ClientId": client_id}
        self._questions = questions
        self._issuer = issuer

    def with_password(
        self, user: str, password: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> Tokens:
        """Sign in from the start. Raises SignInFailed, and ClientError with Cognito's reason.

        Cognito accepts the proof for a few seconds only, so the password is asked for before.
        """
        proof = PasswordProof(self._pool_id, password)
        parameters = {"USERNAME": user, "SRP_A": proof.public}
        answer = self._cognito.initiate_auth(AuthFlow="USER_SRP_AUTH", AuthParameters=parameters, **self._client)
        self._expect(answer, "PASSWORD_VERIFIER")
        user = answer["ChallengeParameters"]["USERNAME"]
        try:
            proven = proof.answer(answer["ChallengeParameters"], now())
        except NotTheServer:
            raise SignInFailed("the answer is not one of Cognito's: check the endpoint and the network") from None
        answer = self._respond(answer, proven)
        steps = {
            "NEW_PASSWORD_REQUIRED": self._set_password,
            "MFA_SETUP": self._set_up_authenticator,
            "SOFTWARE_TOKEN_MFA": self._give_code,
        }
        while "AuthenticationResult" not in answer:
            self._expect(answer, *steps)
            answer = steps[answer["ChallengeName"]](user, answer)
        return _tokens(answer)

    def again(self, refresh_token: str) -> Tokens:
        """New tokens without a question, for as long as the sign-in lasts. Raises ClientError."""
        parameters = {"REFRESH_TOKEN": refresh_token}
        return _tokens(
            self._cognito.initiate_auth(AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters, **self._client)
        )

    def _set_password(self, user: str, challenge: Mapping[str, Any]) -> Any:
        missing = challenge["ChallengeParameters"].get("requiredAttributes", "[]")
        if missing not in {"", "[]"}:
            raise SignInFailed(f"the pool asks for attributes that an administrator sets first: {missing}")

        def answer(problem: str) -> Any:
            return self._respond(challenge, {"USERNAME": user, "NEW_PASSWORD": self._questions.new_password(problem)})

        return _until_accepted(answer, _WEAK_PASSWORD)

    def _give_code(self, user: str, challenge: Mapping[str, Any]) -> Any:
        def answer(problem: str) -> Any:
            code = self._questions.code(problem)
            return self._respond(challenge, {"USERNAME": user, "SOFTWARE_TOKEN_MFA_CODE": code})

        return _until_accepted(answer, _WRONG_CODE)

    def _set_up_authenticator(self, user: str, challenge: Mapping[str, Any]) -> Any:
        offered = challenge["ChallengeParameters"].get("MFAS_CAN_SETUP", "")
        if "SOFTWARE_TOKEN_MFA" not in offered:
            raise SignInFailed(f"the pool lets no authenticator be set up, only {offered}")
        made = self._cognito.associate_software_token(Session=challenge["Session"])
        self._questions.show_authenticator(made["SecretCode"], otpauth_uri(made["SecretCode"], user, self._issuer))

        def verify(problem: str) -> Any:
            code = self._questions.code(problem)
            return self._cognito.verify_software_token(Session=made["Session"], UserCode=code)

        verified = _until_accepted(verify, _WRONG_CODE)
        if verified["Status"] != "SUCCESS":
            raise SignInFailed("the authenticator was not accepted: sign in again")
        return self._respond({**challenge, "Session": verified["Session"]}, {"USERNAME": user})

    def _respond(self, challenge: Mapping[str, Any], responses: Mapping[str, str]) -> Any:
        session = {"Session": challenge["Session"]} if "Session" in challenge else {}  # SRP's first answer has none
        name = challenge["ChallengeName"]
        return self._cognito.respond_to_auth_challenge(
            ChallengeName=name, ChallengeResponses=dict(responses), **session, **self._client
        )

    def _expect(self, answer: Mapping[str, Any], *names: str) -> None:
        if answer.get("ChallengeName") not in names:
            raise SignInFailed(f"Cognito asks for {answer.get('ChallengeName')}, which this command cannot answer")


def otpauth_uri(secret: str, user: str, issuer: str) -> str:
    """The address that authenticator applications read, often from a QR code. Source: Google's Key Uri Format."""
    return f"otpauth://totp/{quote(issuer)}:{quote(user)}?secret={secret}&issuer={quote(issuer)}"


def _until_accepted(answer: Callable[[str], Any], refused: frozenset[str]) -> Any:
    """What Cognito answers to the first accepted try. Raises ClientError of the last one."""
    problem = ""
    for _ in range(_TRIES - 1):
        try:
            return answer(problem)
        except ClientError as error:
            if error.response["Error"]["Code"] not in refused:
                raise
            problem = error.response["Error"]["Message"]
    return answer(problem)


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    result = answer["AuthenticationResult"]
    return Tokens(result["AccessToken"], result.get("RefreshToken"), result["ExpiresIn"])

"""The sign-in of a person: against vectors of another client, and against a pool that behaves as AWS documents it."""

import hashlib
import sys
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.operations.fake_cognito import FakeCognito, totp
from tests.tools.test_command_line import typed
from tools.operations.sign_in import SignIn, SignInFailed, Tokens, otpauth_uri
from tools.operations.srp import PRIME, NotTheServer, PasswordProof

THE_NINTH = datetime(2026, 11, 9, 8, 3, 7, tzinfo=UTC)
PASSWORD = "A-long-password-1"


@dataclass
class Answers:
    """A person who answers with these passwords and reads codes from their authenticator."""

    cognito: FakeCognito
    passwords: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    secret: str = ""
    uri: str = ""

    def new_password(self, problem: str) -> str:
        self.problems.append(problem)
        return self.passwords.pop(0)

    def code(self, problem: str) -> str:
        self.problems.append(problem)
        return self.codes.pop(0) if self.codes else self.right_code()

    def right_code(self) -> str:
        return totp(self.secret).generate(int(self.cognito.now.timestamp())).decode()

    def show_authenticator(self, secret: str, uri: str) -> None:
        self.secret, self.uri = secret, uri


def sign_in(cognito: FakeCognito, answers: Answers, user: str, password: str) -> Tokens:
    signing_in = SignIn(
        cognito, pool_id=cognito.pool_id, client_id=cognito.client_id, questions=answers, issuer="Chorus Pro connector"
    )
    return signing_in.with_password(user, password, now=lambda: cognito.now)


# Computed by pycognito 2024.5.1 (AWSSRP.process_challenge) from the same numbers; the second salt has an odd length.
@pytest.mark.parametrize(
    ("seed", "user", "password", "public", "signature"),
    [
        (
            "a",
            "first-admin",
            "Correct-Horse-9",
            "72d4c892b52f05da24d8595e",
            "6P2joddn5L2JnrIJWkeTrLjCp0YWC93wM4HmU/uUqKs=",
        ),
        (
            "b",
            "élodie",
            "Mot de passe é€ 1!",
            "86d762d584a4ec60564798614",
            "JOjO60MVlXVX2UrANThJ14LvleBQcCMyQ6v/WzELppg=",
        ),
        ("c", "u", "x" * 99 + "A1!", "11e0ac3e10dee2d60373c21717459", "d3swkSpASB7rbtshkoa9cDWsh7YxE++1AvHURfHokBI="),
    ],
)
def test_the_proof_is_the_one_that_another_client_computes(
    seed: str, user: str, password: str, public: str, signature: str
) -> None:
    def number(name: str, size: int) -> int:
        return int.from_bytes(hashlib.shake_256((seed + name).encode()).digest(size), "big")

    proof = PasswordProof("eu-west-3_AbCdEf123", password, secret=number("a", 128))
    assert proof.public.startswith(public)
    challenge = {
        "USERNAME": user,
        "USER_ID_FOR_SRP": user,
        "SALT": f"{number('salt', 16):x}",
        "SRP_B": f"{number('B', 384) % PRIME:x}",
        "SECRET_BLOCK": b64encode(hashlib.shake_256((seed + "block").encode()).digest(200)).decode(),
    }
    answer = proof.answer(challenge, THE_NINTH)
    assert answer["TIMESTAMP"] == "Mon Nov 9 08:03:07 UTC 2026"
    assert answer["PASSWORD_CLAIM_SIGNATURE"] == signature


@given(user=st.text(min_size=1, max_size=20), password=st.text(max_size=40), other=st.text(max_size=40))
@settings(max_examples=4, deadline=None)
def test_the_right_password_is_accepted_and_any_other_is_not(user: str, password: str, other: str) -> None:
    cognito = FakeCognito(requires_mfa=False)
    cognito.add(user, password)
    assert sign_in(cognito, Answers(cognito), user, password).access == f"access-{user}"
    if other != password:
        with pytest.raises(ClientError, match="NotAuthorizedException"):
            sign_in(cognito, Answers(cognito), user, other)


def test_an_unknown_person_is_refused_like_a_wrong_password() -> None:
    with pytest.raises(ClientError, match="Incorrect username or password"):
        sign_in(FakeCognito(), Answers(FakeCognito()), "nobody", PASSWORD)


@pytest.mark.parametrize("shown", ["0", f"{PRIME:x}", f"{2 * PRIME:x}"])
def test_a_server_that_would_learn_the_proof_gets_none(shown: str) -> None:
    challenge = {"USERNAME": "u", "USER_ID_FOR_SRP": "u", "SALT": "1", "SRP_B": shown, "SECRET_BLOCK": ""}
    with pytest.raises(NotTheServer):
        PasswordProof("eu-west-3_A", PASSWORD).answer(challenge, THE_NINTH)


def test_a_first_sign_in_sets_the_password_and_the_authenticator_and_a_later_one_asks_for_its_code() -> None:
    cognito = FakeCognito()
    cognito.add("first-admin", "Temporary-1", temporary=True)
    person = Answers(cognito, passwords=["A-new-password-1"])
    tokens = sign_in(cognito, person, "first-admin", "Temporary-1")
    assert tokens == Tokens("access-first-admin", "refresh-first-admin", 900)
    assert person.uri == otpauth_uri(person.secret, "first-admin", "Chorus Pro connector")
    assert person.uri.startswith("otpauth://totp/Chorus%20Pro%20connector:first-admin?secret=")

    cognito.now += timedelta(minutes=1)
    person.problems.clear()
    assert sign_in(cognito, person, "first-admin", "A-new-password-1") == tokens
    assert person.problems == [""]  # one code, no new password
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        sign_in(cognito, person, "first-admin", "Temporary-1")


def test_a_weak_password_and_a_wrong_code_are_asked_for_again_with_the_reason() -> None:
    cognito = FakeCognito()
    cognito.add("first-admin", "Temporary-1", temporary=True)
    person = Answers(cognito, passwords=["weak", "A-new-password-1"], codes=["000000"])
    sign_in(cognito, person, "first-admin", "Temporary-1")
    assert person.problems == [
        "",
        "Password did not conform with policy: Password not long enough",
        "",
        "Code mismatch",
    ]

    used = person.right_code()  # within the same half minute: Cognito accepts a code once
    person.codes, person.problems = [used, "000000", used], []
    with pytest.raises(ClientError, match="ExpiredCodeException"):
        sign_in(cognito, person, "first-admin", "A-new-password-1")
    assert person.problems == ["", "Your software token has already been used once.", "Code mismatch"]


def test_without_a_required_second_factor_a_password_is_enough() -> None:
    cognito = FakeCognito(requires_mfa=False)
    cognito.add("dev", "Temporary-1", temporary=True)
    assert sign_in(cognito, Answers(cognito, passwords=["A-new-password-1"]), "dev", "Temporary-1").refresh


def test_a_challenge_that_is_not_understood_is_named() -> None:
    class Asks(FakeCognito):
        def respond_to_auth_challenge(self, **request: Any) -> dict[str, Any]:
            return {"ChallengeName": "SELECT_MFA_TYPE", "Session": "s", "ChallengeParameters": {}}

    with pytest.raises(SignInFailed, match="SELECT_MFA_TYPE"):
        sign_in(Asks(), Answers(FakeCognito()), "u", PASSWORD)


def test_an_authenticator_that_cognito_does_not_accept_is_no_sign_in() -> None:
    class Declines(FakeCognito):
        def verify_software_token(self, **_: str) -> dict[str, Any]:
            return {"Status": "ERROR", "Session": "s"}

    cognito = Declines()
    cognito.add("alice", PASSWORD)
    with pytest.raises(SignInFailed, match="not accepted"):
        sign_in(cognito, Answers(cognito), "alice", PASSWORD)


def test_attributes_that_a_pool_requires_are_named() -> None:
    class Asks(FakeCognito):
        def respond_to_auth_challenge(self, **request: Any) -> dict[str, Any]:
            parameters = {"requiredAttributes": '["userAttributes.email"]'}
            return {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s", "ChallengeParameters": parameters}

    with pytest.raises(SignInFailed, match="email"):
        sign_in(Asks(), Answers(FakeCognito()), "u", PASSWORD)


def test_no_request_contains_the_password_or_the_secret_of_the_authenticator() -> None:
    cognito = FakeCognito()
    cognito.add("first-admin", PASSWORD, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    sign_in(cognito, Answers(cognito, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), "first-admin", PASSWORD)
    assert cognito.calls
    assert not [each for each in cognito.calls if PASSWORD in str(each) or "JBSWY3DP" in str(each)]


class Terminal:
    """``chorus-connector`` with a fake pool behind it and lines on its input."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cognito: FakeCognito) -> None:
        self._monkeypatch = monkeypatch
        outputs = {"UserPoolId": cognito.pool_id, "UserPoolClientId": cognito.client_id}
        listed = [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()]
        stacks = type("Stacks", (), {"describe_stacks": lambda _, **__: {"Stacks": [{"Outputs": listed}]}})()
        clients: dict[str, Any] = {"cloudformation": stacks, "cognito-idp": cognito}
        monkeypatch.setattr(boto3, "client", clients.__getitem__)
        monkeypatch.delenv("CHORUS_REFRESH_TOKEN", raising=False)

    def types(self, *words: str, lines: tuple[str, ...] = ()) -> int:
        self._monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{line}\n" for line in lines)))
        return typed(self._monkeypatch, "sign-in", "--environment", "production", *words)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    cognito = FakeCognito(requires_mfa=False)
    cognito.add("alice", PASSWORD)
    cognito.add("new", "Temporary-1", temporary=True)
    return Terminal(monkeypatch, cognito)


def test_only_the_token_is_on_stdout(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.types("--user", "alice", lines=(PASSWORD,)) == 0
    shown = capsys.readouterr()
    assert shown.out == "access-alice\n"
    assert "15 minutes" in shown.err


def test_a_new_password_is_entered_twice(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    typed_lines = ("new", "Temporary-1", "A-new-password-1", "A-new-pasword-1", "A-new-password-1", "A-new-password-1")
    assert terminal.types(lines=typed_lines) == 0
    shown = capsys.readouterr()
    assert shown.out == "access-new\n"
    assert "two are different" in shown.err


def test_an_exported_sign_in_renews_its_token_without_a_question(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.types("--user", "alice", "--export", lines=(PASSWORD,)) == 0
    assert capsys.readouterr().out == "export TOKEN=access-alice\nexport CHORUS_REFRESH_TOKEN=refresh-alice\n"
    monkeypatch.setenv("CHORUS_REFRESH_TOKEN", "refresh-alice")
    assert terminal.types() == 0
    assert capsys.readouterr().out == "access-alice\n"


@pytest.mark.parametrize("lines", [("wrong",), ()])
def test_a_sign_in_that_fails_prints_no_token_and_one_line(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], lines: tuple[str, ...]
) -> None:
    assert terminal.types("--user", "alice", lines=lines) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1

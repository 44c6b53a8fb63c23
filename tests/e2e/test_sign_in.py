"""How a person gets in, on the local stack: created and invited, signed in at a terminal and on the managed login page.

The emulator never sets up an authenticator by challenge; ``tests/tools/operations/test_sign_in.py`` covers that.
"""

import hashlib
import json
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import boto3
import httpx
import pytest
from typer.testing import CliRunner, Result

from tests.e2e.conftest import Running
from tests.e2e.test_operations import terminal
from tests.tools.operations.fake_cognito import totp
from tools.cli import app
from tools.demo import Api

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

PASSWORD = "A-new-password-1"
Run = Callable[..., Result]


@pytest.fixture
def run(stack: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """``chorus-connector`` with lines on its input."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with patch.dict("os.environ", terminal(stack)):
        yield lambda *words, lines=(): CliRunner().invoke(app, words, input="".join(f"{line}\n" for line in lines))


def invitation(stack: Running, address: str) -> tuple[str, str]:
    """The user name and the temporary password of the last invitation to that address."""
    body = unescape(stack.emails_to(address)[-1]["BodyHtml"])
    name = re.findall(r"User name:<br>(.*?)</p>", body)[-1]
    return name, re.findall(r"Temporary password:<br>(.*?)</p>", body)[-1]


def test_the_first_administrator_is_created_invited_and_signs_in(stack: Running, run: Run) -> None:
    made = run("create-person", "invited-admin", "--email", "invited.admin@example.org", "--administrator")
    assert made.exit_code == 0, made.stderr
    name, temporary = invitation(stack, "invited.admin@example.org")
    assert name == "invited-admin"

    signed_in = run("sign-in", "--user", name, lines=(temporary, PASSWORD, PASSWORD))
    assert signed_in.exit_code == 0, signed_in.stderr
    (token,) = signed_in.stdout.split()
    with Api(stack.stack.api_url, token) as api:
        me = api.call("GET", "/me")
        assert "suppliers" in api.call("GET", "/suppliers")
    assert json.loads(made.stdout)["principal"] == me["principal"] == stack.stack.subject(token)

    again = run("create-person", "invited-admin", "--email", "invited.admin@example.org", "--administrator")
    assert json.loads(again.stdout) == json.loads(made.stdout)
    assert "no invitation" in again.stderr
    other = run("create-person", "invited-admin", "--email", "somebody.else@example.org", "--administrator")
    assert (other.exit_code, other.stdout) == (2, "")


def test_a_later_sign_in_asks_for_the_code_and_its_refresh_token_renews(stack: Running, run: Run) -> None:
    cognito: Any = stack.stack.boto_client("cognito-idp")
    pool, client = stack.stack.outputs["UserPoolId"], stack.stack.outputs["UserPoolClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="with-code", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="with-code", Password=PASSWORD, Permanent=True)
    first = run("sign-in", "--user", "with-code", lines=(PASSWORD,)).stdout.strip()
    secret = cognito.associate_software_token(AccessToken=first)["SecretCode"]
    now = int(time.time())
    cognito.verify_software_token(AccessToken=first, UserCode=totp(secret).generate(now).decode())

    code = totp(secret).generate(int(time.time())).decode()
    signed_in = run("sign-in", "--user", "with-code", "--export", lines=(PASSWORD, "000000", code))
    assert signed_in.exit_code == 0, signed_in.stderr
    assert "Invalid code" in signed_in.stderr
    exported = dict(re.findall(r"^export (\w+)=(\S+)$", signed_in.stdout, re.MULTILINE))
    assert set(exported) == {"TOKEN", "CHORUS_REFRESH_TOKEN"}
    with patch.dict("os.environ", {"CHORUS_REFRESH_TOKEN": exported["CHORUS_REFRESH_TOKEN"]}):
        renewed = run("sign-in").stdout.strip()
        assert renewed != exported["TOKEN"]
        assert stack.stack.subject(renewed) == stack.stack.subject(exported["TOKEN"])
        cognito.revoke_token(Token=exported["CHORUS_REFRESH_TOKEN"], ClientId=client)
        ended = run("sign-in")
        assert (ended.stdout, ended.exit_code != 0) == ("", True)


def test_a_wrong_password_gets_no_token(stack: Running, run: Run) -> None:
    stack.stack.user_token("wrong-password")
    for user in ("wrong-password", "an-unknown-name"):
        refused = run("sign-in", "--user", user, lines=("Not-the-password-1",))
        assert refused.stdout == ""
        assert "Incorrect username or password" in str(refused.exception)


def test_the_managed_login_page_signs_a_person_in_whose_token_calls_the_api(stack: Running) -> None:
    cognito: Any = stack.stack.boto_client("cognito-idp")
    pool, client_id = stack.stack.outputs["UserPoolId"], stack.stack.outputs["ConsoleClientId"]
    client = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)["UserPoolClient"]
    (callback,), verifier = client["CallbackURLs"], secrets.token_urlsafe(48)
    assert callback.endswith("/console/callback")
    subject = stack.stack.subject(stack.stack.user_token("page-person"))
    cognito.admin_set_user_password(UserPoolId=pool, Username="page-person", Password=PASSWORD, Permanent=True)

    with httpx.Client(base_url=stack.stack.endpoint_url, trust_env=False) as browser:
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": callback,
            "scope": "openid chorus-connector/api",
            "state": "s",
            "code_challenge": urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        page = browser.get("/oauth2/authorize", params=asked).text
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        fields = {name: unescape(value) for name, value in form.items()}
        redirected = browser.post("/login", data={**fields, "username": "page-person", "password": PASSWORD})
        back = parse_qs(urlsplit(redirected.headers["location"]).query)
        assert redirected.headers["location"].startswith(callback)
        redeemed = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": callback}
        secret = (client_id, client["ClientSecret"])
        for proof, credentials in (("not-the-verifier", secret), (verifier, (client_id, "guess"))):
            refused = browser.post("/oauth2/token", data={**redeemed, "code_verifier": proof}, auth=credentials)
            assert refused.is_error
        tokens = browser.post("/oauth2/token", data={**redeemed, "code_verifier": verifier}, auth=secret).json()

    with Api(stack.stack.api_url, tokens["access_token"]) as api:
        assert api.call("GET", "/me")["principal"] == subject
    with pytest.raises(HTTPError, match="403"):  # an ID token has no scope; the gateway answers by itself
        urlopen(Request(f"{stack.stack.api_url}/me", headers={"Authorization": f"Bearer {tokens['id_token']}"}))
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.get_user(AccessToken=tokens["access_token"])

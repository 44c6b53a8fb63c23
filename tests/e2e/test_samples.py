"""What `chorus-connector up` shows in a browser: the console under its name, its sign-in, and the samples."""

import base64
import hashlib
import json
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.e2e.conftest import Running
from tools.local_stack.deployed import ADMINISTRATOR, password
from tools.samples import SUPPLIER, make_samples

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

VERIFIER = "a-verifier-that-is-longer-than-forty-three-characters"


def _code(stack: Running, browser: httpx.Client) -> str:
    """The authorization code that the sign-in page gives the administrator's browser."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": stack.stack.outputs["ConsoleClientId"],
        "redirect_uri": f"{stack.stack.console_url}/callback",
        "scope": "openid chorus-connector/api",
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = browser.get("/oauth2/authorize", params=asked)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    person = {"username": ADMINISTRATOR, "password": password(ADMINISTRATOR)}
    answer = browser.post("/login", data={**hidden, **person})
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def test_the_console_answers_under_the_name_that_up_prints(stack: Running) -> None:
    address = urlsplit(stack.stack.console_url)
    assert address.hostname is not None
    assert address.hostname.endswith(".execute-api.localhost")
    answer = httpx.get(
        f"{stack.stack.endpoint_url}{address.path}", headers={"Host": address.netloc}, trust_env=False, timeout=30
    )
    assert answer.status_code < 400, answer.text


def test_the_consoles_function_finds_the_api_under_its_name(stack: Running) -> None:
    """A browser takes *.localhost for this machine; the emulator teaches it to the functions' Python."""
    environment = stack.stack.function_environment("console")
    assert environment["API_URL"] == stack.stack.outputs["ApiUrl"]
    assert environment["UPLOAD_ORIGIN"] == stack.stack.endpoint_url
    supplier_id = stack.new_supplier()
    form = stack.api.call("POST", f"/suppliers/{supplier_id}/uploads", json={"file_name": "a.pdf"})["upload"]
    assert form["url"].startswith(environment["UPLOAD_ORIGIN"])


def test_the_person_that_up_prints_signs_in_at_the_page_renews_and_signs_out(stack: Running) -> None:
    stack.stack.admin_token()
    client_id = stack.stack.outputs["ConsoleClientId"]
    secret = stack.stack.boto_client("secretsmanager").get_secret_value(
        SecretId=stack.stack.function_environment("console")["CONSOLE_SECRET_ID"]
    )
    known = json.loads(secret["SecretString"])
    assert len(known["session_key"]) == 64
    auth = (client_id, known["client_secret"])
    with httpx.Client(base_url=stack.stack.sign_in_url, trust_env=False) as browser:
        redeemed = {"redirect_uri": f"{stack.stack.console_url}/callback", "code_verifier": VERIFIER}
        wish = {"grant_type": "authorization_code", "code": _code(stack, browser), **redeemed}
        tokens = browser.post("/oauth2/token", data=wish, auth=auth).json()
        assert tokens["expires_in"] <= 15 * 60
        assert stack.stack.subject(tokens["access_token"]) == stack.stack.subject(stack.stack.admin_token())
        called = httpx.get(
            f"{stack.stack.api_url}/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}, trust_env=False
        )
        assert called.status_code == 200
        renewal = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert browser.post("/oauth2/token", data=renewal, auth=auth).status_code == 200
        revoked = {"token": tokens["refresh_token"]}
        assert browser.post("/oauth2/revoke", data=revoked, auth=(client_id, "another")).status_code == 400
        assert browser.post("/oauth2/revoke", data=revoked, auth=auth).status_code == 200
        assert browser.post("/oauth2/token", data=renewal, auth=auth).status_code == 400
        gone = browser.get("/logout", params={"client_id": client_id, "logout_uri": stack.stack.console_url})
        assert gone.headers["location"] == stack.stack.console_url


def test_a_sign_in_by_the_api_leaves_the_password_that_up_prints(stack: Running) -> None:
    stack.stack._tokens.pop(ADMINISTRATOR, None)  # as another command, which knows no token yet
    stack.stack.admin_token()
    with httpx.Client(base_url=stack.stack.sign_in_url, trust_env=False) as browser:
        assert _code(stack, browser)


def test_the_samples_have_a_document_in_every_state_that_lasts(stack: Running) -> None:
    supplier_id = make_samples(stack.stack, stack.simulator.base_url, progress=lambda _: None)
    counts = stack.api.call("GET", f"/suppliers/{supplier_id}/invoices/counts")["states"]
    on_their_way = {"RECEIVED", "READING", "SUBMITTING", "IN_DOUBT"}
    assert {state for state, count in counts.items() if not count} == on_their_way
    invoices = stack.api.invoices(supplier_id).values()
    assert {each["deposit"]["status"] for each in invoices if each["deposit"]} >= {
        "DEPOSEE",
        "MISE_A_DISPOSITION",
        "SUSPENDUE",
        "A_RECYCLER",
        "REJETEE",
        "MISE_EN_PAIEMENT",
    }
    codes = {problem["code"] for each in invoices for problem in each["problems"]}
    assert {"layout_unconfirmed", "service_required"} <= codes
    assert stack.api.call("GET", f"/suppliers/{supplier_id}/notifications")["notifications"]
    assert stack.api.call("GET", f"/suppliers/{supplier_id}/configuration/tables/recipients")["rows"]
    outbox = stack.api.call("GET", "/messages/outbox")["messages"]
    states = {each["state"] for each in outbox if each["sender_siret"] == SUPPLIER.siret}
    assert states == {"draft", "sent"}
    assert stack.api.call("GET", "/messages/inbox")["messages"]

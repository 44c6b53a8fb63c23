"""Who gets in: PISTE tokens, API consent, technical accounts, certificate mode, and what the gateway refuses unread."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from tests.tools.simulator.portal_caller import NOON, Caller, in_process
from tools.simulator.settings import Settings

RATES = "transverses/recuperer/tauxtva"


@pytest.fixture
def caller() -> Caller:
    return in_process()


def test_client_credentials_give_a_bearer_token_with_its_lifetime(caller: Caller) -> None:
    answer = caller.token_answer()
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "openid",
    }


def test_a_wrong_client_id_and_a_wrong_secret_have_the_same_answer(caller: Caller) -> None:
    wrong_id = caller.token_answer(client_id="0" * 8)
    wrong_secret = caller.token_answer(client_secret="no")
    assert wrong_id.status_code == wrong_secret.status_code == 400
    assert wrong_id.content == wrong_secret.content
    assert wrong_id.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "profile"}, "invalid_scope"),
    ],
)
def test_other_token_requests_fail_with_their_oauth_code(
    caller: Caller, changes: dict[str, str | None], error: str
) -> None:
    answer = caller.token_answer(**changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_the_scopes_seen_in_the_wild_are_taken(caller: Caller) -> None:
    assert caller.token_answer(scope="openid resource.READ").status_code == 200
    assert caller.token_answer(scope=None).status_code == 200


def test_a_json_token_request_is_not_form_encoded(caller: Caller) -> None:
    answer = caller.http.post("/api/oauth/token", json={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_without_a_token_a_declared_route_is_a_400_with_the_realm_of_piste(caller: Caller) -> None:
    answer = caller.call(RATES, authorization=None)
    assert (answer.status_code, answer.content) == (400, b"")
    assert answer.headers["www-authenticate"] == 'Bearer realm="PISTE"'


def test_the_status_without_a_token_can_be_the_one_of_the_description() -> None:
    caller = in_process(Settings(start=NOON, clock_runs=False, no_token_status=401))
    assert caller.call(RATES, authorization=None).status_code == 401


@pytest.mark.parametrize("value", ["Bearer", "Basic abc", "nonsense"])
def test_an_unreadable_token_is_like_none(caller: Caller, value: str) -> None:
    assert caller.call(RATES, authorization=value).status_code == 400


def test_a_token_expires_with_the_simulated_clock(caller: Caller) -> None:
    assert caller.call(RATES).status_code == 200
    caller.admin("POST", "/clock", {"advance_seconds": 3600})
    answer = caller.call(RATES)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert answer.content == b""


def test_a_revoked_token_is_a_401(caller: Caller) -> None:
    caller.call(RATES)
    assert caller.admin("POST", "/tokens/revoke") == {"revoked": 1}
    assert caller.call(RATES).status_code == 401


def test_a_family_without_consent_is_an_empty_403_and_the_others_work(caller: Caller) -> None:
    caller.admin("POST", "/consents", {"client_id": caller.supplier.client_id, "families": ["transverses"]})
    refused = caller.call("factures/rechercher/fournisseur")
    assert (refused.status_code, refused.content) == (403, b"")
    assert caller.call(RATES).status_code == 200


@pytest.mark.parametrize(
    "account",
    [
        None,
        "",
        "not base64!",
        base64.b64encode(b"nobody:x").decode(),
        base64.b64encode(b"TECH_1_900001@cpro.fr:x").decode(),
    ],
)
def test_an_unknown_account_or_a_wrong_password_is_an_empty_401_without_challenge(
    caller: Caller, account: str | None
) -> None:
    answer = caller.call(RATES, cpro_account=account)
    assert (answer.status_code, answer.content) == (401, b"")
    assert "www-authenticate" not in answer.headers


def test_the_status_for_a_refused_account_can_be_the_other_one_seen() -> None:
    caller = in_process(Settings(start=NOON, clock_runs=False, account_refused_status=403))
    assert caller.call(RATES, cpro_account=None).status_code == 403


def test_the_password_stops_working_after_424_days(caller: Caller) -> None:
    caller.pass_days(423)
    assert caller.call(RATES).status_code == 200
    caller.pass_days(1)
    answer = caller.call(RATES)
    assert (answer.status_code, answer.content) == (403, b"")


def test_a_renewed_password_works_again_and_its_expiry_shows_on_the_structure(caller: Caller) -> None:
    caller.pass_days(500)
    caller.admin("POST", "/passwords", {"login": caller.supplier.login})
    seen = caller.ok("structures/consulter", {"idStructureCPP": 26_000_001})
    assert seen["informationGenerales"]["dateExpirationMotPasseCompteTech"].startswith("2029-04-20")


def test_a_new_account_may_need_its_half_hour(caller: Caller) -> None:
    seed = {
        "siret": "90123456700021",
        "login": "TECH_2",
        "password": "p",
        "client_id": "app-2",
        "client_secret": "s",
        "usable_after_minutes": 30,
    }
    caller.admin("POST", "/suppliers", seed)
    account = base64.b64encode(b"TECH_2:p").decode()
    other = Caller(caller.http, caller.portal, supplier=caller.supplier.model_copy(update={"client_id": "app-2"}))
    other.supplier = type(caller.supplier).model_validate(seed)
    assert other.call(RATES, cpro_account=account).status_code == 401
    caller.admin("POST", "/clock", {"advance_seconds": 1800})
    assert other.call(RATES, cpro_account=account).status_code == 200


def test_an_application_that_no_structure_of_the_account_declared_is_a_403(caller: Caller) -> None:
    seed = {
        "siret": "90123456700021",
        "login": "TECH_2",
        "password": "p",
        "client_id": "app-2",
        "client_secret": "s",
        "linked": False,
    }
    caller.admin("POST", "/suppliers", seed)
    other = Caller(caller.http, caller.portal, supplier=type(caller.supplier).model_validate(seed))
    assert other.call(RATES).status_code == 403
    caller.admin("POST", "/suppliers", {**seed, "linked": True})
    assert other.call(RATES).status_code == 200


def test_an_account_without_structure_gets_in_and_sees_none(caller: Caller) -> None:
    seed = {
        "siret": "90123456700021",
        "login": "TECH_2",
        "password": "p",
        "client_id": "app-2",
        "client_secret": "s",
        "attached": False,
    }
    caller.admin("POST", "/suppliers", seed)
    other = Caller(caller.http, caller.portal, supplier=type(caller.supplier).model_validate(seed))
    assert other.ok("transverses/recuperer/structures/actives/fournisseur")["listeStructures"] == []


def test_health_check_is_a_get_that_needs_a_token_and_no_account(caller: Caller) -> None:
    answer = caller.http.get("/cpro/transverses/v1/health-check", headers=caller.headers(cpro_account=None))
    assert answer.json() == {"body": "UP", "statusCodeValue": 200, "statusCode": "OK"}
    assert caller.http.get("/cpro/transverses/v1/health-check").status_code == 400


UNDECLARED = ["factures/deposer", "factures/consulter/cr", "nothing/at/all", "transverses/recuperer/tauxTva"]


@pytest.mark.parametrize("operation", UNDECLARED)
def test_an_undeclared_route_is_a_400_of_the_default_realm_without_a_token(caller: Caller, operation: str) -> None:
    answer = caller.call(operation, authorization=None)
    assert (answer.status_code, answer.content) == (400, b"")
    assert 'realm="DefaultRealm"' in answer.headers["www-authenticate"]
    assert "Unable to find token in the message" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("operation", UNDECLARED)
def test_an_undeclared_route_is_an_empty_403_with_a_token_and_without_an_account(
    caller: Caller, operation: str
) -> None:
    answer = caller.call(operation, cpro_account=None)
    assert (answer.status_code, answer.content) == (403, b"")
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("path", ["/cpro/factures/soumettre", "/cpro/factures/v2/soumettre", "/cpro/", "/cpro/x"])
def test_a_path_without_the_version_or_with_another_is_undeclared_too(caller: Caller, path: str) -> None:
    assert caller.http.post(path, json={}).status_code == 400
    assert caller.http.post(path, json={}, headers=caller.headers()).status_code == 403


def test_an_expired_token_shows_before_an_undeclared_route(caller: Caller) -> None:
    caller.call(RATES)
    caller.admin("POST", "/tokens/revoke")
    assert caller.call("nothing/at/all").status_code == 401


def test_an_operation_is_not_declared_by_get(caller: Caller) -> None:
    assert caller.http.get("/cpro/transverses/v1/recuperer/tauxtva", headers=caller.headers()).status_code == 403


@pytest.mark.parametrize(
    "media_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/json;charset=latin1"]
)
def test_another_media_type_is_a_415(caller: Caller, media_type: str | None) -> None:
    assert caller.call(RATES, content_type=media_type).status_code == 415


def test_plain_application_json_works_too(caller: Caller) -> None:
    assert caller.call(RATES, content_type="application/json").status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b'{"a": NaN}', b"\xff"])
def test_what_is_not_json_is_a_400(caller: Caller, body: bytes) -> None:
    answer = caller.call(RATES, content=body)
    assert (answer.status_code, answer.json()["codeRetour"]) == (400, 40001)


@pytest.mark.parametrize("prefix", ["/service", "/service-qualif"])
def test_certificate_mode_has_its_own_paths_and_basic_authentication(caller: Caller, prefix: str) -> None:
    headers = {"authorization": f"Basic {caller.account_header()}", "content-type": "application/json"}
    answer = caller.http.post(f"{prefix}/transverses/recuperer/tauxtva", content="{}", headers=headers)
    assert answer.json()["codeRetour"] == 0
    bearer = {**headers, "authorization": caller.headers()["authorization"]}
    assert caller.http.post(f"{prefix}/transverses/recuperer/tauxtva", content="{}", headers=bearer).status_code == 401


def test_certificate_mode_has_no_gateway_that_hides_an_unknown_path(caller: Caller) -> None:
    headers = {"authorization": f"Basic {caller.account_header()}", "content-type": "application/json"}
    assert caller.http.post("/service/nothing/at/all", content="{}", headers=headers).status_code == 404


def test_certificate_mode_over_plain_http_can_ask_for_a_header() -> None:
    settings = Settings(start=NOON, clock_runs=False)
    caller = in_process(replace(settings, client_certificate_header="x-client-certificate"))
    headers = {"authorization": f"Basic {caller.account_header()}", "content-type": "application/json"}
    path = "/service/transverses/recuperer/tauxtva"
    assert caller.http.post(path, content="{}", headers=headers).status_code == 403
    assert caller.http.post(path, content="{}", headers={**headers, "x-client-certificate": "any"}).status_code == 200


def test_nothing_in_the_admin_answers_or_the_log_is_a_secret(caller: Caller) -> None:
    caller.submit("FA-1")
    caller.call(RATES, cpro_account="wrong")
    texts = [
        json.dumps(caller.admin("GET", path)) for path in ("/calls", "/suppliers", "/state", "/faults", "/invoices")
    ]
    secrets = [
        caller.supplier.password.get_secret_value(),
        caller.supplier.client_secret.get_secret_value(),
        caller.account_header(),
        caller._token or "",
    ]
    assert not [secret for secret in secrets for text in texts if secret in text]
    assert not [secret for secret in secrets if secret in repr(caller.portal.suppliers.accounts)]

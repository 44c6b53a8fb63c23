"""Provisioning, access and the API's conventions on the local stack."""

import itertools
import json
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import CREDENTIALS, Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

_SIRETS = (f"8{number:08d}00019" for number in itertools.count(1))


@pytest.fixture(scope="module")
def admin(stack: Running) -> httpx.Client:
    """The API as an administrator of the installation, answers as they come."""
    return _client(stack, stack.stack.admin_token())


def _client(stack: Running, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False, timeout=30)


def _person(stack: Running, name: str) -> tuple[httpx.Client, str]:
    token = stack.stack.user_token(name)
    return _client(stack, token), stack.stack.subject(token)


def _supplier(admin: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = admin.post("/suppliers", json={"name": "Essai", "siret": next(_SIRETS), **changes})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def _version(answer: httpx.Response | dict[str, Any]) -> dict[str, str]:
    etag = answer.headers["etag"] if isinstance(answer, httpx.Response) else f'"{answer["version"]}"'
    return {"If-Match": etag}


# --- provisioning --------------------------------------------------------------------------------------------


@pytest.mark.row("S03")
def test_a_new_installation_has_one_default_supplier_ready_to_configure(admin: httpx.Client) -> None:
    admin.get("/suppliers")
    first = admin.get("/suppliers/default")
    assert first.json()["siret"] == ""
    siret = next(_SIRETS)
    configured = admin.patch("/suppliers/default", json={"siret": siret, "name": "Le premier"}, headers=_version(first))
    assert configured.json()["siret"] == siret
    again = admin.get("/suppliers").json()["suppliers"]
    assert [each["name"] for each in again if each["supplier_id"] == "default"] == ["Le premier"]


@pytest.mark.row("S03")
def test_administrators_of_the_installation_see_every_supplier_page_by_page(
    stack: Running, admin: httpx.Client
) -> None:
    made = {_supplier(admin)["supplier_id"] for _ in range(3)}
    seen: list[str] = []
    params: dict[str, Any] = {"scope": "installation", "limit": 2}
    while True:
        page = admin.get("/suppliers", params=params).json()
        seen += [each["supplier_id"] for each in page["suppliers"]]
        if page["cursor"] is None:
            break
        params["cursor"] = page["cursor"]
    assert made <= set(seen)
    assert len(seen) == len(set(seen))
    person, _ = _person(stack, "nobody-special")
    assert person.get("/suppliers", params={"scope": "installation"}).status_code == 403


@pytest.mark.row("S04", "S05")
def test_name_and_siret_change_while_nothing_was_submitted(admin: httpx.Client) -> None:
    one, other = _supplier(admin), _supplier(admin)
    path = f"/suppliers/{one['supplier_id']}"
    taken = admin.patch(path, json={"siret": other["siret"]}, headers=_version(one))
    assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")
    wrong = admin.patch(path, json={"siret": "1234567890123X"}, headers=_version(one))
    assert wrong.json()["problems"][0]["code"] == "not_a_siret"
    new = next(_SIRETS)
    changed = admin.patch(path, json={"siret": new, "name": "Autre nom"}, headers=_version(one))
    assert (changed.json()["siret"], changed.json()["name"]) == (new, "Autre nom")
    # the old one is free again
    assert _supplier(admin, siret=one["siret"])["siret"] == one["siret"]


@pytest.mark.row("S05")
def test_the_siret_stays_once_something_was_submitted(
    stack: Running, admin: httpx.Client, samples: dict[str, Sample], demo_supplier: str
) -> None:
    document = stack.api.upload(demo_supplier, samples["facture-site-internet.pdf"])
    stack.wait_for(demo_supplier, document, "READY", "SUBMITTED")
    stack.stack.run_schedule_now()
    stack.wait_for(demo_supplier, document, "SUBMITTED")
    supplier = admin.get(f"/suppliers/{demo_supplier}")
    refused = admin.patch(f"/suppliers/{demo_supplier}", json={"siret": next(_SIRETS)}, headers=_version(supplier))
    assert (refused.status_code, refused.json()["code"]) == (409, "siret_in_use")


@pytest.mark.row("S03")
def test_a_suspended_supplier_takes_and_sends_nothing_but_can_be_read(
    stack: Running, admin: httpx.Client, samples: dict[str, Sample]
) -> None:
    supplier_id = stack.new_supplier()
    path = f"/suppliers/{supplier_id}"
    sample = samples["facture-site-internet.pdf"]
    document = stack.api.upload(supplier_id, sample)
    stack.wait_for(supplier_id, document, "TO_COMPLETE")
    suspended = admin.post(f"{path}/suspend", headers=_version(admin.get(path)))
    assert suspended.json()["status"] == "suspended"
    for way, sent in (
        ("documents?file_name=x.pdf", {"content": b"%PDF"}),
        ("uploads", {"json": {"file_name": "x.pdf"}}),
    ):
        refused = admin.post(f"{path}/{way}", **sent)
        assert (refused.status_code, refused.json()["code"]) == (409, "supplier_suspended")
    form = admin.get(f"{path}/invoices/{document}/form")
    asked = admin.post(f"{path}/invoices/{document}/submit", headers=_version(form), json={})
    assert (asked.status_code, asked.json()["code"]) == (409, "supplier_suspended")
    assert admin.get(f"{path}/to-process").json()["invoices"][0]["document_id"] == document
    resumed = admin.post(f"{path}/resume", headers=_version(suspended))
    assert resumed.json()["status"] == "active"
    assert admin.post(f"{path}/uploads", json={"file_name": "x.pdf"}).status_code == 202


@pytest.mark.row("B07")
def test_an_export_of_everything_is_given_and_who_took_it_is_noted(stack: Running, admin: httpx.Client) -> None:
    path = f"/suppliers/{_supplier(admin)['supplier_id']}"
    given = admin.post(f"{path}/export")
    assert given.status_code == 201
    lines = [json.loads(line) for line in httpx.get(given.json()["url"], trust_env=False).text.splitlines()]
    assert "SUPPLIER" in {line.get("record") for line in lines}
    trail = admin.get(f"{path}/configuration/audit").json()["changes"]
    noted = [each["by"] for each in trail if (each["item"], each["action"]) == ("export", "made")]
    assert noted == [stack.stack.subject(stack.stack.admin_token())]


@pytest.mark.row("S03")
def test_deleting_a_supplier_exports_everything_and_leaves_nothing(
    stack: Running, admin: httpx.Client, samples: dict[str, Sample]
) -> None:
    supplier_id = stack.new_supplier()
    path = f"/suppliers/{supplier_id}"
    document = stack.api.upload(supplier_id, samples["facture-site-internet.pdf"])
    stack.wait_for(supplier_id, document, "TO_COMPLETE")
    person, subject = _person(stack, "member-of-the-deleted")
    admin.put(f"{path}/configuration/access/{subject}", json={"roles": ["use"]})
    assert person.get(f"{path}/invoices").status_code == 200
    supplier = admin.get(path)
    accepted = admin.delete(path, headers=_version(supplier))
    assert (accepted.status_code, accepted.json()["status"]) == (202, "deleting")
    assert person.get(f"{path}/removal").status_code == 404
    where = accepted.headers["location"]
    assert eventually(lambda: admin.get(where).json()["status"] == "deleted")

    everything = httpx.get(admin.get(where).json()["export"]["url"], trust_env=False).text
    lines = [json.loads(line) for line in everything.splitlines()]
    kinds = {line["record"].split("#")[0] for line in lines if "record" in line}
    assert {"SUPPLIER", "INVOICE", "READING", "MEMBER", "AUDIT"} <= kinds
    assert f"suppliers/{supplier_id}/documents/{document}/original" in [line.get("file") for line in lines]
    for secret in CREDENTIALS.values():
        assert secret not in everything

    assert admin.get(path).status_code == person.get(f"{path}/invoices").status_code == 404
    assert admin.get(f"{path}/export").status_code == 200
    assert person.get(f"{path}/export").status_code == 404
    assert person.get("/suppliers").json()["suppliers"] == []
    assert _left_of(stack, supplier_id, supplier.json()["siret"]) == []
    assert _supplier(admin, siret=supplier.json()["siret"])["supplier_id"] != supplier_id


def _left_of(stack: Running, supplier_id: str, siret: str) -> list[str]:
    """Every key of the table that still speaks of the supplier, its tombstone apart, and its secret."""
    table = stack.stack.boto_client("dynamodb")
    pages = table.get_paginator("scan").paginate(TableName=stack.stack.outputs["TableName"], ConsistentRead=True)
    items = [item for page in pages for item in page["Items"] if "expires_at" not in item]  # those go by themselves
    keys = [f"{item['PK']['S']} {item['SK']['S']}" for item in items]
    left = [each for each in keys if supplier_id in each or siret in each]
    secrets = stack.stack.boto_client("secretsmanager").list_secrets()["SecretList"]
    left += [each["Name"] for each in secrets if supplier_id in each["Name"]]
    return [each for each in left if each != f"INSTALLATION DELETED#{supplier_id}"]


# --- access --------------------------------------------------------------------------------------------------


@pytest.mark.row("S02", "S15", "S25")
def test_configuring_and_using_are_independent_rights(stack: Running, admin: httpx.Client) -> None:
    path = f"/suppliers/{_supplier(admin)['supplier_id']}"
    user, user_id = _person(stack, "only-uses")
    configurer, configurer_id = _person(stack, "only-configures")
    admin.put(f"{path}/configuration/access/{user_id}", json={"roles": ["use"]})
    admin.put(f"{path}/configuration/access/{configurer_id}", json={"roles": ["administer"]})
    assert (user.get(f"{path}/invoices").status_code, user.get(path).status_code) == (200, 403)
    assert (configurer.get(f"{path}/invoices").status_code, configurer.get(path).status_code) == (403, 200)
    listed = {each["supplier_id"]: each["roles"] for each in user.get("/suppliers").json()["suppliers"]}
    assert listed == {path.removeprefix("/suppliers/"): ["use"]}


@pytest.mark.row("S15")
def test_a_right_taken_away_is_gone_at_the_next_request(stack: Running, admin: httpx.Client) -> None:
    path = f"/suppliers/{_supplier(admin)['supplier_id']}"
    person, subject = _person(stack, "comes-and-goes")
    for _ in range(3):
        admin.put(f"{path}/configuration/access/{subject}", json={"roles": ["use"]})
        assert person.get(f"{path}/invoices").status_code == 200
        admin.delete(f"{path}/configuration/access/{subject}")
        assert person.get(f"{path}/invoices").status_code == 404


@pytest.mark.row("S25")
def test_a_group_of_the_user_pool_has_rights_like_a_person(stack: Running, admin: httpx.Client) -> None:
    path = f"/suppliers/{_supplier(admin)['supplier_id']}"
    stack.stack.boto_client("cognito-idp").create_group(
        UserPoolId=stack.stack.outputs["UserPoolId"], GroupName="compta"
    )
    member = _client(stack, stack.stack.user_token("of-the-group", groups=("compta",)))
    assert member.get(f"{path}/invoices").status_code == 404
    admin.put(f"{path}/configuration/access/group:compta", json={"roles": ["use"]})
    assert member.get(f"{path}/invoices").status_code == 200
    admin.delete(f"{path}/configuration/access/group:compta")
    assert member.get(f"{path}/invoices").status_code == 404


@pytest.mark.row("S25")
def test_a_system_calls_with_client_credentials_and_has_rights_like_a_person(
    stack: Running, admin: httpx.Client
) -> None:
    path = f"/suppliers/{_supplier(admin)['supplier_id']}"
    pool, client_id = stack.stack.outputs["UserPoolId"], stack.stack.outputs["SystemsClientId"]
    described = stack.stack.boto_client("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=client_id)
    granted = httpx.post(
        f"{stack.stack.endpoint_url}/oauth2/token",
        data={"grant_type": "client_credentials", "scope": "chorus-connector/api"},
        auth=(client_id, described["UserPoolClient"]["ClientSecret"]),
        trust_env=False,
    )
    system = _client(stack, granted.json()["access_token"])
    assert system.get(f"{path}/invoices").status_code == 404
    admin.put(f"{path}/configuration/access/{client_id}", json={"roles": ["use"], "kind": "system"})
    assert system.get(f"{path}/invoices").status_code == 200
    assert system.get(path).status_code == 403


def test_a_tenant_puts_itself_into_no_ones_list_of_suppliers(stack: Running, admin: httpx.Client) -> None:
    supplier_id = _supplier(admin, name="Gagnez un lot sur evil.example")["supplier_id"]
    tenant, tenant_id = _person(stack, "names-a-stranger")
    victim, victim_id = _person(stack, "is-named")
    admin.put(f"/suppliers/{supplier_id}/configuration/access/{tenant_id}", json={"roles": ["administer"]})
    access = f"/suppliers/{supplier_id}/configuration/access"
    unknown = tenant.put(f"{access}/00000000-0000-4000-8000-000000000000", json={"roles": ["use"]})
    assert (unknown.status_code, unknown.json()["problems"][0]["code"]) == (422, "unknown_principal")
    invited = tenant.put(f"{access}/{victim_id}", json={"roles": ["use"]})
    assert {each["principal"]: each["accepted"] for each in invited.json()["members"]}[victim_id] is False
    assert victim.get("/suppliers").json()["suppliers"] == victim.get("/me").json()["suppliers"] == []
    assert victim.get(f"/suppliers/{supplier_id}/invoices").status_code == 404
    assert tenant.put(f"{access}/group:installation_administrators", json={"roles": ["use"]}).status_code == 403
    accepted = victim.put(f"/me/suppliers/{supplier_id}")
    assert (accepted.status_code, accepted.json()["roles"]) == (200, ["use"])
    assert victim.get(f"/suppliers/{supplier_id}/invoices").status_code == 200


@pytest.mark.row("S25")
def test_the_last_administrator_cannot_be_removed(stack: Running, admin: httpx.Client) -> None:
    path = f"/suppliers/{_supplier(admin)['supplier_id']}"
    me = stack.stack.subject(stack.stack.admin_token())
    for answer in (
        admin.delete(f"{path}/configuration/access/{me}"),
        admin.put(f"{path}/configuration/access/{me}", json={"roles": ["use"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")


def test_everything_of_a_stranger_is_a_404_like_what_is_not_there(stack: Running, admin: httpx.Client) -> None:
    there = f"/suppliers/{_supplier(admin)['supplier_id']}"
    stranger, _ = _person(stack, "stranger")
    routes: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"name": "mine"}),
        ("DELETE", "", None),
        ("POST", "/suspend", None),
        ("POST", "/export", None),
        ("GET", "/export", None),
        ("GET", "/credentials", None),
        ("GET", "/configuration/access", None),
        ("PUT", "/configuration/access/me", {"roles": ["administer"]}),
        ("DELETE", "/configuration/access/me", None),
        ("GET", "/configuration/notifications", None),
        ("PUT", "/configuration/notifications/status/me", {}),
        ("GET", "/configuration/audit", None),
        ("POST", "/configuration/audit/exports", {}),
        ("POST", "/configuration/criteria", {"folder": "f"}),
    ]
    for method, route, body in routes:
        headers = {"If-Match": '"0"', "Idempotency-Key": "k"}
        answer = stranger.request(method, f"{there}{route}", json=body, headers=headers)
        absent = stranger.request(method, f"/suppliers/nosuchsupplier{route}", json=body, headers=headers)
        assert (answer.status_code, absent.status_code) == (404, 404), (method, route, answer.text)
        assert answer.json() == absent.json()


@pytest.mark.row("S11")
def test_recipients_of_notifications_are_kept_per_kind(stack: Running, admin: httpx.Client) -> None:
    path = f"/suppliers/{_supplier(admin)['supplier_id']}/configuration/notifications"
    _, alice = _person(stack, "told-of-what-waits")
    admin.put(f"{path}/waiting/{alice}", json={"email": "alice@example.org"})
    admin.put(f"{path}/status/group:installation_administrators", json={})
    wrong = admin.put(f"{path}/waiting/{alice}", json={"email": "bob@example.org\nBcc: all@example.org"})
    assert wrong.status_code == 422
    told = {(each["kind"], each["principal"]): each["email"] for each in admin.get(path).json()["subscribers"]}
    assert told == {
        ("waiting", alice): "alice@example.org",
        ("status", "group:installation_administrators"): None,
    }
    admin.delete(f"{path}/waiting/{alice}")
    assert admin.delete(f"{path}/waiting/{alice}").status_code == 404
    assert [each["kind"] for each in admin.get(path).json()["subscribers"]] == ["status"]


# --- audit trail ---------------------------------------------------------------------------------------------


@pytest.mark.row("B07")
def test_every_change_of_the_configuration_is_in_the_trail_and_no_secret_is(
    stack: Running, admin: httpx.Client
) -> None:
    supplier_id = stack.new_supplier()
    path = f"/suppliers/{supplier_id}"
    me = stack.stack.subject(stack.stack.admin_token())
    admin.patch(path, json={"name": "=Nouveau()"}, headers=_version(admin.get(path)))
    _, bob = _person(stack, "in-the-trail")
    admin.put(f"{path}/configuration/access/{bob}", json={"roles": ["use"]})
    lines: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = admin.get(f"{path}/configuration/audit", params=params).json()
        lines += page["changes"]
        if page["cursor"] is None:
            break
        params["cursor"] = page["cursor"]
    assert [(line["item"], line["action"]) for line in lines] == [
        (f"access/{bob}", "set"),
        ("supplier", "changed"),
        ("supplier", "changed"),
        ("criteria", "added"),
        ("credentials", "saved"),
    ]
    assert {line["by"] for line in lines} == {me}
    assert (lines[1]["before"], lines[1]["after"]) == ({"name": "Fournisseur d'essai"}, {"name": "=Nouveau()"})
    for file_format in ("jsonl", "csv"):
        link = admin.post(f"{path}/configuration/audit/exports", json={"format": file_format}).json()["url"]
        exported = httpx.get(link, trust_env=False).text
        assert len(exported.splitlines()) == 5 + (file_format == "csv")
        for secret in CREDENTIALS.values():
            assert secret not in exported


# --- conventions ---------------------------------------------------------------------------------------------


@pytest.mark.row("B06")
def test_the_same_post_twice_with_its_key_is_one_post(admin: httpx.Client) -> None:
    key, body = {"Idempotency-Key": f"key-{next(_SIRETS)}"}, {"name": "Une fois", "siret": next(_SIRETS)}
    first = admin.post("/suppliers", json=body, headers=key)
    second = admin.post("/suppliers", json=body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["etag"] == first.headers["etag"]
    other = admin.post("/suppliers", json={**body, "name": "Autre"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.row("B06")
def test_what_was_refused_did_nothing_and_its_key_is_free(admin: httpx.Client) -> None:
    key, siret = {"Idempotency-Key": f"key-{next(_SIRETS)}"}, next(_SIRETS)
    body = {"name": "Essai", "siret": siret}
    other = _supplier(admin, siret=siret)
    assert admin.post("/suppliers", json=body, headers=key).status_code == 409
    path = f"/suppliers/{other['supplier_id']}"
    admin.patch(path, json={"siret": next(_SIRETS)}, headers=_version(other))
    assert admin.post("/suppliers", json=body, headers=key).status_code == 201


@pytest.mark.row("B06")
def test_a_cursor_is_worth_nothing_for_another_supplier_or_filter(admin: httpx.Client) -> None:
    ids = [_supplier(admin)["supplier_id"] for _ in range(2)]
    for supplier_id in ids:
        for number in range(3):
            admin.post(f"/suppliers/{supplier_id}/uploads", json={"file_name": f"{number}.pdf"})
    cursor = admin.get(f"/suppliers/{ids[0]}/invoices", params={"limit": 2}).json()["cursor"]
    assert (
        len(admin.get(f"/suppliers/{ids[0]}/invoices", params={"limit": 2, "cursor": cursor}).json()["invoices"]) == 1
    )
    for path, wrong in (
        (f"/suppliers/{ids[1]}/invoices", cursor),
        (f"/suppliers/{ids[0]}/tracking", cursor),
        (f"/suppliers/{ids[0]}/invoices", cursor[:-1] + ("A" if cursor[-1] != "A" else "B")),
        (f"/suppliers/{ids[0]}/invoices", "eyJQSyI6eyJTIjoiU1VQUExJRVIjeCJ9fQ"),
    ):
        refused = admin.get(path, params={"limit": 2, "cursor": wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_cursor"), path


@pytest.mark.row("B06")
def test_errors_speak_the_callers_language_and_keep_both(admin: httpx.Client) -> None:
    for accepted, spoken, detail in (
        ("fr-FR,fr;q=0.9,en;q=0.5", "fr", "Élément introuvable."),
        ("de, en;q=0.7", "en", "Not found."),
        ("", "en", "Not found."),
    ):
        answer = admin.get("/suppliers/nosuchsupplier", headers={"Accept-Language": accepted})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == spoken
        body = answer.json()
        assert (body["detail"], body["fr"], body["en"]) == (detail, "Élément introuvable.", "Not found.")


@pytest.mark.row("B06")
def test_what_the_caller_has_already_is_a_304(admin: httpx.Client) -> None:
    supplier = _supplier(admin)
    path = f"/suppliers/{supplier['supplier_id']}"
    for route in (path, f"{path}/invoices", "/suppliers"):
        etag = admin.get(route).headers["etag"]
        again = admin.get(route, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b""), route
    etag = admin.get(path).headers["etag"]
    admin.patch(path, json={"name": "Autre"}, headers={"If-Match": etag})
    assert admin.get(path, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.row("B06")
def test_the_description_and_its_page_are_public(stack: Running) -> None:
    with httpx.Client(base_url=stack.stack.api_url, trust_env=False) as anybody:
        described = anybody.get("/openapi.json")
        assert described.json()["openapi"] == "3.1.0"
        # the local stack serves the API below a path of another host: wherever the description was read
        assert [each["url"] for each in described.json()["servers"]] == ["."]
        assert anybody.get("/docs", params={"format": "json"}).json() == described.json()
        page = anybody.get("/docs")
        assert page.headers["content-type"].startswith("text/html")
        assert "SwaggerUIBundle" in page.text
        assert "connect-src 'self'" in page.headers["content-security-policy"]

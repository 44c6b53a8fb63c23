"""Whose quota a request counts against, on the real routes: a stranger never uses up a tenant's."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chorus_connector.adapters.table.quotas import DynamoQuotaCounters
from chorus_connector.api.quotas import QUOTA_OF_ROUTE
from chorus_connector.domain.quotas import QUOTAS, QuotaKind
from tests.api.functions import DESCRIBED, TABLE, Functions

TRIAL = {"technical_login": "x", "technical_password": "y", "client_id": "a", "client_secret": "b"}


@pytest.fixture
def small(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """Every quota is two, in a window that does not end during the test."""
    for kind, quota in QUOTAS.items():
        monkeypatch.setitem(QUOTAS, kind, type(quota)(2, quota.window * 1000))
    return functions


def counted(functions: Functions) -> dict[str, int]:
    """The requests counted, by holder and kind."""
    items = functions.dynamodb.scan(TableName=TABLE)["Items"]
    return {
        f"{each['PK']['S'].removeprefix('QUOTA#')} {each['SK']['S'].split('#')[1]}": int(each["used"]["N"])
        for each in items
        if each["PK"]["S"].startswith("QUOTA#")
    }


def test_every_route_with_a_quota_of_its_own_exists() -> None:
    assert {(method.lower(), path) for method, path in QUOTA_OF_ROUTE} <= {
        (method, path) for path, item in DESCRIBED["paths"].items() for method in item
    }


@pytest.mark.row("B06")
def test_a_tenant_over_its_quota_learns_when_to_come_back_and_another_is_served(small: Functions) -> None:
    small.add_supplier(small.tenant().supplier.model_copy(update={"supplier_id": "s2", "identifier": None}))
    answers = [small.send("GET", "/suppliers/s1/invoices") for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert answers[-1].body["code"] == "quota_exceeded"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert answers[-1].body["fr"].startswith("Trop de demandes")
    assert small.send("GET", "/suppliers/s2/invoices").status == 200


@pytest.mark.row("B06")
def test_a_stranger_uses_up_its_own_quota_and_not_the_tenants(small: Functions) -> None:
    answers = [small.send("GET", "/suppliers/s1/invoices", by="eve").status for _ in range(4)]
    assert answers == [404, 404, 429, 429]
    assert small.send("GET", "/suppliers/s1/invoices").status == 200
    assert set(counted(small)) == {"principal#eve requests", "supplier#s1 requests"}


@pytest.mark.row("B06")
def test_a_caller_without_the_right_uses_up_its_own_quota(small: Functions) -> None:
    answers = [small.send("GET", "/suppliers/s1/configuration/access", by="bob").status for _ in range(3)]
    assert answers == [403, 403, 429]


@pytest.mark.row("B06")
def test_an_absent_supplier_and_anothers_are_refused_alike_over_the_quota_too(small: Functions) -> None:
    one, two = (
        [small.send("GET", f"/suppliers/{each}/invoices", by=f"eve{each}").body for _ in range(3)]
        for each in ("s1", "absent")
    )
    assert one == two


@pytest.mark.row("B06")
@pytest.mark.parametrize("path", ["/me", "/suppliers", "/messages", "/messages/inbox"])
def test_a_route_without_a_tenant_counts_for_the_caller(small: Functions, path: str) -> None:
    assert [small.send("GET", path).status for _ in range(3)] == [200, 200, 429]
    assert small.send("GET", path, by="bob").status == 200


@pytest.mark.row("B06")
def test_the_installations_administrator_reaches_a_supplier_that_used_up_its_quota(small: Functions) -> None:
    version = small.send("GET", "/suppliers/s1").version
    for _ in range(3):
        small.send("GET", "/suppliers/s1")
    assert small.send("POST", "/suppliers/s1/suspend", by="root", version=version).status == 200


@pytest.mark.row("B06")
@pytest.mark.parametrize(
    ("kind", "method", "path", "request_"),
    [
        ("uploads", "POST", "/suppliers/s1/documents", {"file_name": "f.pdf", "data": b"%PDF"}),
        ("uploads", "POST", "/suppliers/s1/uploads", {"body": {"file_name": "f.pdf"}}),
        ("uploads", "POST", "/suppliers/s1/documents/attachments/uploads", {"body": {"file_name": "f.pdf"}}),
        ("credential_trials", "PUT", "/suppliers/s1/credentials", {"body": TRIAL}),
        ("credential_trials", "POST", "/suppliers/s1/credentials", {}),
        ("replays", "POST", "/suppliers/s1/configuration/webhooks/w/replay", {"body": {"ids": []}}),
        ("exports", "POST", "/suppliers/s1/configuration/tables/services/exports", {}),
        ("exports", "POST", "/suppliers/s1/tracking/export", {}),
    ],
)
def test_a_costly_route_has_a_quota_of_its_own(
    small: Functions, kind: QuotaKind, method: str, path: str, request_: dict[str, Any]
) -> None:
    answers = [small.send(method, path, **request_).status for _ in range(3)]
    assert answers[-1] == 429
    assert 429 not in answers[:2]
    assert counted(small) == {f"supplier#s1 {kind}": 2}
    assert small.send("GET", "/suppliers/s1/invoices").status == 200


@pytest.mark.row("B06")
def test_a_siret_that_the_portal_is_asked_about_is_a_trial_of_the_credentials(small: Functions) -> None:
    QUOTAS["requests"] = type(QUOTAS["requests"])(99, QUOTAS["requests"].window)  # `small` puts it back

    def tries(siret: str) -> tuple[int, str]:
        version = small.send("GET", "/suppliers/s1").version
        answer = small.send("PATCH", "/suppliers/s1", version=version, body={"siret": siret})
        return answer.status, answer.body["code"] if answer.status != 200 else ""

    same = small.send("GET", "/suppliers/s1").body["siret"]
    assert [tries("35600000000048")[0] for _ in range(2)] == [422, 422]
    assert tries("55203253400646") == (429, "quota_exceeded")
    assert tries(same)[0] == 200, "no trial: the portal is not asked"
    assert counted(small)["supplier#s1 credential_trials"] == 2


@pytest.mark.row("B06")
def test_a_repeated_request_with_a_key_counts_too(small: Functions) -> None:
    """Its answer comes from the table without the route: only the caller's own quota sees it."""
    answers = [
        small.send("POST", "/suppliers/s1/uploads", key="k", body={"file_name": "f.pdf"}).status for _ in range(3)
    ]
    assert answers == [202, 202, 429]


def _overloaded(*_: Any, **__: Any) -> bool:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "UpdateItem")


def test_an_overloaded_table_lets_requests_pass_and_trials_of_credentials_wait(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DynamoQuotaCounters, "take", _overloaded)
    assert functions.send("GET", "/suppliers/s1/invoices").status == 200
    assert functions.send("PUT", "/suppliers/s1/credentials", body=TRIAL).status == 503


def test_a_missing_permission_on_the_counters_is_an_error_and_not_an_open_door(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any, **__: Any) -> bool:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "UpdateItem")

    monkeypatch.setattr(DynamoQuotaCounters, "take", denied)
    assert functions.send("GET", "/suppliers/s1/invoices").status == 500

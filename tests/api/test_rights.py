"""What a repeated request's answer is bound to, as the HTTP layer tells it."""

import json
from typing import Any

import pytest

from chorus_connector.api import authorisation
from chorus_connector.api.authorisation import _seen, rights_at
from chorus_connector.api.conventions import PROBLEM, SEES_ALL, Conventions
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.messages.access import PublicBodyMember
from chorus_connector.domain.suppliers.access import Access, Member
from chorus_connector.ports.values import TrailLine
from chorus_connector.wiring import messages as message_wiring
from chorus_connector.wiring.tenant import AuthorisedTenant
from tests.fakes import FakeInstallation, FakeKeptAnswers, FakeTable
from tests.messages.builders import a_line, a_structure, a_subscription
from tests.messages.fakes import FakeMessageTable, FakeStructures


def test_who_is_in_no_users_table_sees_everything() -> None:
    assert _seen(EVERYTHING) == {SEES_ALL}


def test_a_label_counts_under_the_metadata_it_is_compared_with() -> None:
    assert _seen(Visibility("Service", frozenset({"nord", "sud"}))) == {"sees Service=nord", "sees Service=sud"}
    assert not _seen(Visibility("Service", frozenset({"nord"}))) & _seen(Visibility("Bureau", frozenset({"nord"})))


class Installation:
    """Alice may use s1 and sees documents with her labels; what she is subscribed to is in ``subscriptions``."""

    def __init__(self) -> None:
        self.table = FakeTable()
        self.table.access["s1"] = Access(members=(Member(principal="alice", kind="person", roles=("use",)),))
        self.visibility = EVERYTHING
        self.structures = FakeStructures(FakeMessageTable())


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> Installation:
    there = Installation()
    monkeypatch.setattr(authorisation, "installation", lambda: FakeInstallation(there.table))
    monkeypatch.setattr(AuthorisedTenant, "visibility", property(lambda _: there.visibility))
    monkeypatch.setattr(message_wiring, "structures", lambda: there.structures)
    return there


def a_request(path: str, *, by: str = "alice", groups: str = "") -> dict[str, Any]:
    claims = {"sub": by, "cognito:groups": groups}
    return {
        "rawPath": path,
        "headers": {"idempotency-key": "k"},
        "body": "{}",
        "requestContext": {"http": {"method": "POST"}, "authorizer": {"jwt": {"claims": claims}}},
    }


def test_at_a_suppliers_path_the_callers_roles_groups_and_labels_count(installation: Installation) -> None:
    installation.visibility = Visibility("Service", frozenset({"nord"}))
    held = rights_at(a_request("/suppliers/s1/invoices", groups="[office]"))
    assert held == {"use", "office", "sees Service=nord"}
    assert rights_at(a_request("/suppliers/s2/invoices")) == {"sees Service=nord"}


@pytest.mark.parametrize("path", ["/suppliers", "/suppliers/", "/endpoints"])
def test_where_no_supplier_is_named_the_callers_groups_count(installation: Installation, path: str) -> None:
    assert rights_at(a_request(path, groups="[office]")) == {"office"}


@pytest.mark.parametrize("path", ["/messages", "/messages/m1/replies", "/structures/21000001400014"])
def test_at_a_path_of_messages_the_callers_subscriptions_count(installation: Installation, path: str) -> None:
    without = rights_at(a_request(path, groups="[office]"))
    subscription = a_subscription("21000001400014", principal="alice", mode="read")
    installation.structures.subscribe(subscription, line=TrailLine("", a_line()))
    subscribed = rights_at(a_request(path, groups="[office]"))
    assert without == {"office"}
    assert without < subscribed
    assert rights_at(a_request(path, by="bob")) == set()


def test_at_a_structures_path_the_callers_roles_count_and_those_of_its_groups(installation: Installation) -> None:
    siret = "21000001400014"
    installation.structures.save(a_structure(siret), owner="")
    for who in ("alice", "group:office"):
        member = PublicBodyMember(principal=who, role="administer")
        installation.structures.set_member(siret, member, change=a_line())
    path = f"/structures/{siret}/subscriptions/carol"
    as_member, as_group = rights_at(a_request(path)), rights_at(a_request(path, by="bob", groups="[office]"))
    assert as_member
    assert as_group - {"office"}
    assert rights_at(a_request(path, by="bob")) == set()
    installation.structures.remove_member(siret, "alice", change=a_line())
    assert rights_at(a_request(path)) == set()


def test_a_repeated_request_is_not_answered_with_what_a_label_showed_once_the_label_is_taken_away(
    installation: Installation,
) -> None:
    def refusal(error: Exception) -> dict[str, Any]:
        body = json.dumps({"code": getattr(error, "code", ""), "fr": "", "en": ""})
        return {"statusCode": 404, "headers": {"Content-Type": PROBLEM}, "body": body}

    kept = FakeKeptAnswers()
    conventions = Conventions(lambda: kept, rights_at, refusal, key=lambda: b"k")
    request = a_request("/suppliers/s1/invoices/d1/reissue")
    answer = {"statusCode": 201, "headers": {"Content-Type": "application/json"}, "body": "{}"}
    installation.visibility = Visibility("Service", frozenset({"nord"}))

    assert conventions.keep(request, lambda _: answer)["statusCode"] == 201
    assert conventions.keep(request, lambda _: answer)["statusCode"] == 201
    installation.visibility = Visibility("Service", frozenset({"sud"}))
    assert conventions.keep(request, lambda _: answer)["statusCode"] == 404
    installation.visibility = EVERYTHING
    assert conventions.keep(request, lambda _: answer)["statusCode"] == 201

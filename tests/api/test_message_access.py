"""Who may act for a structure: subscribers, its administrators, and the installation's."""

from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from chorus_connector.api import message_access
from chorus_connector.api.message_access import Right, authorise_structure, structure_to_read
from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.suppliers.access import ADMINISTRATORS
from chorus_connector.ports.values import TrailLine
from chorus_connector.usecases.messages.structures import AdministerStructure, CallersSubscriptions
from tests.messages.builders import a_line, a_subscription
from tests.messages.fakes import FakeMessageTable, FakeStructures

pytestmark = pytest.mark.usefixtures("counted_in_memory")

SIRET = "21000001400014"
SUBSCRIBER, ADMINISTRATOR, USER, STRANGER, ROOT = "sam", "ada", "ulf", "eve", "root"


@pytest.fixture(autouse=True)
def structures(monkeypatch: pytest.MonkeyPatch) -> FakeStructures:
    """One structure, with a subscriber, an administrator and a user."""
    table = FakeMessageTable()
    table.roles |= {(SIRET, ADMINISTRATOR): "administer", (SIRET, USER): "use"}
    there = FakeStructures(table)
    there.subscribe(a_subscription(SIRET, principal=SUBSCRIBER, mode="read"), line=TrailLine("", a_line()))
    monkeypatch.setattr(message_access, "subscriptions", lambda who: CallersSubscriptions(there, who))
    monkeypatch.setattr(
        message_access, "known_structure", lambda siret: AdministerStructure(there, siret, strict_siret=False)
    )
    return there


def a_request(sub: str, path: str = f"/structures/{SIRET}") -> Any:
    claims = {"sub": sub, "cognito:groups": [ADMINISTRATORS] if sub == ROOT else []}
    raw = {"rawPath": path, "requestContext": {"authorizer": {"jwt": {"claims": claims}}}}
    return SimpleNamespace(resolved_event=SimpleNamespace(raw_event=raw, path=path), method="GET", route="/")


ALLOWED: dict[Right, set[str]] = {
    "messages": {SUBSCRIBER},
    "administer": {ADMINISTRATOR},
    "describe": {ADMINISTRATOR, ROOT},
    "read": {SUBSCRIBER, ADMINISTRATOR, ROOT},
}


@pytest.mark.parametrize("right", ALLOWED)
@pytest.mark.parametrize("sub", [SUBSCRIBER, ADMINISTRATOR, USER, STRANGER, ROOT])
def test_a_right_is_its_holders_alone(right: Right, sub: str) -> None:
    if sub in ALLOWED[right]:
        assert authorise_structure(a_request(sub), SIRET, right).siret == SIRET
    else:
        with pytest.raises((NotFound, Forbidden)):
            authorise_structure(a_request(sub), SIRET, right)


@pytest.mark.parametrize("right", ALLOWED)
def test_for_a_stranger_the_structure_does_not_exist(right: Right) -> None:
    with pytest.raises(NotFound):
        authorise_structure(a_request(STRANGER), SIRET, right)


def test_a_refusal_names_the_permission_that_another_role_lacks() -> None:
    with pytest.raises(Forbidden):
        authorise_structure(a_request(USER), SIRET, "administer")


def test_a_subscription_to_one_structure_is_none_to_another() -> None:
    with pytest.raises(NotFound):
        authorise_structure(a_request(SUBSCRIBER), "21000002200011", "messages")


@pytest.mark.parametrize("path", [f"/structures/{SIRET}", f"/messages/outbox/{SIRET}/MSG_000000001"])
def test_the_structure_is_the_one_in_the_path(path: str) -> None:
    assert structure_to_read(a_request(ADMINISTRATOR, path)).siret == SIRET


@pytest.mark.parametrize("siret", ["abc", f"{SIRET}0", "2100000140001"])
def test_a_path_without_a_siret_is_refused_as_a_parameter_is(siret: str) -> None:
    with pytest.raises(RequestValidationError) as refused:
        structure_to_read(a_request(ADMINISTRATOR, f"/structures/{siret}"))
    assert [each["loc"] for each in refused.value.errors()] == [("path", "siret")]

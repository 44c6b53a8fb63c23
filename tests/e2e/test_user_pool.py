"""The user pool answers what the fake answers, with a function's own permissions.

It says who exists, whose address is verified and who is in which group.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from chorus_connector.adapters.user_pool import CognitoUserDirectory
from tests.e2e.conftest import Running
from tests.fakes_user_pool import FakeUserDirectory

if TYPE_CHECKING:
    from chorus_connector.ports.suppliers import UserDirectory

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

NOT_IN_THE_POOL = str(uuid4())


class Pool:
    """A pool with a person for each kind of address, a system and two groups; ``ids`` are their principals."""

    def __init__(self, directory: "UserDirectory", ids: dict[str, str]) -> None:
        self.directory = directory
        self.ids = ids


def _cognito(stack: Running) -> Pool:
    client: Any = stack.stack.boto_client("cognito-idp")
    pool = stack.stack.outputs["UserPoolId"]
    for group in ("pool-accountants", "pool-agents"):
        client.create_group(UserPoolId=pool, GroupName=group)
    ids = {"system": stack.stack.outputs["SystemsClientId"]}
    for name, verified in (("alice", "true"), ("bob", "false"), ("gone", "true")):
        attributes = [{"Name": "email", "Value": f"{name}@example.org"}, {"Name": "email_verified", "Value": verified}]
        made = client.admin_create_user(
            UserPoolId=pool, Username=f"pool-{name}", UserAttributes=attributes, MessageAction="SUPPRESS"
        )["User"]
        ids[name] = next(each["Value"] for each in made["Attributes"] if each["Name"] == "sub")
    client.admin_disable_user(UserPoolId=pool, Username="pool-gone")
    for group in ("pool-accountants", "pool-agents"):
        client.admin_add_user_to_group(UserPoolId=pool, Username="pool-alice", GroupName=group)
    return Pool(CognitoUserDirectory(_client_of("supplier_api", stack), pool), ids)


def _client_of(function: str, stack: Running) -> Any:
    environment = stack.stack.function_environment(function)
    return boto3.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment["AWS_SESSION_TOKEN"],
        environment["AWS_DEFAULT_REGION"],
    ).client("cognito-idp", endpoint_url=environment["AWS_ENDPOINT_URL"])


def _fake(_: Running) -> Pool:
    ids = {name: str(uuid4()) for name in ("alice", "bob", "gone")} | {"system": "7k2system"}
    directory = FakeUserDirectory(
        people={
            ids["alice"]: frozenset({"pool-accountants", "pool-agents"}),
            ids["bob"]: frozenset(),
            ids["gone"]: frozenset(),
        },
        systems={ids["system"]},
        groups={"pool-accountants", "pool-agents"},
        emails={ids["alice"]: "alice@example.org"},
        names={ids[name]: f"pool-{name}" for name in ("alice", "bob", "gone")},
    )
    return Pool(directory, ids)


@pytest.fixture(params=[_cognito, _fake], ids=["cognito", "fake"], scope="module")
def pool(request: pytest.FixtureRequest, stack: Running) -> Pool:
    make: Callable[[Running], Pool] = request.param
    return make(stack)


def test_people_systems_and_groups_of_the_pool_exist(pool: Pool) -> None:
    wanted = (*pool.ids.values(), "group:pool-agents", "group:pool-accountants")
    assert [each for each in wanted if not pool.directory.exists(each)] == []


def test_what_the_pool_does_not_have_does_not_exist(pool: Pool) -> None:
    invented = (NOT_IN_THE_POOL, "pool-alice", "nosuchclient", "group:nobody", "a@b.fr", 'x" or sub ^= "', "")
    assert [each for each in invented if pool.directory.exists(each)] == []
    assert {pool.directory.verified_email(each) for each in invented} == {None}
    assert {pool.directory.groups_of(each) for each in invented} == {frozenset()}


def test_only_a_verified_address_of_an_enabled_person_is_given(pool: Pool) -> None:
    emails = {name: pool.directory.verified_email(principal) for name, principal in pool.ids.items()}
    assert emails == {"alice": "alice@example.org", "bob": None, "gone": None, "system": None}


def test_the_groups_are_the_persons(pool: Pool) -> None:
    assert pool.directory.groups_of(pool.ids["alice"]) == {"pool-accountants", "pool-agents"}
    assert pool.directory.groups_of(pool.ids["bob"]) == frozenset()


def test_people_have_the_names_that_they_sign_in_with(pool: Pool) -> None:
    people = ("alice", "bob", "gone")
    assert [pool.directory.name(pool.ids[each]) for each in people] == ["pool-alice", "pool-bob", "pool-gone"]
    assert pool.directory.name(NOT_IN_THE_POOL) is None
    assert pool.directory.name("group:pool-agents") is None

"""Creating a person: what Cognito is asked for, and what is refused before it is asked."""

from typing import Any

import pytest

from tools.operations.create_person import Created, CreatePerson, NotCreated


class Pool:
    """The calls that create a person; refuses a name that exists, as Cognito does."""

    class exceptions:  # noqa: N801 (boto3's)
        class UsernameExistsException(Exception):
            """The name is taken."""

    def __init__(self) -> None:
        self.people: dict[str, list[dict[str, str]]] = {}
        self.groups: list[tuple[str, str]] = []
        self.mediums: list[list[str]] = []

    def admin_create_user(self, **request: Any) -> dict[str, Any]:
        name = request["Username"]
        if name in self.people:
            raise self.exceptions.UsernameExistsException
        self.mediums.append(request["DesiredDeliveryMediums"])
        self.people[name] = [*request["UserAttributes"], {"Name": "sub", "Value": f"sub-of-{name}"}]
        return {"User": {"Attributes": self.people[name]}}

    def admin_get_user(self, **request: Any) -> dict[str, Any]:
        return {"UserAttributes": self.people[request["Username"]]}

    def admin_add_user_to_group(self, **request: Any) -> None:
        self.groups.append((request["Username"], request["GroupName"]))


def test_the_invitation_goes_to_a_verified_address_by_e_mail() -> None:
    pool = Pool()
    created = CreatePerson(pool, "pool").run("anna", "anna@example.org", administrator=False)
    assert created == Created("sub-of-anna", invited=True, administrator=False)
    attributes = {each["Name"]: each["Value"] for each in pool.people["anna"]}
    assert attributes == {"email": "anna@example.org", "email_verified": "true", "sub": "sub-of-anna"}
    assert pool.mediums == [["EMAIL"]]  # Cognito's default is a text message
    assert pool.groups == []


def test_a_run_that_was_interrupted_before_the_group_can_be_repeated() -> None:
    pool = Pool()
    CreatePerson(pool, "pool").run("anna", "anna@example.org", administrator=False)
    again = CreatePerson(pool, "pool").run("anna", "anna@example.org", administrator=True)
    assert again == Created("sub-of-anna", invited=False, administrator=True)
    assert pool.groups == [("anna", "installation_administrators")]


def test_another_persons_name_is_never_made_an_administrator() -> None:
    pool = Pool()
    CreatePerson(pool, "pool").run("anna", "anna@example.org", administrator=False)
    with pytest.raises(NotCreated, match="another e-mail address"):
        CreatePerson(pool, "pool").run("anna", "anna.other@example.org", administrator=True)
    assert pool.groups == []


@pytest.mark.parametrize(
    ("user", "email"),
    [("anna@example.org", "anna@example.org"), ("anna", "example.org"), ("anna b", "anna@example.org")],
)
def test_a_user_name_is_no_address_and_an_address_is_one(user: str, email: str) -> None:
    pool = Pool()
    with pytest.raises(NotCreated):
        CreatePerson(pool, "pool").run(user, email, administrator=True)
    assert (pool.people, pool.groups) == ({}, [])

"""The user pool's adapter where the emulator cannot go: an overloaded pool, and more groups than one page holds.

The contract with the fake is ``tests/e2e/test_user_pool.py``: it needs the local stack's pool.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chorus_connector.adapters.user_pool import CognitoUserDirectory
from chorus_connector.domain.errors import Transient

A_PERSON = "73cb5f3f-5000-47f6-91b6-fd2af904d149"


@pytest.mark.parametrize("code", ["TooManyRequestsException", "InternalErrorException"])
def test_an_overloaded_pool_is_transient_and_proves_nothing(code: str) -> None:
    class Overloaded:
        exceptions = type("exceptions", (), {"ResourceNotFoundException": KeyError})

        def list_users(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "ListUsers")

    with pytest.raises(Transient):
        CognitoUserDirectory(Overloaded(), "pool").exists(A_PERSON)


def test_groups_are_read_to_the_last_page() -> None:
    class Paged:
        def list_users(self, **_: Any) -> dict[str, Any]:
            return {"Users": [{"Username": "alice"}]}

        def admin_list_groups_for_user(self, *, NextToken: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803 (Cognito's)
            page = {"Groups": [{"GroupName": f"g{NextToken}"}]}
            return page if NextToken else {**page, "NextToken": "2"}

    assert CognitoUserDirectory(Paged(), "pool").groups_of(A_PERSON) == {"g", "g2"}


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 129, "a\n", "a\x00"])
def test_a_name_that_no_group_can_have_is_the_name_of_none_and_is_not_asked_for(name: str) -> None:
    assert not CognitoUserDirectory(object(), "pool").exists(f"group:{name}")


@pytest.mark.parametrize("name", ["compta", "x" * 128, "équipe-1.€", "a:b"])
def test_any_other_name_is_asked_for(name: str) -> None:
    asked = []

    class Pool:
        def get_group(self, **request: str) -> dict[str, Any]:
            asked.append(request["GroupName"])
            return {}

    assert CognitoUserDirectory(Pool(), "pool").exists(f"group:{name}")
    assert asked == [name]


@pytest.mark.parametrize(("user_name", "shown"), [("lea.courtade", "lea.courtade"), (A_PERSON, None)])
def test_a_person_is_called_by_the_name_that_signs_in_unless_it_is_an_id_again(
    user_name: str, shown: str | None
) -> None:
    class Pool:
        def list_users(self, **_: Any) -> dict[str, Any]:
            return {"Users": [{"Username": user_name}]}

    assert CognitoUserDirectory(Pool(), "pool").name(A_PERSON) == shown
    assert CognitoUserDirectory(object(), "pool").name("group:compta") is None

"""The user pool of Cognito as a directory of principals.

A token's ``sub`` is a UUID for a person and the client id for a system; a client id is never a UUID. Cognito finds a
person by ``sub`` with ListUsers only: AdminGetUser takes the name they sign in with.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from botocore.exceptions import ClientError

from chorus_connector.domain.errors import Transient
from chorus_connector.domain.suppliers.access import GROUP_PREFIX

_SUB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLIENT_ID = re.compile(r"\w{1,128}", re.ASCII)
_LONGEST_GROUP = 128
_OVERLOADED = frozenset({"TooManyRequestsException", "InternalErrorException", "ThrottlingException"})


class CognitoUserDirectory:
    """``ports.UserDirectory`` on one user pool."""

    def __init__(self, client: Any, pool_id: str) -> None:
        self._client = client
        self._pool = {"UserPoolId": pool_id}

    def exists(self, principal: str) -> bool:
        if principal.startswith(GROUP_PREFIX):
            name = principal.removeprefix(GROUP_PREFIX)
            return _can_be_a_group(name) and self._finds("get_group", GroupName=name)
        if _SUB.fullmatch(principal):
            return self._user(principal) is not None
        if _CLIENT_ID.fullmatch(principal):
            return self._finds("describe_user_pool_client", ClientId=principal)
        return False

    def name(self, principal: str) -> str | None:
        if principal.startswith(GROUP_PREFIX):
            return None
        if _SUB.fullmatch(principal):
            user = self._user(principal)
            return user["Username"] if user and not _SUB.fullmatch(user["Username"]) else None
        if not _CLIENT_ID.fullmatch(principal):
            return None
        try:
            client = self._call("describe_user_pool_client", ClientId=principal)["UserPoolClient"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return str(client["ClientName"])

    def verified_email(self, principal: str) -> str | None:
        user = self._user(principal)
        if user is None or not user["Enabled"]:
            return None
        attributes = {each["Name"]: each["Value"] for each in user["Attributes"]}
        return attributes.get("email") if attributes.get("email_verified") == "true" else None

    def groups_of(self, principal: str) -> frozenset[str]:
        user = self._user(principal)
        if user is None:
            return frozenset()
        names: set[str] = set()
        page: dict[str, str] = {}
        while True:
            answer = self._call("admin_list_groups_for_user", Username=user["Username"], **page)
            names |= {each["GroupName"] for each in answer["Groups"]}
            if not answer.get("NextToken"):
                return frozenset(names)
            page = {"NextToken": answer["NextToken"]}

    def _user(self, principal: str) -> dict[str, Any] | None:
        if not _SUB.fullmatch(principal):
            return None
        found = self._call("list_users", Filter=f'sub = "{principal}"', Limit=1)["Users"]
        return found[0] if found else None

    def _finds(self, operation: str, **what: str) -> bool:
        try:
            self._call(operation, **what)
        except self._client.exceptions.ResourceNotFoundException:
            return False
        return True

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**self._pool, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] in _OVERLOADED:
                raise Transient(
                    "L'annuaire des utilisateurs ne répond pas pour le moment : réessayez.",
                    "The user directory does not answer at the moment: try again.",
                ) from None
            raise
        return answer


def _can_be_a_group(name: str) -> bool:
    """Whether Cognito can have a group of that name; it refuses to be asked for any other.

    Source: GetGroup, GroupName: 1 to 128 letters, marks, symbols, numbers and punctuation.
    """
    return 0 < len(name) <= _LONGEST_GROUP and all(unicodedata.category(each)[0] in "LMSNP" for each in name)

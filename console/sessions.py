"""Sessions of signed-in people, in a table of their own.

The browser has an opaque cookie. The table has its SHA-256 as key, so a reader of the table can use no session. The
tokens are sealed and never leave the function. A session ends with the refresh token, twelve hours after the sign-in.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from console.sealing import NotSealedHere, Sealer

SESSION_LENGTH = timedelta(hours=12)
"""As long as the console's refresh token lives (`infra_cdk.identity`)."""


@dataclass(frozen=True)
class Tokens:
    """What the sign-in gave: `access` may call the API until `access_until`, `refresh` gives the next one."""

    access: str
    access_until: datetime
    refresh: str


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `cookie` is its secret, `user_name` is shown in the page."""

    cookie: str
    user_name: str
    tokens: Tokens
    expires_at: datetime

    @property
    def principal(self) -> str:
        """The person's id at the API, to mark what this person did. The API's authorizer checks the token."""
        return str(claims_of(self.tokens.access).get("sub", ""))


def claims_of(access_token: str) -> Mapping[str, Any]:
    """What the token says; its signature is not checked."""
    payload = access_token.split(".")[1]
    found: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


class TableClient(Protocol):
    """What sessions need of botocore's DynamoDB client."""

    def get_item(self, *, TableName: str, Key: Mapping[str, Any], ConsistentRead: bool) -> Mapping[str, Any]: ...  # noqa: N803

    def put_item(self, *, TableName: str, Item: Mapping[str, Any]) -> Any: ...  # noqa: N803

    def delete_item(self, *, TableName: str, Key: Mapping[str, Any]) -> Any: ...  # noqa: N803


class Sessions:
    """The sessions in the table."""

    def __init__(self, client: TableClient, table: str, sealer: Sealer) -> None:
        self._client, self._table, self._sealer = client, table, sealer

    def begin(self, tokens: Tokens, *, user_name: str, now: datetime) -> Session:
        """A new session with a new cookie."""
        session = Session(secrets.token_urlsafe(32), user_name, tokens, now + SESSION_LENGTH)
        self._save(session)
        return session

    def get(self, cookie: str, *, now: datetime) -> Session | None:
        """The session of that cookie; None when there is none, when it has ended or cannot be opened."""
        key = _key(cookie)
        answer = self._client.get_item(TableName=self._table, Key={"id": {"S": key}}, ConsistentRead=True)
        item = {name: value for name, typed in answer.get("Item", {}).items() for value in typed.values()}
        if not item:
            return None
        expires_at = datetime.fromtimestamp(int(item["expires_at"]), UTC)
        if expires_at <= now:  # the table deletes it later
            return None
        try:
            access, refresh, name = (self._sealer.open(item[each], about=key) for each in ("access", "refresh", "name"))
        except NotSealedHere:  # the key was changed: all people sign in again
            return None
        until = datetime.fromtimestamp(int(item["access_until"]), UTC)
        return Session(cookie, name, Tokens(access, until, refresh), expires_at)

    def renew(self, session: Session, tokens: Tokens) -> Session:
        """The same session with new tokens; its end stays."""
        renewed = Session(session.cookie, session.user_name, tokens, session.expires_at)
        self._save(renewed)
        return renewed

    def end(self, cookie: str) -> None:
        """Delete the session; it is no error when there is none."""
        self._client.delete_item(TableName=self._table, Key={"id": {"S": _key(cookie)}})

    def _save(self, session: Session) -> None:
        key = _key(session.cookie)
        sealed = {"access": session.tokens.access, "refresh": session.tokens.refresh, "name": session.user_name}
        times = {"access_until": session.tokens.access_until, "expires_at": session.expires_at}
        self._client.put_item(
            TableName=self._table,
            Item={
                "id": {"S": key},
                **{name: {"S": self._sealer.seal(value, about=key)} for name, value in sealed.items()},
                **{name: {"N": str(int(value.timestamp()))} for name, value in times.items()},
            },
        )


def _key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()

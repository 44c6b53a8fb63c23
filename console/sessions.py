"""Sessions of signed-in people, in a table of their own.

The browser has an opaque cookie. The table has its SHA-256 as key, so a reader of the table can use no session. The
tokens are sealed and never leave the function. A session ends with the refresh token, twelve hours after the sign-in.
"""

import hashlib
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


class SessionTable(Protocol):
    """What sessions need of their table: boto3's Table resource has it."""

    def get_item(self, *, Key: Mapping[str, Any], ConsistentRead: bool) -> Mapping[str, Any]: ...  # noqa: N803

    def put_item(self, *, Item: Mapping[str, Any]) -> Any: ...  # noqa: N803

    def delete_item(self, *, Key: Mapping[str, Any]) -> Any: ...  # noqa: N803


class Sessions:
    """The sessions in the table."""

    def __init__(self, table: SessionTable, sealer: Sealer) -> None:
        self._table, self._sealer = table, sealer

    def begin(self, tokens: Tokens, *, user_name: str, now: datetime) -> Session:
        """A new session with a new cookie."""
        session = Session(secrets.token_urlsafe(32), user_name, tokens, now + SESSION_LENGTH)
        self._save(session)
        return session

    def get(self, cookie: str, *, now: datetime) -> Session | None:
        """The session of that cookie; None when there is none, when it has ended or cannot be opened."""
        key = _key(cookie)
        item = self._table.get_item(Key={"id": key}, ConsistentRead=True).get("Item")
        if item is None:
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
        self._table.delete_item(Key={"id": _key(cookie)})

    def _save(self, session: Session) -> None:
        key = _key(session.cookie)
        self._table.put_item(
            Item={
                "id": key,
                "access": self._sealer.seal(session.tokens.access, about=key),
                "access_until": int(session.tokens.access_until.timestamp()),
                "refresh": self._sealer.seal(session.tokens.refresh, about=key),
                "name": self._sealer.seal(session.user_name, about=key),
                "expires_at": int(session.expires_at.timestamp()),
            }
        )


def _key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()

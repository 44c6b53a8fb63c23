"""AWS clients that can reach one supplier's or one structure's data only, whatever key the code uses.

A function assumes its tenant role once per reach, with the session policy for it, and caches the clients. A session
lasts one hour, the maximum when one role assumes another. It is replaced twenty minutes before its end: the links that
it signs are valid for fifteen, and no invocation takes longer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_sts import STSClient

    from chorus_connector.adapters.tenant_policy import Reach

SESSION = timedelta(hours=1)
REPLACED_BEFORE_END = timedelta(minutes=20)
CACHED_SESSIONS = 32
"""Per container. A client takes a quarter of a megabyte and 10 ms to make, and a session has up to three. A larger
cache would hardly help: with a thousand suppliers the next message is rarely for a cached one."""


@dataclass
class _Session:
    credentials: Mapping[str, str]
    usable_until: datetime
    clients: dict[str, BaseClient] = field(default_factory=dict)


class TenantSessions:
    """``policy`` returns the session policy for a reach, ``make_client`` a service's client with given credentials."""

    def __init__(
        self,
        sts: Callable[[], STSClient],
        role_arn: str,
        *,
        policy: Callable[[Reach], str],
        make_client: Callable[[str, Mapping[str, str]], BaseClient],
        clock: Callable[[], datetime],
    ) -> None:
        self._sts = sts
        self._role_arn = role_arn
        self._policy = policy
        self._make_client = make_client
        self._clock = clock
        self._sessions: OrderedDict[Reach, _Session] = OrderedDict()

    def client(self, reach: Reach, service: str) -> BaseClient:
        """A client with that reach. Raises NotFound for a text that is no id."""
        session = self._sessions.get(reach)
        if session is None or session.usable_until <= self._clock():
            session = self._sessions[reach] = self._opened(reach)
        self._sessions.move_to_end(reach)
        if len(self._sessions) > CACHED_SESSIONS:
            self._sessions.popitem(last=False)
        if service not in session.clients:
            session.clients[service] = self._make_client(service, session.credentials)
        return session.clients[service]

    def _opened(self, reach: Reach) -> _Session:
        answer = self._sts().assume_role(
            RoleArn=self._role_arn,
            RoleSessionName=reach.name[:64],
            Policy=self._policy(reach),
            DurationSeconds=int(SESSION.total_seconds()),
        )["Credentials"]
        credentials = {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }
        return _Session(credentials, answer["Expiration"] - REPLACED_BEFORE_END)

"""STS: clients that can reach one supplier's things and nobody else's, whatever key the code asks for.

A box takes its tenant role once for each supplier it meets, with that supplier's policy, and keeps the clients for
the next time. A session lives an hour (the longest a role may give that was itself taken by a role) and is given up
while it still has twenty minutes: the links it signs live for fifteen, and no invocation takes longer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SESSION = timedelta(hours=1)
GIVEN_UP_BEFORE_ITS_END = timedelta(minutes=20)
KEPT = 32
"""Suppliers whose sessions a container keeps; a client is a quarter of a megabyte and 10 ms to make, and each has up to
three. Of few suppliers all are kept; of a thousand the next message is hardly ever for one that is."""


@dataclass
class _Session:
    credentials: Mapping[str, str]
    good_until: datetime
    clients: dict[str, Any] = field(default_factory=dict)


class TenantSessions:
    """``policy`` gives a supplier's session policy, ``make_client`` a client of a service with given credentials."""

    def __init__(
        self,
        sts: Callable[[], Any],
        role_arn: str,
        *,
        policy: Callable[[str], str],
        make_client: Callable[[str, Mapping[str, str]], Any],
        clock: Callable[[], datetime],
    ) -> None:
        self._sts = sts
        self._role_arn = role_arn
        self._policy = policy
        self._make_client = make_client
        self._clock = clock
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def client(self, supplier_id: str, service: str) -> Any:
        """A client that acts for that supplier. Raises NotFound for a text that is no supplier's id."""
        session = self._sessions.get(supplier_id)
        if session is None or session.good_until <= self._clock():
            session = self._sessions[supplier_id] = self._opened(supplier_id)
        self._sessions.move_to_end(supplier_id)
        if len(self._sessions) > KEPT:
            self._sessions.popitem(last=False)
        if service not in session.clients:
            session.clients[service] = self._make_client(service, session.credentials)
        return session.clients[service]

    def _opened(self, supplier_id: str) -> _Session:
        answer = self._sts().assume_role(
            RoleArn=self._role_arn,
            RoleSessionName=f"supplier-{supplier_id}"[:64],  # so that the account's trail tells for whom a call was
            Policy=self._policy(supplier_id),
            DurationSeconds=int(SESSION.total_seconds()),
        )["Credentials"]
        credentials = {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }
        return _Session(credentials, answer["Expiration"] - GIVEN_UP_BEFORE_ITS_END)

"""PISTE tokens, one per application, kept in memory until shortly before they expire.

A token belongs to the application, so suppliers with the same application share its token. The cache is in memory
only and thread-safe: when ten threads need a token together, it makes one request.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chorus_connector.chorus_pro.errors import AccessDenied

if TYPE_CHECKING:
    from chorus_connector.chorus_pro.credentials import PisteCredentials
    from chorus_connector.chorus_pro.wire import AccessToken

_RENEW_BEFORE_SECONDS = 120.0
_RENEW_BEFORE_SHARE = 0.2  # of a short life: a 60 s token is used for 48 s


@dataclass(frozen=True, slots=True)
class Application:
    """What a token is granted to.

    It includes a digest of the secret; otherwise a wrong new secret would seem to work.
    """

    token_url: str
    client_id: str = field(repr=False)
    secret_digest: bytes = field(repr=False)

    @classmethod
    def of(cls, token_url: str, credentials: PisteCredentials) -> Application:
        """The application of these credentials at this token service."""
        digest = hashlib.sha256(credentials.client_secret.encode()).digest()
        return cls(token_url, credentials.client_id, digest)


@dataclass(frozen=True, slots=True)
class _Kept:
    value: str = field(repr=False)
    until: float


class TokenCache:
    """Tokens by application. A `fetch` never makes other applications wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Application, _Kept] = {}
        self._failed: dict[Application, tuple[float, AccessDenied]] = {}
        self._guard = threading.Lock()
        self._locks: defaultdict[Application, threading.Lock] = defaultdict(threading.Lock)

    def get(self, application: Application, fetch: Callable[[], AccessToken]) -> str:
        """A valid token, fetched when the cache has none.

        Callers that waited for another one's request share its outcome, also a refusal: they do not ask in turn.
        """
        came = self._clock()
        with self._lock_of(application):
            kept = self._kept.get(application)
            if kept is not None and self._clock() < kept.until:
                return kept.value
            return self._fetched(application, fetch, came)

    def renew(self, application: Application, stale: str, fetch: Callable[[], AccessToken]) -> str:
        """A token other than `stale`, which the portal has just refused; another thread may have fetched it already."""
        came = self._clock()
        with self._lock_of(application):
            kept = self._kept.get(application)
            if kept is not None and kept.value != stale:
                return kept.value
            self._kept.pop(application, None)
            return self._fetched(application, fetch, came)

    def _fetched(self, application: Application, fetch: Callable[[], AccessToken], came: float) -> str:
        failed = self._failed.get(application)
        if failed is not None and failed[0] > came:
            raise failed[1].with_traceback(None)
        try:
            return self._keep(application, fetch())
        except AccessDenied as refusal:
            self._failed[application] = (self._clock(), refusal)
            raise

    def _keep(self, application: Application, token: AccessToken) -> str:
        margin = min(_RENEW_BEFORE_SECONDS, token.expires_in * _RENEW_BEFORE_SHARE)
        self._kept[application] = _Kept(token.value, self._clock() + token.expires_in - margin)
        return token.value

    def _lock_of(self, application: Application) -> threading.Lock:
        with self._guard:
            return self._locks[application]

    def __repr__(self) -> str:
        return f"<TokenCache of {len(self._kept)}>"


PROCESS_TOKENS = TokenCache()

"""Cursors as callers see them: encrypted, because a store's cursor is a key of the table, perhaps of a hidden record.

A cursor opens only at the path and with the filters it was given for. AES-SIV is used because it needs no nonce: the
same position gives the same text, so a page that did not change keeps its ETag.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_PAGE_PARAMETERS = frozenset({"cursor", "limit"})


class UnknownCursor(Invalid):
    """The cursor was not given for this list and these filters, or the key changed since."""

    code = "unknown_cursor"

    def __init__(self) -> None:
        super().__init__(
            "Ce curseur n'est pas de cette liste ou de ce filtre : reprenez la liste au début.",
            "This cursor is not of this list or filter: start the list again.",
        )


def sealed_cursor(key: bytes, event: Mapping[str, Any], cursor: str) -> str:
    """The store's cursor, encrypted for the event's path and filters."""
    return _text(_cipher(key).encrypt(cursor.encode(), [_bound(event)]))


def opened_cursor(key: bytes, event: Mapping[str, Any], cursor: str) -> str:
    """The store's cursor. Raises UnknownCursor."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415

    try:
        encrypted = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        opened = _cipher(key).decrypt(encrypted, [_bound(event)]).decode()
    except (ValueError, InvalidTag):
        raise UnknownCursor from None
    if _text(encrypted) != cursor:  # base64 ignores some bits of a last letter
        raise UnknownCursor
    return opened


def _text(encrypted: bytes) -> str:
    return base64.urlsafe_b64encode(encrypted).decode().rstrip("=")


@lru_cache(maxsize=1)
def _cipher(key: bytes) -> AESSIV:
    # imported with the first cursor of a container: 11 ms that most cold starts do not need
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415

    return AESSIV(hashlib.sha512(key).digest())


def _bound(event: Mapping[str, Any]) -> bytes:
    parameters = event.get("queryStringParameters") or {}
    filters = sorted((name, value) for name, value in parameters.items() if name not in _PAGE_PARAMETERS)
    return json.dumps([str(event.get("rawPath", "")), filters]).encode()

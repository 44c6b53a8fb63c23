"""What a request that carries a file says of it: its bytes, and its metadata in the query (``metadata.<name>=``)."""

import base64
from collections.abc import Mapping
from typing import Any

from chorus_connector.domain.errors import Invalid

_METADATA_PREFIX = "metadata."
_LONGEST_NAME = 100
_LONGEST_VALUE = 2000
_LARGEST = 32_768
"""Bytes of all names and values: the record that holds them has 400 KB for everything."""


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The request's body as it was sent."""
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def metadata_in_query(event: Mapping[str, Any], *, at_most: int) -> dict[str, str]:
    """The metadata of the query, by name. Raises Invalid."""
    parameters = event.get("queryStringParameters") or {}
    return checked_metadata(
        {
            name.removeprefix(_METADATA_PREFIX): value
            for name, value in parameters.items()
            if name.startswith(_METADATA_PREFIX)
        },
        at_most=at_most,
    )


def checked_metadata(metadata: dict[str, str], *, at_most: int) -> dict[str, str]:
    """The metadata, unless they are too many or too long. Raises Invalid."""
    usable = all(
        0 < len(name) <= _LONGEST_NAME and len(text) <= _LONGEST_VALUE and _is_text(name + text)
        for name, text in metadata.items()
    )
    if len(metadata) > at_most or not usable or _bytes(metadata) > _LARGEST:
        raise Invalid(
            f"{at_most} métadonnées au plus, noms de 100 caractères et valeurs de 2 000 au plus, 32 Ko en tout.",
            f"At most {at_most} metadata, names of 100 characters and values of 2,000 at most, 32 KB in all.",
        )
    return metadata


def _bytes(metadata: dict[str, str]) -> int:
    return sum(len(name.encode()) + len(text.encode()) for name, text in metadata.items())


def _is_text(text: str) -> bool:
    """Whether it can be written down: JSON lets half of a surrogate pair through."""
    return not any("\ud800" <= char <= "\udfff" for char in text)

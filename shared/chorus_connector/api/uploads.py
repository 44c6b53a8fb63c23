"""What a request that carries a file says of it: its bytes, and its metadata in the query (``metadata.<name>=``)."""

import base64
from collections.abc import Mapping
from typing import Any

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.problem import Problem

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a file in a request: AWS gives a function 6 MB, in base64 and with all that goes around it."""
_METADATA_PREFIX = "metadata."
_LONGEST_NAME = 100
_LONGEST_VALUE = 2000
_LARGEST = 32_768
"""Bytes of all names and values: the record that holds them has 400 KB for everything."""


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The request's body as it was sent. Raises Invalid on one that AWS would not always have let through."""
    body = event.get("body") or ""
    data = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    if len(data) > LARGEST_BODY:
        raise _too_large()
    return data


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


def _too_large() -> Invalid:
    problem = Problem(
        field="file",
        code="too_large_for_a_request",
        fr="Un fichier de plus de 4 Mo ne tient pas dans une requête : annoncez-le (POST …/uploads), puis déposez-le à "
        "l'adresse donnée.",
        en="A file of more than 4 MB does not fit into a request: announce it (POST …/uploads), then send it to the "
        "address you are given.",
    )
    return Invalid(problem.fr, problem.en, problems=(problem,))


def _bytes(metadata: dict[str, str]) -> int:
    return sum(len(name.encode()) + len(text.encode()) for name, text in metadata.items())


def _is_text(text: str) -> bool:
    """Whether it can be written down: JSON lets half of a surrogate pair through."""
    return not any("\ud800" <= char <= "\udfff" for char in text)

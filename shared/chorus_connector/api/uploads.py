"""What a request that carries a file says about it: its bytes, and its metadata in the query."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.params import Query

from chorus_connector.api.requests import METADATA, UnsupportedMediaType, body_of, media_type
from chorus_connector.domain.errors import ConnectorError, Invalid, refuse_if_any
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form, repeated_names

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a file in a request: AWS gives a function 6 MB, in base64 and with all that goes around it."""
UPLOAD_DESCRIPTION = (
    "The body is the file itself, of 4 MB at most; larger files are announced first (`…/uploads`). A metadata is the "
    "query parameter `metadata=PJ=oui`, once for each; `metadata.PJ=oui` says the same. A form (`multipart/form-data`) "
    "with exactly one file is taken too: its other fields are the query's parameters, and `file_name` may be left out."
)
RELEASE = "true: read it even when no criterion takes it, as `…/release` does with a document that was set aside."
Metadata = Annotated[
    list[str] | None,
    Query(description="A metadata as `name=value` (`PJ=oui`); once for each.", examples=["PJ=oui"]),
]
"""Declared by a route for its description; ``metadata_in_query`` reads it, from the query as it was sent."""

Middleware = Callable[[APIGatewayHttpResolver, NextMiddleware], Response[str]]

_PREFIX = f"{METADATA}."
_LONGEST_NAME = 100
_LONGEST_VALUE = 2000
_LARGEST = 32_768
"""Bytes of all names and values: the record that holds them has 400 KB for everything."""


class TooLarge(ConnectorError):
    """The file does not fit into a request (413)."""

    code = "too_large_for_a_request"

    def __init__(self) -> None:
        super().__init__(
            "Un fichier de plus de 4 Mo ne tient pas dans une requête : annoncez-le (POST …/uploads), puis déposez-le "
            "à l'adresse donnée.",
            "A file of more than 4 MB does not fit into a request: announce it (POST …/uploads), then send it to the "
            "address you are given.",
        )
        self.problems = (Problem(field="file", code=self.code, fr=self.fr, en=self.en),)


def takes_file(*media_types: str, at_most: int | None = None) -> Middleware:
    """A route's middleware: checks the body before the caller's rights are read. ``at_most`` is in bytes.

    The middleware raises UnsupportedMediaType, UnreadableBody, TooLarge.
    """

    def check(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[str]:
        event = app.current_event.raw_event
        if media_type(event) not in {"", *media_types}:
            raise UnsupportedMediaType.of_a_file(media_types)
        size = len(body_of(event))
        if at_most is not None and size > at_most:
            raise TooLarge
        return next_middleware(app)

    return check


takes_upload = takes_file("application/pdf", "application/octet-stream", at_most=LARGEST_BODY)


def metadata_in_query(event: Mapping[str, Any], *, at_most: int) -> dict[str, str]:
    """The metadata of the query, by name: ``metadata=<name>=<value>`` and ``metadata.<name>=<value>``. Raises Invalid.

    They are read from the query as it was sent: API Gateway joins repeated parameters with a comma, and a value may
    have one.
    """
    given: list[tuple[str, str]] = []
    for sent, text in parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True):
        if sent == METADATA:
            name, equals, value = text.partition("=")
            if not equals:
                raise _not_a_metadata(text)
            given.append((name, value))
        elif sent.startswith(_PREFIX):
            given.append((sent.removeprefix(_PREFIX), text))
    _refuse_repeated(name for name, _ in given)
    return checked_metadata(dict(given), at_most=at_most)


def checked_metadata(metadata: dict[str, str], *, at_most: int) -> dict[str, str]:
    """The metadata as given.

    Raises Invalid for too many, for a blank name, for two with the same name, and for what is too long or not text.
    """
    _refuse_repeated(metadata)
    if blank := [name for name in metadata if not matching_form(name)]:
        raise Invalid.about(_blank_name(blank[0]))
    usable = all(
        len(name) <= _LONGEST_NAME and len(text) <= _LONGEST_VALUE and _is_text(name + text)
        for name, text in metadata.items()
    )
    if len(metadata) > at_most or not usable or _bytes(metadata) > _LARGEST:
        raise Invalid(
            f"{at_most} métadonnées au plus, noms de 100 caractères et valeurs de 2 000 au plus, 32 Ko en tout, UTF-8.",
            f"At most {at_most} metadata, names of 100 characters and values of 2,000 at most, 32 KB in all, in UTF-8.",
        )
    return metadata


def _refuse_repeated(names: Iterable[str]) -> None:
    problems = map(_repeated, repeated_names(names))
    refuse_if_any("Métadonnées refusées.", "The metadata are refused.", *problems)


def _repeated(name: str) -> Problem:
    return Problem(
        field=f"metadata.{name[:_LONGEST_NAME]}",
        code="metadata_repeated",
        fr=f"La métadonnée « {name[:50]} » est donnée deux fois (casse, accents, apostrophes, tirets et espaces ne "
        "comptent pas) : donnez-la une seule fois.",
        en=f"The metadata '{name[:50]}' is given twice (case, accents, apostrophes, hyphens and spaces do not count): "
        "give it once.",
    )


def _blank_name(name: str) -> Problem:
    return Problem(
        field=f"metadata.{name[:_LONGEST_NAME]}",
        code="metadata_name_blank",
        fr="Le nom d'une métadonnée est vide ou n'a que des séparateurs.",
        en="A metadata's name is empty or has separators only.",
    )


def _not_a_metadata(text: str) -> Invalid:
    return Invalid.about(
        Problem(
            field=f"query.{METADATA}",
            code="metadata_malformed",
            fr=f"« {text[:50]} » : écrivez nom=valeur (PJ=oui), une seule fois par nom.",
            en=f"'{text[:50]}': write name=value (PJ=oui), once for each name.",
        )
    )


def _bytes(metadata: dict[str, str]) -> int:
    return sum(len(name.encode()) + len(text.encode()) for name, text in metadata.items())


def _is_text(text: str) -> bool:
    """Whether it can be written down, and every character of it arrived.

    JSON lets half of a surrogate pair through; U+FFFD takes the place of bytes that were no UTF-8.
    """
    return not any("\ud800" <= char <= "\udfff" or char == "\ufffd" for char in text)

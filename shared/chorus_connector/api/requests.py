"""What a request may contain. Whatever the API does not know is refused with a clear text, never ignored."""

from __future__ import annotations

import base64
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from chorus_connector.domain.errors import ConnectorError, Invalid
from chorus_connector.domain.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

METADATA = "metadata"
"""The query parameter of an upload's metadata: ``metadata=PJ=oui``, or ``metadata.PJ=oui``."""


class UnsupportedMediaType(ConnectorError):
    """The body's ``Content-Type`` is none that the route reads (415)."""

    code = "unsupported_media_type"

    @staticmethod
    def of_a_file(taken: Iterable[str]) -> UnsupportedMediaType:
        """The error for a body that is a file of another content type than those taken."""
        names = ", ".join(taken)
        return UnsupportedMediaType(
            f"Le corps est le fichier lui-même : Content-Type {names}, ou aucun.",
            f"The body is the file itself: Content-Type {names}, or none.",
        )

    @staticmethod
    def no_form() -> UnsupportedMediaType:
        """The error for a form on a route that reads none."""
        return UnsupportedMediaType(
            "Cette route ne lit pas de formulaire : envoyez du JSON (Content-Type: application/json) ou le fichier "
            "lui-même (Content-Type: application/octet-stream).",
            "This route reads no form: send JSON (Content-Type: application/json), or the file itself (Content-Type: "
            "application/octet-stream).",
        )

    @staticmethod
    def not_json() -> UnsupportedMediaType:
        """The error for a body that is not JSON, on a route that reads JSON."""
        return UnsupportedMediaType(
            "Le corps doit être du JSON (Content-Type: application/json).",
            "The body must be JSON (Content-Type: application/json).",
        )


class UnknownParameter(Invalid):
    """The query has a parameter that the route does not know; every one of them is a problem."""

    code = "unknown_parameter"

    def __init__(self, names: Iterable[str]) -> None:
        problems = tuple(_unknown_parameter(name) for name in names)
        super().__init__(problems[0].fr, problems[0].en, problems=problems)


class UnreadableBody(Invalid):
    """The body cannot be decoded or parsed; its one problem says why."""

    code = "unreadable_body"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.fr, problem.en, problems=(problem,))


class StrictEvent(APIGatewayProxyEventV2):
    """An event whose JSON body is read by ``strict_json``."""

    @cached_property
    def json_body(self) -> Any:
        """The parsed body; None without one. Raises UnsupportedMediaType, UnreadableBody, JSONDecodeError."""
        if media_type(self.raw_event) not in {"", "application/json"}:
            raise UnsupportedMediaType.not_json()
        body = body_of(self.raw_event)
        return strict_json(body) if body else None


def media_type(event: Mapping[str, Any]) -> str:
    """The type and subtype of the request's ``Content-Type``, in lower case; empty without one."""
    headers = event.get("headers") or {}
    sent = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return str(sent).partition(";")[0].strip().lower()


def body_of(event: Mapping[str, Any]) -> bytes:
    """The request's body as it was sent. Raises UnreadableBody."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode(errors="surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise UnreadableBody(
            Problem(field="body", code="base64_invalid", fr="Le base64 est mal formé.", en="The base64 is malformed.")
        ) from None


_LARGEST_JSON = 2 * 1024 * 1024
"""Bytes: 10,000 members of a list have half as many. The six megabytes that a request may have would take seconds to
be refused, before the caller's rights and quota are known."""


def strict_json(data: bytes) -> Any:
    """The JSON value. Raises UnreadableBody, JSONDecodeError.

    Python's parser alone raises other errors for long numbers and deep nesting, takes NaN, keeps the last of two equal
    names and lets half of a surrogate pair through, which no store can write down.
    """
    if len(data) > _LARGEST_JSON:
        raise UnreadableBody(
            Problem(
                field="body",
                code="json_too_large",
                fr="Le JSON dépasse 2 Mo : faites plusieurs demandes.",
                en="The JSON has more than 2 MB: make several requests.",
            )
        )
    try:
        text = data.decode()
        parsed = json.loads(
            text, parse_int=_integer, parse_float=_decimal, parse_constant=_constant, object_pairs_hook=_object
        )
        if "\\u" in text:
            json.dumps(parsed, ensure_ascii=False).encode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise UnreadableBody(
            Problem(field="body", code="not_utf8", fr="Le corps n'est pas de l'UTF-8.", en="The body is not UTF-8.")
        ) from None
    except RecursionError:
        raise UnreadableBody(
            Problem(
                field="body", code="nested_too_deep", fr="Le JSON est trop imbriqué.", en="The JSON nests too deep."
            )
        ) from None
    return parsed


_LONGEST_NUMBER = 40
"""Characters: an amount has 19 digits at most."""


def _integer(text: str) -> int:
    return int(_of_bearable_length(text))


def _decimal(text: str) -> float:
    number = float(_of_bearable_length(text))
    if abs(number) == float("inf"):
        raise _bad_number()
    return number


def _of_bearable_length(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise _bad_number()
    return text


def _constant(_: str) -> float:
    raise _bad_number()


def _bad_number() -> UnreadableBody:
    return UnreadableBody(
        Problem(
            field="body",
            code="number_unreadable",
            fr="Un nombre du JSON est trop long, trop grand, ou n'en est pas un.",
            en="A number of the JSON is too long, too large, or none.",
        )
    )


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise UnreadableBody(
            Problem(
                field="body",
                code="duplicate_name",
                fr="Un objet du JSON donne deux fois la même propriété.",
                en="An object of the JSON gives the same property twice.",
            )
        )
    return read


def only_declared_parameters(
    app: APIGatewayHttpResolver, next_middleware: Callable[[APIGatewayHttpResolver], Response[str]]
) -> Response[str]:
    """The route's answer. Raises UnknownParameter when the query has a parameter that the route does not declare."""
    declared = {each.alias for each in app.context["_route"].dependant.query_params}
    unknown = [name for name in app.current_event.query_string_parameters if not _is_declared(name, declared)]
    if unknown:
        raise UnknownParameter(unknown)
    return next_middleware(app)


def _is_declared(name: str, declared: set[str]) -> bool:
    return name in declared or (METADATA in declared and name.startswith(f"{METADATA}."))


def _unknown_parameter(name: str) -> Problem:
    shown = name[:50]
    if name.startswith(f"{METADATA}["):
        fr, en = "écrivez metadata=PJ=oui, une fois par métadonnée.", "write metadata=PJ=oui, once for each metadata."
    else:
        fr, en = "cette route ne le connaît pas.", "this route does not know it."
    return Problem(
        field=f"query.{shown}",
        code=UnknownParameter.code,
        fr=f"Paramètre « {shown} » refusé : {fr}",
        en=f"Parameter '{shown}' refused: {en}",
    )

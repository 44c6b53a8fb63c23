"""What a request may contain. Whatever the API does not know is refused with a clear text, never ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import ConnectorError, Invalid
from chorus_connector.domain.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

METADATA = "metadata"
"""The query parameter of an upload's metadata: ``metadata=PJ=oui``, or ``metadata.PJ=oui``."""

_FRENCH: dict[str, str] = {
    "missing": "Valeur obligatoire.",
    "extra_forbidden": "Propriété inconnue.",
    "json_invalid": "Ce n'est pas du JSON.",
    "string_type": "Un texte est attendu.",
    "string_too_short": "Texte trop court : {min_length} caractère(s) au moins.",
    "string_too_long": "Texte trop long : {max_length} caractères au plus.",
    "string_pattern_mismatch": "Texte mal formé.",
    "literal_error": "Valeurs possibles : {expected}.",
    "enum": "Valeurs possibles : {expected}.",
    "int_type": "Un entier est attendu.",
    "int_parsing": "Un entier est attendu.",
    "float_type": "Un nombre est attendu.",
    "float_parsing": "Un nombre est attendu.",
    "decimal_type": "Un montant est attendu.",
    "decimal_parsing": "Un montant est attendu.",
    "bool_type": "Vrai ou faux est attendu.",
    "bool_parsing": "Vrai ou faux est attendu.",
    "date_type": "Une date est attendue (2026-12-31).",
    "date_from_datetime_parsing": "Une date est attendue (2026-12-31).",
    "datetime_type": "Une date et une heure sont attendues.",
    "datetime_from_date_parsing": "Une date et une heure sont attendues.",
    "timezone_aware": "L'heure doit avoir un fuseau.",
    "greater_than_equal": "{ge} au moins.",
    "less_than_equal": "{le} au plus.",
    "too_short": "{min_length} élément(s) au moins.",
    "too_long": "{max_length} éléments au plus.",
    "list_type": "Une liste est attendue.",
    "tuple_type": "Une liste est attendue.",
    "dict_type": "Un objet est attendu.",
    "model_type": "Un objet est attendu.",
    "model_attributes_type": "Un objet est attendu.",
}
"""In French, pydantic's kinds of errors that our models can give."""


class UnsupportedMediaType(ConnectorError):
    """The body's ``Content-Type`` is none that the route reads (415)."""

    code = "unsupported_media_type"

    @staticmethod
    def multipart() -> UnsupportedMediaType:
        """The refusal of a multipart form, with what to send in its place."""
        return UnsupportedMediaType(
            "Le corps est le fichier lui-même (Content-Type: application/pdf ou application/octet-stream), "
            "ou du JSON : multipart/form-data n'est pas accepté.",
            "The body is the file itself (Content-Type: application/pdf or application/octet-stream), or JSON: "
            "multipart/form-data is not taken.",
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


def refuse_multipart(event: Mapping[str, Any]) -> None:
    """Raise UnsupportedMediaType on a multipart form: no route reads one, and stored as a file it would be unusable."""
    headers = event.get("headers") or {}
    sent = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if sent.strip().lower().startswith("multipart/"):
        raise UnsupportedMediaType.multipart()


def only_declared_parameters(
    app: APIGatewayHttpResolver, next_middleware: Callable[[APIGatewayHttpResolver], Response[str]]
) -> Response[str]:
    """The route's answer. Raises UnknownParameter when the query has a parameter that the route does not declare."""
    declared = {each.alias for each in app.context["_route"].dependant.query_params}
    unknown = [name for name in app.current_event.query_string_parameters if not _is_declared(name, declared)]
    if unknown:
        raise UnknownParameter(unknown)
    return next_middleware(app)


def french(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors in French."""
    text = _FRENCH.get(error["type"])
    if text is None:
        return f"Valeur refusée ({error['type']})."
    return text.format_map(error.get("ctx") or {})


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

"""What every operation shares, put into its description: parameters, headers, problems, bodies that are no JSON."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from chorus_connector.api.conventions import PROBLEM_TITLES
from chorus_connector.api.http import problem_body
from chorus_connector.api.uploads import LARGEST_BODY
from chorus_connector.domain.reading.page_picture import MAX_PICTURE
from tools.openapi.catalogue import refusals_over_http
from tools.openapi.schemas import described

Json = dict[str, Any]

_PROBLEMS = {
    "403": "The caller has not the right this needs.",
    "404": "Not there, or not the caller's.",
    "409": "Not possible as things are; `code` says why.",
    "412": "It was changed meanwhile: read again, then send the new ETag.",
    "413": "The file does not fit into a request: announce it, then send it to the address you are given.",
    "415": "The body has a content type that is not taken.",
    "422": "The request is not what it should be; `problems` point at its fields.",
    "428": "`If-Match` is required.",
    "500": "An error of ours. Try once more, then report it.",
    "503": "An outside system is in trouble, or the request met an overload: try again later.",
}
_GATEWAY = {
    "401": "No valid token.",
    "429": "Too many requests. With a `code` a quota is used up: wait for `Retry-After`. Without, the gateway refused "
    "the rate of all callers together: slow down, and wait longer after each refusal.",
}

_ETAG = (
    "ETag",
    "The version of what was read, and a digest of the answer: send it back as `If-Match`, or as `If-None-Match` for a "
    "304.",
)
_HEADERS = {
    "ETag": _ETAG[1],
    "Location": "Where the progress can be read.",
    "Content-Language": "`fr` or `en`: the language of `title` and `detail`.",
    "Idempotent-Replayed": "`true`: the request was made before with this `Idempotency-Key`; this is its answer.",
    "Retry-After": "Seconds to wait before the next try.",
    "Cache-Control": "`private, no-cache`: keep it if you like, and ask each time whether it is still so.",
}

_PDF, _BYTES, _CSV = "application/pdf", "application/octet-stream", "text/csv"
_FORM = "multipart/form-data"
_FILES: dict[tuple[str, str], tuple[tuple[str, ...], int]] = {
    ("post", "/suppliers/{supplier_id}/documents"): ((_BYTES, _PDF, _FORM), LARGEST_BODY),
    ("post", "/suppliers/{supplier_id}/documents/attachments"): ((_BYTES, _PDF, _FORM), LARGEST_BODY),
    ("post", "/suppliers/{supplier_id}/configuration/tables/{kind}/imports"): ((_BYTES, _CSV), 1024 * 1024),
}
"""Bodies that are files, which no signature shows; generators know application/octet-stream."""


_PICTURES: dict[tuple[str, str], tuple[str, ...]] = {
    ("get", "/suppliers/{supplier_id}/invoices/{document_id}/pages/{number}"): ("image/png", "image/jpeg"),
}
"""Answers that are pictures, of at most so many bytes as ``MAX_PICTURE``."""


def shared_responses() -> Json:
    """The refusals that operations refer to."""
    refusals: Json = {code: _problem(says) for code, says in _PROBLEMS.items()}
    for code, refusal in refusals.items():
        refusal["content"]["application/problem+json"]["example"] = _example(int(code))
    refusals["503"]["headers"] |= _headers_of_answer("Retry-After")
    schema = {"$ref": "#/components/schemas/GatewayMessage"}
    gateway = {"application/json": {"schema": schema, "example": {"message": "Unauthorized"}}}
    refusals |= {code: {"description": says, "content": dict(gateway)} for code, says in _GATEWAY.items()}
    quota = _problem(_GATEWAY["429"])
    refusals["429"]["content"] |= quota["content"]
    refusals["429"]["content"]["application/problem+json"]["example"] = _example(429)
    refusals["429"]["headers"] = quota["headers"] | _headers_of_answer("Retry-After")
    return refusals


def _example(status: int) -> Json:
    """A problem of that status, as the API answers it in English."""
    refusal = next(each for each in refusals_over_http() if each.code == _TYPICAL[status])
    body = problem_body(HTTPStatus(status), code=refusal.code, fr=refusal.fr, en=refusal.en)
    return {**body, "title": PROBLEM_TITLES[status][1]}


_TYPICAL = {
    403: "writing_needed",
    404: "not_found",
    409: "supplier_suspended",
    412: "stale",
    413: "too_large_for_a_request",
    415: "unsupported_media_type",
    422: "invalid_request",
    428: "if_match_required",
    429: "quota_exceeded",
    500: "internal_error",
    503: "temporarily_unavailable",
}


def finish(operation: Json, method: str, path: str, *, needs_version: bool) -> None:
    """Complete one operation. Raises ValueError when a parameter has no description."""
    parameters = operation.setdefault("parameters", [])
    for each in parameters:
        _finish_parameter(each, operation["operationId"])
    parameters.extend(_headers(method, needs_version=needs_version))
    operation["description"] = operation["description"].replace("``", "`")
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["schema"] = _without_null(content["schema"])
    if (method, path) in _FILES:
        operation["requestBody"] = _file(*_FILES[method, path])
    operation["responses"] = _responses(operation, method, needs_version=needs_version)
    if (method, path) in _PICTURES:
        operation["responses"] |= {
            "200": _picture(*_PICTURES[method, path]),
            "409": {"$ref": "#/components/responses/409"},
        }


def _responses(operation: Json, method: str, *, needs_version: bool) -> Json:
    given = {str(code): each for code, each in operation["responses"].items()}
    answers = {code: each for code, each in given.items() if each.get("content") and _is_ours(each)}
    for code, each in answers.items():
        each["headers"] = _headers_of_answer(*_names(method, code, operation, needs_version=needs_version))
    codes = {"401", "403", "404", "422", "429", "500", "503"}
    if method != "get":
        codes |= {"409"}
    if needs_version:
        codes |= {"412", "428"}
    if "requestBody" in operation:
        codes |= {"415"}
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        codes |= {"413"}
    responses: Json = {code: {"$ref": f"#/components/responses/{code}"} for code in sorted(codes)}
    if refused := answers.pop("422", None):
        responses["422"] = _either(refused)
    if "409" in given and "409" not in answers:
        responses["409"] = _problem(given["409"]["description"])
    if method == "get":
        responses["304"] = {
            "description": "What the caller has (`If-None-Match`) is still so.",
            "headers": _headers_of_answer("ETag"),
        }
    return responses | answers


def _either(refused: Json) -> Json:
    """A refusal with more than a problem has (the form), or a plain problem.

    Many generators ignore the content type and take the first schema: so it allows both.
    """
    both = _problem(_PROBLEMS["422"])
    both["headers"] |= _headers_of_answer("ETag")
    either = [refused["content"]["application/json"]["schema"], {"$ref": "#/components/schemas/Problem"}]
    both["content"]["application/json"] = {"schema": {"anyOf": either}}
    return both


def _is_ours(response: Json) -> bool:
    schema = response["content"].get("application/json", {}).get("schema", {})
    return "$ref" in schema and not schema["$ref"].endswith("HTTPValidationError")


def _names(method: str, code: str, operation: Json, *, needs_version: bool) -> Iterator[str]:
    """The headers of an answer that is no problem."""
    schema = operation["responses"].get(code, operation["responses"].get(int(code), {}))["content"]["application/json"]
    if method == "get" or needs_version or schema["schema"]["$ref"].endswith(_VERSIONED):
        yield "ETag"
    if method == "post":
        yield "Idempotent-Replayed"
    if code == "202" and method == "delete":
        yield "Location"
    yield "Cache-Control"


_VERSIONED = (
    "/Invoice",
    "/Supplier",
    "/Message",
    "/DistributionList",
    "/Structure",
    "/WebhookWithSecret",
    "/MemberList",
)
"""Schemas of things that have a version: any answer with one has its ETag."""


def _finish_parameter(parameter: Json, operation_id: str) -> None:
    """A description, and a schema that says what may be sent: a parameter that is absent is not a null."""
    name = parameter["name"]
    schema = parameter["schema"]
    schema.pop("title", None)
    says = parameter.get("description") or described("parameters", f"{operation_id}.{name}", name)
    if says is None:
        raise ValueError(f"{operation_id}: {name} has no description: add it to words.toml")
    parameter["description"] = says
    schema.pop("description", None)
    choices = _choices(schema.pop("anyOf", ()))
    amounts = [each for each in choices if each.get("type") in {"number", "string"}]
    if len(amounts) == 2:  # a decimal may be sent as either: as text it is exact
        choices = [{"type": "string", "pattern": r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$"}]
    if choices:
        (only,) = choices
        schema |= only
    if parameter["in"] == "query" and schema.get("type") == "array":
        parameter |= {"style": "form", "explode": True}


def _without_null(schema: Json) -> Json:
    """The schema of an optional body: it may be absent, which is not a null."""
    return _choices(schema["anyOf"])[0] if "anyOf" in schema else schema


def _choices(schemas: Iterable[Json]) -> list[Json]:
    return [each for each in schemas if each != {"type": "null"}]


def _file(media_types: tuple[str, ...], largest: int) -> Json:
    file = {"type": "string", "format": "binary", "maxLength": largest}
    form = {"type": "object", "required": ["file"], "properties": {"file": file}}
    content = {each: {"schema": form if each == _FORM else file} for each in media_types}
    return {"required": True, "description": "The file.", "content": content}


def _picture(*media_types: str) -> Json:
    picture = {"type": "string", "format": "binary", "maxLength": MAX_PICTURE}
    content = {each: {"schema": picture} for each in media_types}
    return {"description": "The picture.", "content": content, "headers": _headers_of_answer("ETag", "Cache-Control")}


def _headers(method: str, *, needs_version: bool) -> Iterator[Json]:
    yield _header("Accept-Language", "`fr` or `en`: the language of a problem's title and detail.", example="fr")
    if method == "get":
        yield _header("If-None-Match", "The ETag of what the caller has: 304 when it is still so.")
    if method == "post":
        yield _header(
            "Idempotency-Key", "Makes repeating this request harmless for 24 hours.", minLength=1, maxLength=255
        )
    if needs_version:
        yield _header(
            "If-Match",
            "The ETag the change starts from, or its version alone (the digits before the hyphen, in quotes).",
            required=True,
            pattern='^"[0-9]+(-[A-Za-z0-9_-]+)?"$',
            example='"3"',
        )


def _header(name: str, says: str, *, required: bool = False, example: str | None = None, **schema: Any) -> Json:
    shown = {} if example is None else {"example": example}
    described_ = {"type": "string", **schema}
    return {"name": name, "in": "header", "required": required, "description": says, "schema": described_, **shown}


def _headers_of_answer(*names: str) -> Json:
    return {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in names}


def _problem(says: str) -> Json:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": says, "content": content, "headers": _headers_of_answer("Content-Language")}

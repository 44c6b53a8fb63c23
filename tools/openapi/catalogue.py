"""Every code that the API can answer with, collected from the code: docs/errors.md and the enum `ProblemCode`.

An error is found where it is written: a class with a ``code``, or a call that names a code and then its French and its
English text. A text that is filled in at run time shows the name of the value in braces.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from chorus_connector.api import conventions, cursors, http, requests, uploads
from chorus_connector.domain import errors, quotas
from chorus_connector.domain.messages import refusals
from chorus_connector.usecases.invoices import waiting
from tools.openapi import ROOT

_WITH_ERRORS = (errors, quotas, refusals, http, conventions, cursors, requests, uploads)
_SOURCES = ROOT / "shared" / "chorus_connector"
_CODE = re.compile(r"[a-z][a-z0-9_]+")
_NOT_OVER_HTTP = frozenset({"error", "ocr_failed"})
"""The base class, and an error that only a queue sees."""
_STATUS_OF_CLASS: dict[str, int] = {"Conflict": 409, "WrongMessageState": 409}

_WHAT_TO_DO: dict[int, tuple[str, str]] = {
    403: ("demandez ce droit à un administrateur", "ask an administrator for the right"),
    404: ("vérifiez l'identifiant et vos droits", "check the id and your rights"),
    409: ("relisez la ressource : son état l'interdit", "read the resource again: its state forbids it"),
    412: ("relisez, puis recommencez avec le nouvel ETag", "read again, then repeat with the new ETag"),
    413: ("envoyez-le par l'adresse que l'annonce donne", "send it to the address that the announcement gives"),
    415: ("envoyez le type de contenu indiqué", "send the content type it names"),
    422: ("corrigez les champs de `problems`, puis renvoyez", "correct the fields in `problems`, then send again"),
    428: ("envoyez `If-Match` avec l'ETag lu", "send `If-Match` with the ETag you read"),
    429: ("attendez `Retry-After` secondes", "wait `Retry-After` seconds"),
    500: (
        "réessayez une fois, puis signalez l'identifiant de la requête",
        "try once more, then report the request's id",
    ),
    503: ("réessayez après `Retry-After` secondes", "try again after `Retry-After` seconds"),
}
_SPECIAL: dict[str, tuple[str, str]] = {
    "idempotency_in_progress": ("redemandez dans un instant", "ask again in a moment"),
    "answered_once": ("lisez la ressource : la demande est faite", "read the resource: the request was made"),
    "idempotency_key_reused": ("prenez une nouvelle clé", "take a new key"),
    "messages_are_one_way": ("n'essayez pas : ce n'est jamais possible", "do not try: it is never possible"),
    "supplier_suspended": (
        "demandez à l'administrateur de l'installation de le reprendre",
        "ask the installation's administrator to resume it",
    ),
}


@dataclass(frozen=True, order=True)
class Refusal:
    """One code of a whole answer, with its status and texts."""

    code: str
    status: int
    fr: str
    en: str


@dataclass(frozen=True, order=True)
class FieldRefusal:
    """One code of an entry of ``problems``, with its texts."""

    code: str
    fr: str
    en: str


@cache
def refusals_over_http() -> tuple[Refusal, ...]:
    """What `Problem.code` can be, by code."""
    found = {each.code: each for each in (*_of_classes(), *_of_conflicts(), *_of_messages(), *_of_the_edge())}
    return tuple(sorted(found.values()))


@cache
def field_refusals() -> tuple[FieldRefusal, ...]:
    """What an entry of ``problems`` can be; one code may have several texts."""
    faults = (FieldRefusal(f"credentials_{name}", *texts) for name, texts in waiting._FAULTS.items())
    messages = (FieldRefusal(code, *texts) for code, texts in refusals.TEXTS.items())
    written = (FieldRefusal(*each) for name, each in _triples() if name not in _STATUS_OF_CLASS)
    return tuple(sorted({*faults, *messages, *written}))


def page() -> str:
    """docs/errors.md."""
    lines = [
        "# Errors",
        "",
        "Made by `make openapi` from the code; do not edit. An error is `application/problem+json` (RFC 9457). Branch",
        "on `code`: it is stable, and no code is ever removed. `fr` and `en` are for people; `problems` says what is",
        "wrong field by field. 401, and a 429 without `code`, come from the gateway with a `message` only: get a",
        "token, or slow down.",
        "",
        "## Codes of an answer",
        "",
        "| code | status | français | English | que faire | what to do |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in refusals_over_http():
        fr, en = _SPECIAL.get(each.code, _WHAT_TO_DO[each.status])
        lines.append(f"| `{each.code}` | {each.status} | {_cell(each.fr)} | {_cell(each.en)} | {fr} | {en} |")
    lines += [
        "",
        "## Codes of a field",
        "",
        "The entries of `problems`: in an error, in a form, and on a document. Their texts say what to do. A malformed",
        "request also has the codes of its validation (`missing`, `string_too_short`, …).",
        "",
        "| code | français | English |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{each.code}` | {_cell(each.fr)} | {_cell(each.en)} |" for each in field_refusals()]
    return "\n".join(lines) + "\n"


def _of_classes() -> Iterator[Refusal]:
    """The errors that have a class of their own; their texts are those of their constructor."""
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and (code := _class_code(node)) and code not in _NOT_OVER_HTTP:
                yield Refusal(code, _status(path, node.name), *_class_texts(node, code))


def _of_conflicts() -> Iterator[Refusal]:
    for name, (code, fr, en) in _triples():
        if name in _STATUS_OF_CLASS or (name == "__init__" and code == "supplier_suspended"):
            yield Refusal(code, 409, fr, en)


def _of_messages() -> Iterator[Refusal]:
    """« Mes messages »: a refusal by state is a 409, a wrong value a 422 whose code is that of its first problem."""
    by_state = {code for name, code in _first_words() if name == "WrongMessageState"}
    rights = {refusals.WritingNeeded.code, refusals.ServiceNotYours.code}
    for code, (fr, en) in refusals.TEXTS.items():
        yield Refusal(code, 409 if code in by_state else 403 if code in rights else 422, fr, en)


def _of_the_edge() -> Iterator[Refusal]:
    """The errors that the API layer answers itself, for requests that reach no use case."""
    yield Refusal(
        "invalid_request", 422, "La requête n'a pas la forme attendue.", "The request has not the expected form."
    )
    yield Refusal(
        "internal_error",
        500,
        "Erreur interne : réessayez, puis signalez-la.",
        "Internal error: try again, then report it.",
    )


def _modules() -> list[Path]:
    return [each for each in sorted(_SOURCES.rglob("*.py")) if "chorus_pro" not in each.parts]


def _status(path: Path, name: str) -> int:
    """The HTTP status of an error's class, from the API's own table."""
    module = next(each for each in _WITH_ERRORS if Path(str(each.__file__)) == path)
    kind = vars(module)[name]
    if kind is http.PreconditionRequired:
        return int(HTTPStatus.PRECONDITION_REQUIRED)
    return int(next(status for each, status in http._STATUS if issubclass(kind, each)))


def _class_code(node: ast.ClassDef) -> str | None:
    for each in node.body:
        if (
            isinstance(each, ast.Assign)
            and ast.unparse(each.targets[0]) == "code"
            and isinstance(each.value, ast.Constant)
        ):
            return str(each.value.value)
    return None


def _class_texts(node: ast.ClassDef, code: str) -> tuple[str, str]:
    if code in refusals.TEXTS:
        return refusals.TEXTS[code]
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"super().__init__", node.name}:
            texts = [text for each in call.args if (text := _text(each)) is not None]
            if len(texts) >= 2:
                return texts[0], texts[1]
    return ("Selon le cas : voyez le texte de la réponse.", "It depends: see the text of the answer.")


def _calls() -> Iterator[ast.Call]:
    for path in _modules():
        yield from (
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        )


def _first_words() -> Iterator[tuple[str, str]]:
    """The name of each call, and its first argument where that is a word."""
    for call in _calls():
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
            yield _name(call), call.args[0].value


def _triples() -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Each call that names a code, a French and an English text: the call's name, and the three."""
    for call in _calls():
        keywords = {each.arg: _text(each.value) for each in call.keywords if each.arg in {"code", "fr", "en"}}
        words = [_text(each) for each in call.args]
        candidates = [tuple(words[at : at + 3]) for at in range(len(words) - 2)]
        candidates.append((keywords.get("code"), keywords.get("fr"), keywords.get("en")))
        for code, fr, en in candidates:
            if code and fr and en and _CODE.fullmatch(code.partition(":")[0]) and " " in fr:
                yield _name(call), (code, fr, en)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def _text(node: ast.AST) -> str | None:
    """A text as it is written; what is filled in shows its name in braces."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_part(each) for each in node.values)
    return None


def _part(node: Any) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    names = [each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute))]
    word = ast.unparse(names[0]).rpartition(".")[2] if names else "…"
    return f"{{{word.strip('_').lower()}}}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
